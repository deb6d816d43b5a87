import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { SourceState, Tier } from "../sources/Source.ts"
import { Authenticated, Unavailable } from "./Access.ts"
import { Contract } from "./Contract.ts"

/** A target and what its source says of it; times in ISO 8601. */
export const SourceView = Schema.Struct({
  platform: Schema.String,
  target: Schema.String,
  tier: Tier,
  active: Schema.Boolean,
  state: SourceState,
  why: Schema.NullOr(Schema.String),
  lastSuccess: Schema.NullOr(Schema.String),
  lagSeconds: Schema.NullOr(Schema.Finite),
  quotaLeft: Schema.NullOr(Schema.Int),
  /** Share 0–1 of the history load; null = none under way. */
  warmStart: Schema.NullOr(Schema.Finite),
  /** Signals stored in the last hour, of the whole platform: a signal does not say which of its targets brought it. */
  signalsLastHour: Schema.Int,
})
export type SourceView = typeof SourceView.Type

export class Sources extends HttpApiGroup.make("sources")
  .add(HttpApiEndpoint.get("list", "/sources", { success: Schema.Struct({ results: Schema.Array(SourceView) }), error: Unavailable }))
  .middleware(Contract)
  .middleware(Authenticated)
  .prefix("/api/v1") {}
