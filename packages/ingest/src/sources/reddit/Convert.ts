import { Platform } from "@signalflow/domain/signals/Platform"
import { SCHEMA_VERSION, type Signal, signalId } from "@signalflow/domain/signals/Signal"
import type { RemovalKind } from "@signalflow/domain/signals/SignalEvent"
import { BODY_LIMIT, httpUrl, storable, TITLE_LIMIT } from "@signalflow/domain/signals/Text"
import { isTimestamp } from "@signalflow/domain/Time"
import { type Converted, drop, event, type Observation } from "../../convert/Converted.ts"
import { unescaped } from "../../convert/PlainText.ts"
import { type Comment, decodeThing, type Post, type Thing } from "./Thing.ts"

export const platform = Platform.make("reddit")

/** Removals that a moderator may take back; every other category (`deleted`, `copyright_takedown`, `anti_evil_ops` …) is for good. */
const HIDDEN = new Set(["moderator", "automod_filtered", "reddit"])

interface Removal {
  readonly kind: RemovalKind
  readonly why: string
}

/** Whether a thing says that it is gone. An author `[deleted]` alone is an account that was closed: its posts stay, without the name. */
export const removalOf = (thing: Thing): Removal | null => {
  if (thing.kind === "t3") {
    const { removed_by_category: category, selftext, title } = thing.data
    if (category !== null && category !== undefined && category !== "")
      return { kind: HIDDEN.has(category) ? "hidden" : "deleted", why: `removed by ${storable(category, 50)}` }
    if (selftext === "[deleted]" || title === "[deleted by user]") return { kind: "deleted", why: "deleted by its author" }
    if (selftext === "[removed]") return { kind: "hidden", why: "removed by a moderator" }
    return /^\[ removed by reddit/i.test(title ?? "") ? { kind: "deleted", why: "removed by Reddit" } : null
  }
  const { body } = thing.data
  if (body === "[deleted]") return { kind: "deleted", why: "deleted by its author" }
  if (body === "[removed]") return { kind: "hidden", why: "removed by a moderator" }
  return /^\[ removed by reddit/i.test(body ?? "") ? { kind: "deleted", why: "removed by Reddit" } : null
}

const authorOf = (author: string | null | undefined) =>
  author === null || author === undefined || author === "[deleted]" ? null : storable(author, 300) || null

const permalinkOf = (path: string | null | undefined, fallback: string) =>
  httpUrl(`https://www.reddit.com${typeof path === "string" && path.startsWith("/") ? path : fallback}`) ??
  `https://www.reddit.com${fallback}`

const postParts = (post: Post) => ({
  kind: "post" as const,
  parentId: null,
  title: storable((post.title ?? "").trim(), TITLE_LIMIT),
  body: unescaped(post.selftext ?? "", BODY_LIMIT),
  url: post.is_self === true ? null : httpUrl(post.url),
  permalink: permalinkOf(post.permalink, `/comments/${post.name.slice(3)}/`),
  score: post.score ?? null,
  comments: post.num_comments ?? null,
  upvoteRatio: post.upvote_ratio ?? null,
  flair: storable(post.link_flair_text?.trim() ?? "", 200) || null,
})

const commentParts = (comment: Comment) => ({
  kind: "comment" as const,
  parentId: signalId(platform, comment.parent_id),
  title: "",
  body: unescaped(comment.body ?? "", BODY_LIMIT),
  url: null,
  permalink: permalinkOf(comment.permalink, `/comments/${comment.link_id.slice(3)}/_/${comment.name.slice(3)}/`),
  score: comment.score_hidden === true ? null : (comment.score ?? null),
  comments: null,
  upvoteRatio: null,
  flair: null,
})

/** A decoded thing as an event. Asked for with `raw_json=1`, titles are plain text and bodies are Markdown, in which entities stand for characters. */
export const eventOf = (thing: Thing, { observedAt, mode, runId }: Observation): Converted => {
  const { name, created_utc, author, subreddit } = thing.data
  const id = signalId(platform, name)
  if (thing.kind === "t3" && thing.data.promoted === true) return drop("promoted")
  const removal = removalOf(thing)
  if (removal !== null) return event({ _tag: "Removed", target: { _tag: "Signal", id }, at: observedAt, ...removal })
  const publishedAt = Math.round(created_utc * 1_000)
  if (!isTimestamp(publishedAt) || publishedAt > observedAt + 86_400_000) return drop("bad-time")
  const parts = thing.kind === "t3" ? postParts(thing.data) : commentParts(thing.data)
  if (parts.title === "" && parts.body === "") return drop("no-text")
  const signal: Signal = {
    id,
    platform,
    ...parts,
    community: storable(subreddit ?? "", 200) || null,
    author: authorOf(author),
    language: null,
    reposts: null,
    views: null,
    publishedAt,
    observedAt,
    meta: { schemaVersion: SCHEMA_VERSION, producer: "ingest/reddit", runId, mode },
  }
  return event({ _tag: "Observed", signal })
}

/** One child of a listing. */
export const convertThing = (body: unknown, observation: Observation): Converted => {
  const thing = decodeThing(body)
  return typeof thing === "string" ? drop(thing) : eventOf(thing, observation)
}
