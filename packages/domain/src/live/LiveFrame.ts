import { Schema } from "effect"
import { term } from "../api/Parameters.ts"
import { SignalView } from "../api/SignalView.ts"
import { SignalKind } from "../signals/Signal.ts"

/** What processing hands to the live feed: the signal as stored, or the id of one that is gone. */
export const LiveItem = Schema.Union([
  Schema.TaggedStruct("Signal", { signal: SignalView }),
  Schema.TaggedStruct("Removed", { id: Schema.String }),
])
export type LiveItem = typeof LiveItem.Type

/** An item with its place in the feed. `offset` rises by one within an `epoch`; another epoch is another history. */
export interface LiveEntry {
  readonly epoch: string
  readonly offset: number
  readonly item: LiveItem
}

const place = { epoch: Schema.String, offset: Schema.Int }

/** What the server writes on a socket or an event stream. */
export const LiveFrame = Schema.Union([
  Schema.Struct({ type: Schema.Literal("hello"), ...place }),
  Schema.Struct({ type: Schema.Literal("signal"), ...place, signal: SignalView }),
  Schema.Struct({ type: Schema.Literal("removed"), ...place, id: Schema.String }),
  /** Items from `from` to `to` were missed and are not kept any more, or the reader was too slow. */
  Schema.Struct({ type: Schema.Literal("gap"), ...place, from: Schema.Int, to: Schema.Int }),
  /** Everything up to here was sent, or does not match: where to resume from. Written after a subscription has caught up and while nothing else is. */
  Schema.Struct({ type: Schema.Literal("position"), ...place }),
  Schema.Struct({ type: Schema.Literal("error"), code: Schema.String, message: Schema.String }),
])
export type LiveFrame = typeof LiveFrame.Type

const terms = Schema.Array(term).check(Schema.isMaxLength(50, { message: "must have at most 50 values" }))

/** What a subscriber wants to see; an absent field means everything. */
export const LiveFilter = Schema.Struct({
  platforms: Schema.optionalKey(terms),
  communities: Schema.optionalKey(terms),
  topics: Schema.optionalKey(terms),
  kinds: Schema.optionalKey(Schema.Array(SignalKind).check(Schema.isMaxLength(50, { message: "must have at most 50 values" }))),
})
export type LiveFilter = typeof LiveFilter.Type

/** What a client writes on the socket. `auth` comes first, within 5 seconds, unless the upgrade carried the token. */
export const LiveRequest = Schema.Union([
  Schema.Struct({ type: Schema.Literal("auth"), token: Schema.String.check(Schema.isMaxLength(4_096)) }),
  Schema.Struct({
    type: Schema.Literal("subscribe"),
    filter: Schema.optionalKey(LiveFilter),
    resume: Schema.optionalKey(Schema.Struct({ epoch: Schema.String, offset: Schema.Int })),
  }),
])
export type LiveRequest = typeof LiveRequest.Type
