import type { DiscoveredComment, Found, Submission } from "@signalflow/domain/sources/Discovered"
import { fromBus } from "@signalflow/domain/deadletters/DeadLetterRecord"
import type { RawEvent } from "@signalflow/domain/signals/RawEvent"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import type { Delivery } from "@signalflow/domain/bus/SignalBus"
import type { Fault, KnownTopic } from "@signalflow/ingest/sources/reddit/discovery/BusTopics"
import { Result } from "effect"
import { cell, plain } from "./TerminalText.ts"

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

/** What discovery has published, as one line for a person. */
export const lineOfFound = (event: Found): string =>
  event.entity_type === "reddit_submission" ? ofSubmission(event.payload) : ofComment(event.payload)

const ofRaw = (event: RawEvent, key: string) =>
  `${cell(event.source, 10)}  ${cell(event.entity_type, 18)}  ${event.mode.padEnd(8)}  ${plain(key)}`

const textOf = (known: KnownTopic, delivery: Delivery): Result.Result<string, ReadonlyArray<Fault>> => {
  const { key, value } = delivery
  switch (known._tag) {
    case "Signals":
      return Result.map(known.read(value), (event) => ofSignal(event, key))
    case "Submissions":
      return Result.map(known.read(value), lineOfFound)
    case "Comments":
      return Result.map(known.read(value), lineOfFound)
    case "Raw":
      return Result.map(known.read(value), (event) => ofRaw(event, key))
    case "Dead":
      return Result.mapError(
        Result.map(fromBus(delivery), ({ errorClass, error }) => `${errorClass.padEnd(10)}  ${cell(key, 30)}  ${cut(error)}`),
        (why) => [{ path: "(headers)", why }],
      )
  }
}

/** What a message says with the time at which it came, as one line for a person; or what is wrong with it. */
export const lineOf = (known: KnownTopic, delivery: Delivery) =>
  Result.map(textOf(known, delivery), (text) => `${new Date(delivery.publishedAt).toISOString().slice(11, 19)}  ${text}`)
