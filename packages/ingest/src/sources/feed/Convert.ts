import { Platform } from "@signalflow/domain/signals/Platform"
import { type Mode, SCHEMA_VERSION, type Signal, signalId } from "@signalflow/domain/signals/Signal"
import { httpUrl } from "@signalflow/domain/signals/Text"
import type { Entry, FeedDocument } from "./Entry.ts"
import { digest } from "./Identity.ts"

export const platform = Platform.make("feed")

export interface Observation {
  /** The configured address of the feed. */
  readonly target: string
  /** Where the document was found: what relative links start from. */
  readonly url: string
  /** When the request was sent, unix milliseconds. */
  readonly observedAt: number
  readonly runId: string
}

const bareHost = (host: string) => host.toLowerCase().replace(/^www\./, "")

/** A link as an address; one that begins with the feed's own host only lacks its scheme. */
const absolute = (link: string | null, base: string): string | null => {
  if (link === null || !URL.canParse(link, base)) return null
  const { protocol, host } = new URL(base)
  const whole = bareHost(link.split(/[/?#]/, 1)[0]!) === bareHost(host) ? `${protocol}//${link}` : link
  return URL.canParse(whole, base) ? httpUrl(new URL(whole, base).href) : null
}

/** Title of the feed, else its host. */
export const communityOf = (document: FeedDocument, url: string): string => document.title || new URL(url).hostname.slice(0, 200)

/** Changes with what people read of an item, and with nothing else. */
export const versionOf = ({ title, body, author, link }: Entry, url: string): string =>
  digest(JSON.stringify([title, body, author, absolute(link, url)]), 8)

/** The signal of an item, or why there is none. `publishedAt` is decided by the caller, who knows when the item was first seen. */
export const convert = (
  id: string,
  entry: Entry,
  document: FeedDocument,
  at: { readonly publishedAt: number; readonly mode: Mode },
  observation: Observation,
): Signal | "no-text" => {
  const { title, body, author } = entry
  if (title === "" && body === "") return "no-text"
  const url = absolute(entry.link, observation.url)
  return {
    id: signalId(platform, id),
    platform,
    kind: "post",
    parentId: null,
    community: communityOf(document, observation.url),
    author,
    title,
    body,
    url,
    permalink: url ?? absolute(document.link, observation.url) ?? observation.target,
    language: null,
    score: null,
    comments: null,
    upvoteRatio: null,
    reposts: null,
    views: null,
    publishedAt: Math.min(at.publishedAt, observation.observedAt),
    observedAt: observation.observedAt,
    flair: null,
    meta: { schemaVersion: SCHEMA_VERSION, producer: "ingest/feed", runId: observation.runId, mode: at.mode },
  }
}
