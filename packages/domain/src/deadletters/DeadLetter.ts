import { Schema } from "effect"
import { Timestamp } from "../Time.ts"

/** `validation`: it cannot be read. `permanent`: it can never be stored. `transient`: it failed for a passing reason while it was replayed. */
export const DeadLetterClass = Schema.Literals(["validation", "transient", "permanent"])
export type DeadLetterClass = typeof DeadLetterClass.Type

/** A letter whose replay fails for this time is parked: no bulk replay takes it any more. */
export const PARK_AFTER = 3

const whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** A message that could not be processed, unique by the source's topic, partition and offset. */
export const DeadLetter = Schema.Struct({
  id: Schema.Int,
  topic: Schema.String,
  partition: whole,
  offset: whole,
  key: Schema.NullOr(Schema.String),
  payload: Schema.String,
  headers: Schema.Record(Schema.String, Schema.String),
  errorClass: DeadLetterClass,
  error: Schema.String,
  /** How often it failed. */
  attempts: whole,
  firstFailedAt: Timestamp,
  lastFailedAt: Timestamp,
  /** When it was last sent to its topic again; null once more when that failed. */
  replayedAt: Schema.NullOr(Timestamp),
  /** How often it was sent to its topic again. */
  replays: whole,
  parkedAt: Schema.NullOr(Timestamp),
  /** What of it is not as it was received, for a person; null = nothing. */
  altered: Schema.NullOr(Schema.String),
})
export type DeadLetter = typeof DeadLetter.Type
