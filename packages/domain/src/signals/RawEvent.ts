import { Schema } from "effect"
import { Mode } from "./Signal.ts"
import { Timestamp } from "../Time.ts"

/** Envelope of an upstream body, verbatim, for the archive and for normalising again. */
export const RawEvent = Schema.Struct({
  entity_type: Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_]{0,63}$/)),
  source: Schema.String,
  mode: Schema.Union([Mode, Schema.Literal("trending")]),
  emitted_at: Timestamp,
  payload: Schema.Unknown,
  metadata: Schema.Record(Schema.String, Schema.Unknown),
  schema_version: Schema.Int,
})
export type RawEvent = typeof RawEvent.Type
