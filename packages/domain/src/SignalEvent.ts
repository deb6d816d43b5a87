import { Schema } from "effect"
import { Platform } from "./Platform.ts"
import { Signal, SignalId } from "./Signal.ts"
import { Timestamp } from "./Time.ts"

/** What a removal is about: one signal, or everything by one author of a platform. */
export const RemovalTarget = Schema.Union([
  Schema.TaggedStruct("Signal", { id: SignalId }),
  Schema.TaggedStruct("Author", { platform: Platform, author: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(300)) }),
])
export type RemovalTarget = typeof RemovalTarget.Type

/** `deleted`: its text and author must go for good. `hidden`: not shown until it is restored or seen again. */
export const RemovalKind = Schema.Literals(["deleted", "hidden"])
export type RemovalKind = typeof RemovalKind.Type

export const Observed = Schema.TaggedStruct("Observed", { signal: Signal })
export type Observed = typeof Observed.Type

export const Removed = Schema.TaggedStruct("Removed", {
  target: RemovalTarget,
  kind: RemovalKind,
  at: Timestamp,
  why: Schema.String.check(Schema.isMaxLength(200)),
})
export type Removed = typeof Removed.Type

export const Restored = Schema.TaggedStruct("Restored", { target: RemovalTarget, at: Timestamp })
export type Restored = typeof Restored.Type

/** What a source says about its platform. The JSON of the bus is this record as it stands: no field is transformed. */
export const SignalEvent = Schema.Union([Observed, Removed, Restored])
export type SignalEvent = typeof SignalEvent.Type

/** Key that orders events of one thing on the bus: the signal's id, or `author:<platform>:<author>`. */
export const keyOf = (event: SignalEvent): string => {
  const target: RemovalTarget = event._tag === "Observed" ? { _tag: "Signal", id: event.signal.id } : event.target
  return target._tag === "Signal" ? target.id : `author:${target.platform}:${target.author}`
}
