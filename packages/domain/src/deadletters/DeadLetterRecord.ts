import { Result } from "effect"
import { type BusTopic, dlqTopicOf } from "../bus/BusTopic.ts"
import { type DeadLetter, DeadLetterClass } from "./DeadLetter.ts"
import { RECORD_LIMIT } from "../bus/RecordLimit.ts"
import type { BusRecord, Delivery } from "../bus/SignalBus.ts"
import { isTimestamp } from "../Time.ts"

/** A failure as the `.dlq` topic and the table both hold it: where the message came from, what it was, and why it failed. */
export type DeadLetterRecord = Omit<DeadLetter, "id" | "replayedAt" | "parkedAt">

/** Headers of our own: what a `.dlq` record says of its message, and what a replayed message carries back. */
const PREFIX = "dlq-"
const OWN_BYTES = 10_000
const HEADER_BYTES = 64_000
const NAME_LIMIT = 200
const TOPIC_LIMIT = 249
/** Longer keys do not fit into an index. */
const KEY_LIMIT = 500
const ERROR_LIMIT = 1_000
const PARTITION_LIMIT = 2 ** 31 - 1
const ATTEMPTS_LIMIT = 1_000_000

type Headers = Readonly<Record<string, string>>

const utf8 = new TextEncoder()

/** As much of the beginning as fits into so many bytes, on either of the encodings that a bus may use. */
const cut = (text: string, bytes: number): string => {
  if (text.length * 3 + 2 <= bytes) return text
  if (!text.isWellFormed()) return text.slice(0, Math.max(0, bytes - 2) >> 1)
  return text.slice(0, utf8.encodeInto(text, new Uint8Array(Math.max(0, bytes))).read)
}

const bytesOf = (text: string): number => text.length * 3 + 2

/** The headers that the message came with, as far as they fit. */
const originalHeaders = (headers: Headers): { readonly kept: Record<string, string>; readonly dropped: number; readonly bytes: number } => {
  const kept: Record<string, string> = {}
  let dropped = 0
  let bytes = 0
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(PREFIX)) continue
    const size = bytesOf(name) + bytesOf(value)
    if (name.length > NAME_LIMIT || bytes + size > HEADER_BYTES) dropped++
    else {
      kept[name] = value
      bytes += size
    }
  }
  return { kept, dropped, bytes }
}

const whole = (headers: Headers, name: string, limit: number): number | null => {
  const text = headers[PREFIX + name]
  return text !== undefined && /^\d{1,16}$/.test(text) && Number(text) <= limit ? Number(text) : null
}

const timeOf = (headers: Headers, name: string): number | null => {
  const at = Date.parse(headers[PREFIX + name] ?? "")
  return isTimestamp(at) ? at : null
}

/** What a replayed message says of itself; null: it was no dead letter before. Only the topic that it comes from may be named. */
const replayOf = ({ headers, lane }: Delivery) => {
  const partition = whole(headers, "partition", PARTITION_LIMIT)
  const offset = whole(headers, "offset", Number.MAX_SAFE_INTEGER)
  const attempts = whole(headers, "attempts", ATTEMPTS_LIMIT)
  const replays = whole(headers, "replays", ATTEMPTS_LIMIT)
  const firstFailedAt = timeOf(headers, "first-failed-at")
  if (headers[`${PREFIX}topic`] !== lane.topic || partition === null || offset === null) return null
  if (attempts === null || replays === null || firstFailedAt === null) return null
  return { partition, offset, attempts, replays, firstFailedAt }
}

/** The record of a delivery that cannot be processed, cut to what every bus takes. One that was replayed keeps its first place. `now` in unix milliseconds. */
export const recordOf = (
  failure: { readonly delivery: Delivery; readonly errorClass: DeadLetterClass; readonly error: string },
  now: number,
): DeadLetterRecord => {
  const { delivery, errorClass } = failure
  const before = replayOf(delivery)
  const { kept, dropped, bytes } = originalHeaders(delivery.headers)
  const key = delivery.key.slice(0, KEY_LIMIT)
  const payload = cut(delivery.value, RECORD_LIMIT - OWN_BYTES - bytes - bytesOf(key))
  const altered = [
    ...(payload.length < delivery.value.length
      ? [`the payload was cut from ${delivery.value.length} to ${payload.length} characters`]
      : []),
    ...(key.length < delivery.key.length ? [`the key was cut from ${delivery.key.length} to ${KEY_LIMIT} characters`] : []),
    ...(dropped > 0 ? [`${dropped} header(s) were dropped`] : []),
  ]
  return {
    topic: delivery.lane.topic,
    partition: before?.partition ?? delivery.lane.partition,
    offset: before?.offset ?? delivery.offset,
    key,
    payload,
    headers: kept,
    errorClass,
    error: failure.error.slice(0, ERROR_LIMIT).toWellFormed(),
    attempts: (before?.attempts ?? 0) + 1,
    replays: before?.replays ?? 0,
    firstFailedAt: before?.firstFailedAt ?? now,
    lastFailedAt: now,
    altered: altered.length === 0 ? null : altered.join("; "),
  }
}

