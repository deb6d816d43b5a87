import { createHash } from "node:crypto"
import { Platform } from "@signalflow/domain/Platform"
import { type Mode, SCHEMA_VERSION, type Signal, signalId } from "@signalflow/domain/Signal"
import { BODY_LIMIT, httpUrl, TITLE_LIMIT } from "@signalflow/domain/Text"
import { isTimestamp } from "@signalflow/domain/Time"
import type { Entry, FeedDocument } from "./Document.ts"
import { lineOf, textOf } from "./Html.ts"

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

const digest = (text: string, bytes: number): string => createHash("sha256").update(text).digest().subarray(0, bytes).toString("base64url")

/** Of an item in this feed, the same after every edit; null = it has nothing to be known by. */
export const nativeId = (target: string, { guid, link, title }: Entry): string | null => {
  const known = guid ?? link ?? (title.value.trim() || null)
  return known === null ? null : digest(`${target}\n${known}`, 16)
}

/** Unix milliseconds of a date as feeds write it; one without a zone is read as UTC. Null = no date. */
export const dateOf = (text: string | null): number | null => {
  if (text === null || text.length > 100) return null
  const zoned = /(?:[a-z]{1,5}|[+-]\d\d:?\d\d)\s*$/i.test(text) ? text : /T\d/.test(text) ? `${text.trim()}Z` : `${text} UTC`
  const at = Date.parse(zoned)
  return isTimestamp(at) ? at : null
}

const absolute = (link: string | null, base: string): string | null =>
  link !== null && URL.canParse(link, base) ? httpUrl(new URL(link, base).href) : null

/** Title of the feed, else its host. */
export const communityOf = (document: FeedDocument, url: string): string =>
  lineOf(document.title, 200) || new URL(url).hostname.slice(0, 200)

export interface Made {
  readonly signal: Signal
  /** Changes with what people read, and with nothing else. */
  readonly version: string
}

/** The signal of an item, or why there is none. `publishedAt` is decided by the caller, who knows when the item was first seen. */
export const convert = (
  id: string,
  entry: Entry,
  document: FeedDocument,
  at: { readonly publishedAt: number; readonly mode: Mode },
  observation: Observation,
): Made | "no-text" => {
  const title = lineOf(entry.title, TITLE_LIMIT)
  const body = textOf(entry.body, BODY_LIMIT)
  if (title === "" && body === "") return "no-text"
  const author = entry.author === null ? null : lineOf({ value: entry.author, html: true }, 300) || null
  const url = absolute(entry.link, observation.url)
  const signal: Signal = {
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
  return { signal, version: digest(JSON.stringify([title, body, author, url]), 8) }
}
