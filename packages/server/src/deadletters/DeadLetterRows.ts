import { DeadLetter, type DeadLetterClass } from "@signalflow/domain/deadletters/DeadLetter"
import type { DeadLetterView, WholeDeadLetter } from "@signalflow/domain/api/DeadLetters"
import { Schema } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"

/** Which letters are meant; what is absent narrows nothing. */
export interface LetterFilter {
  readonly topic?: string | undefined
  readonly errorClass?: DeadLetterClass | undefined
  /** Those that failed last at this time or later. */
  readonly since?: Date | undefined
  readonly parked?: boolean | undefined
}

const PREVIEW = 200

const Whole = Schema.Union([Schema.BigInt, Schema.Int])

/** A row with the payload, or its beginning, as `text`. */
const Row = Schema.Struct({
  id: Whole,
  topic: Schema.String,
  partition: Schema.Int,
  offset: Whole,
  key: Schema.NullOr(Schema.String),
  text: Schema.String,
  bytes: Schema.Int,
  headers: Schema.Record(Schema.String, Schema.String),
  error_class: DeadLetter.fields.errorClass,
  error: Schema.String,
  attempts: Schema.Int,
  replays: Schema.Int,
  first_failed_at: Schema.Date,
  last_failed_at: Schema.Date,
  replayed_at: Schema.NullOr(Schema.Date),
  parked_at: Schema.NullOr(Schema.Date),
  altered: Schema.NullOr(Schema.String),
})
export type LetterRow = typeof Row.Type

export const decodeRows = Schema.decodeUnknownEffect(Schema.Array(Row))

const columns = (
  text: string,
) => `id, topic, partition, "offset", key, ${text} as text, octet_length(payload) as bytes, headers, error_class, error,
  attempts, replays, first_failed_at, last_failed_at, replayed_at, parked_at, altered`

export const wholeColumns = columns("payload")
/** Without what may be large. */
export const viewColumns = columns(`left(payload, ${PREVIEW})`).replace("headers,", "'{}'::jsonb as headers,")

export const conditions = (sql: SqlClient, { topic, errorClass, since, parked }: LetterFilter): Array<Fragment> => {
  const all: Array<Fragment> = [sql`discarded_at is null`]
  if (topic !== undefined) all.push(sql`topic = ${topic}`)
  if (errorClass !== undefined) all.push(sql`error_class = ${errorClass}`)
  if (since !== undefined) all.push(sql`last_failed_at >= ${since}`)
  if (parked !== undefined) all.push(parked ? sql`parked_at is not null` : sql`parked_at is null`)
  return all
}

const factsOf = (row: LetterRow) => ({
  id: Number(row.id),
  topic: row.topic,
  partition: row.partition,
  offset: Number(row.offset),
  key: row.key,
  errorClass: row.error_class,
  error: row.error,
  attempts: row.attempts,
  replays: row.replays,
  altered: row.altered,
})

export const letterOf = (row: LetterRow): DeadLetter => ({
  ...factsOf(row),
  payload: row.text,
  headers: row.headers,
  firstFailedAt: row.first_failed_at.getTime(),
  lastFailedAt: row.last_failed_at.getTime(),
  replayedAt: row.replayed_at?.getTime() ?? null,
  parkedAt: row.parked_at?.getTime() ?? null,
})

const shownOf = (row: LetterRow) => ({
  ...factsOf(row),
  firstFailedAt: row.first_failed_at.toISOString(),
  lastFailedAt: row.last_failed_at.toISOString(),
  replayedAt: row.replayed_at?.toISOString() ?? null,
  parkedAt: row.parked_at?.toISOString() ?? null,
  payloadBytes: row.bytes,
})

export const viewOf = (row: LetterRow): DeadLetterView => ({ ...shownOf(row), preview: row.text })

export const wholeOf = (row: LetterRow): WholeDeadLetter => ({ ...shownOf(row), payload: row.text, headers: row.headers })
