import { Schema } from "effect"
import { Timestamp } from "./Time.ts"

export const DeadLetterClass = Schema.Literals(["validation", "transient", "permanent"])
export type DeadLetterClass = typeof DeadLetterClass.Type

/** A message that was set aside, unique by the source's topic, partition and offset. */
export const DeadLetter = Schema.Struct({
  id: Schema.Int,
  topic: Schema.String,
  partition: Schema.Int,
  offset: Schema.Int,
  key: Schema.NullOr(Schema.String),
  payload: Schema.String,
  headers: Schema.Record(Schema.String, Schema.String),
  errorClass: DeadLetterClass,
  error: Schema.String,
  attempts: Schema.Int,
  firstFailedAt: Timestamp,
  lastFailedAt: Timestamp,
  replayedAt: Schema.NullOr(Timestamp),
})
export type DeadLetter = typeof DeadLetter.Type
