import { Platform } from "@signalflow/domain/signals/Platform"
import { SCHEMA_VERSION, type Signal, signalId } from "@signalflow/domain/signals/Signal"
import { BODY_LIMIT, httpUrl, TITLE_LIMIT } from "@signalflow/domain/signals/Text"
import { isTimestamp } from "@signalflow/domain/Time"
import { Option, Schema } from "effect"
import { type Converted, drop, event, type Observation } from "../../convert/Converted.ts"
import { count, finite, flag, text } from "../../convert/Lenient.ts"
import { plainText, unescaped } from "../../convert/PlainText.ts"

export const platform = Platform.make("hackernews")

const Item = Schema.Struct({
  id: Schema.Int.check(Schema.isGreaterThan(0)),
  type: text,
  deleted: flag,
  dead: flag,
  by: text,
  time: finite,
  text,
  parent: finite,
  url: text,
  score: count,
  title: text,
  descendants: count,
})
type Item = typeof Item.Type

const decodeItem = Schema.decodeUnknownOption(Item)

const STORIES = new Set(["story", "job", "poll"])

export interface Post {
  readonly id: number
  readonly comment: boolean
  readonly parent: number | null
  readonly author: string | null
  /** HTML with entities. */
  readonly title: string
  readonly text: string
  readonly url: string | null
  readonly score: number | null
  readonly comments: number | null
  /** Unix seconds. */
  readonly time: number
}

/** Firebase and the search index say the same things by other names: both come here. */
export const observed = (post: Post, observation: Observation): Converted => {
  const publishedAt = Math.round(post.time * 1_000)
  if (!isTimestamp(publishedAt) || publishedAt > observation.observedAt + DAY) return drop("bad-time")
  const title = unescaped(post.title, TITLE_LIMIT)
  const body = plainText(post.text, BODY_LIMIT)
  if (title === "" && body === "") return drop("no-text")
  const signal: Signal = {
    id: signalId(platform, post.id),
    platform,
    kind: post.comment ? "comment" : "story",
    parentId: post.parent === null ? null : signalId(platform, post.parent),
    community: null,
    author: post.author === null ? null : unescaped(post.author, 300) || null,
    title,
    body,
    url: httpUrl(post.url),
    permalink: `https://news.ycombinator.com/item?id=${post.id}`,
    language: null,
    score: post.score,
    comments: post.comments,
    upvoteRatio: null,
    reposts: null,
    views: null,
    publishedAt,
    observedAt: observation.observedAt,
    flair: null,
    meta: { schemaVersion: SCHEMA_VERSION, producer: "ingest/hackernews", runId: observation.runId, mode: observation.mode },
  }
  return event({ _tag: "Observed", signal })
}

/** One body of `/v0/item/{id}.json`, which must not be null. */
export const convertItem = (body: unknown, observation: Observation): Converted => {
  const decoded = decodeItem(body)
  if (Option.isNone(decoded)) return drop("malformed")
  const item = decoded.value
  const removed = (kind: "deleted" | "hidden", why: string) =>
    event({ _tag: "Removed", target: { _tag: "Signal", id: signalId(platform, item.id) }, kind, at: observation.observedAt, why })
  if (item.type === "pollopt") return drop("poll-option")
  if (typeof item.type === "string" && item.type !== "comment" && !STORIES.has(item.type)) return drop("unknown-kind")
  if (item.deleted === true) return removed("deleted", "deleted by its author or a moderator")
  if (item.dead === true) return removed("hidden", "flagged or killed")
  if (typeof item.type !== "string" || typeof item.time !== "number") return drop("malformed")
  return observed(postOf(item, item.time), observation)
}

const postOf = (item: Item, time: number): Post => {
  const comment = item.type === "comment"
  return {
    id: item.id,
    comment,
    parent: comment && Number.isSafeInteger(item.parent) && item.parent! > 0 ? item.parent! : null,
    author: item.by ?? null,
    title: comment ? "" : (item.title ?? ""),
    text: item.text ?? "",
    url: item.url ?? null,
    score: comment ? null : (item.score ?? null),
    comments: comment ? null : (item.descendants ?? null),
    time,
  }
}

const DAY = 86_400_000