const iso = (at: number) => new Date(at).toISOString()

/** The message's own headers, and where it first was. */
const placed = (of: Omit<DeadLetterRecord, "errorClass" | "error" | "lastFailedAt" | "altered">): Record<string, string> => ({
  ...of.headers,
  [`${PREFIX}topic`]: of.topic,
  [`${PREFIX}partition`]: String(of.partition),
  [`${PREFIX}offset`]: String(of.offset),
  [`${PREFIX}attempts`]: String(of.attempts),
  [`${PREFIX}replays`]: String(of.replays),
  [`${PREFIX}first-failed-at`]: iso(of.firstFailedAt),
})

/** The record as the topic's `.dlq` holds it: key, payload and headers of the message, and our own headers beside them. */
export const toBus = (record: DeadLetterRecord): BusRecord => ({
  topic: dlqTopicOf({ name: record.topic, partitions: 1 }),
  key: record.key ?? "",
  value: record.payload,
  headers: {
    ...placed(record),
    [`${PREFIX}class`]: record.errorClass,
    [`${PREFIX}error`]: record.error,
    [`${PREFIX}failed-at`]: iso(record.lastFailedAt),
    ...(record.altered === null ? {} : { [`${PREFIX}altered`]: record.altered }),
  },
})

const isClass = (text: string | undefined): text is DeadLetterClass => (DeadLetterClass.literals as ReadonlyArray<unknown>).includes(text)

/** Reads a record of a `.dlq` topic. Never throws. */
export const fromBus = (delivery: Delivery): Result.Result<DeadLetterRecord, string> => {
  const { headers, lane } = delivery
  const said = (name: string) => `header ${PREFIX}${name} is ${JSON.stringify(headers[PREFIX + name]?.slice(0, 100) ?? null)}`
  const topic = headers[`${PREFIX}topic`]
  if (topic === undefined || topic.length > TOPIC_LIMIT || dlqTopicOf({ name: topic, partitions: 1 }).name !== lane.topic)
    return Result.fail(`${said("topic")}, and this is ${lane.topic}`)
  const errorClass = headers[`${PREFIX}class`]
  if (!isClass(errorClass)) return Result.fail(`${said("class")}: one of ${DeadLetterClass.literals.join(", ")}`)
  const numbers: Record<string, number> = {}
  for (const [name, limit] of [
    ["partition", PARTITION_LIMIT],
    ["offset", Number.MAX_SAFE_INTEGER],
    ["attempts", ATTEMPTS_LIMIT],
    ["replays", ATTEMPTS_LIMIT],
  ] as const) {
    const number = whole(headers, name, limit)
    if (number === null) return Result.fail(`${said(name)}: a whole number up to ${limit}`)
    numbers[name] = number
  }
  const firstFailedAt = timeOf(headers, "first-failed-at")
  if (firstFailedAt === null) return Result.fail(`${said("first-failed-at")}: a time in ISO 8601`)
  const lastFailedAt = timeOf(headers, "failed-at")
  if (lastFailedAt === null) return Result.fail(`${said("failed-at")}: a time in ISO 8601`)
  // Whoever wrote it may not have kept to our limits.
  const read = recordOf({ delivery, errorClass, error: headers[`${PREFIX}error`] ?? "" }, lastFailedAt)
  const altered = [headers[`${PREFIX}altered`]?.slice(0, ERROR_LIMIT), read.altered].filter((text) => text !== undefined && text !== null)
  return Result.succeed({
    ...read,
    topic,
    partition: numbers["partition"]!,
    offset: numbers["offset"]!,
    attempts: numbers["attempts"]!,
    replays: numbers["replays"]!,
    firstFailedAt,
    lastFailedAt,
    altered: altered.length === 0 ? null : altered.join("; "),
  })
}

/** The letter's message as it goes to its topic again, for the `replays`-th time. */
export const toReplay = (letter: DeadLetter, topic: BusTopic, replays: number): BusRecord => ({
  topic,
  key: letter.key ?? "",
  value: letter.payload,
  headers: placed({ ...letter, replays }),
})
