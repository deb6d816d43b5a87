import type { DiscoveredComment, Submission } from "@signalflow/domain/Discovered"
import type { RawEvent } from "@signalflow/domain/RawEvent"
import type { SignalEvent } from "@signalflow/domain/SignalEvent"
import type { Delivery } from "@signalflow/domain/SignalBus"
import type { KnownTopic } from "@signalflow/ingest/Topics"
import { Result } from "effect"

// oxlint-disable-next-line no-control-regex -- a terminal must not obey what somebody posted
export const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, " ")

/** JSON escapes the lower control characters by itself, and not these. */
export const plainJson = (json: string): string =>
  json.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

const cell = (text: string | null, width: number) =>
  plain(text ?? "-")
    .slice(0, width)
    .padEnd(width)

const cut = (text: string) => plain(text.trim()).slice(0, 100)

const ofSignal = (event: SignalEvent, key: string) => {
  if (event._tag !== "Observed") return `${event._tag.toLowerCase()}  ${plain(key)}`
  const { signal } = event
  return `${signal.platform.padEnd(10)}  ${signal.kind.padEnd(7)}  ${cell(signal.author, 20)}  ${cut(`${signal.title} ${signal.body}`)}`
}

const points = (score: number | null) => `${score ?? "-"} points`.padEnd(12)

const ofSubmission = (post: Submission) =>
  `${cell(`r/${post.subreddit}`, 22)}  ${cell(post.author, 20)}  ${points(post.score)}  ${`${post.num_comments ?? "-"} comments`.padEnd(14)}  ${cut(`${post.title} ${post.body}`)}`

const ofComment = (comment: DiscoveredComment) =>
  `${cell(`r/${comment.subreddit}`, 22)}  ${cell(comment.author, 20)}  ${points(comment.score)}  ${`on ${comment.parent_id}`.padEnd(14)}  ${cut(comment.body)}`

const ofRaw = (event: RawEvent, key: string) =>
  `${cell(event.source, 10)}  ${cell(event.entity_type, 18)}  ${event.mode.padEnd(8)}  ${plain(key)}`

/** What a message says, as one line for a person, or what is wrong with it. */
export const textOf = (known: KnownTopic, { key, value }: Pick<Delivery, "key" | "value">) => {
  switch (known._tag) {
    case "Signals":
      return Result.map(known.read(value), (event) => ofSignal(event, key))
    case "Submissions":
      return Result.map(known.read(value), ({ payload }) => ofSubmission(payload))
    case "Comments":
      return Result.map(known.read(value), ({ payload }) => ofComment(payload))
    case "Raw":
      return Result.map(known.read(value), (event) => ofRaw(event, key))
  }
}

/** The same with the time at which it came. */
export const lineOf = (known: KnownTopic, delivery: Delivery) =>
  Result.map(textOf(known, delivery), (text) => `${new Date(delivery.publishedAt).toISOString().slice(11, 19)}  ${text}`)
