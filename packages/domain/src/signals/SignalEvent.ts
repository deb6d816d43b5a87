import { Schema } from "effect"
import { Platform } from "./Platform.ts"
import { SCHEMA_VERSION, Signal, SignalId, SignalMeta } from "./Signal.ts"
import { Timestamp } from "../Time.ts"

const SignalTarget = Schema.TaggedStruct("Signal", { id: SignalId })

/** What a removal is about: one signal, or everything by one author of a platform. */
export const RemovalTarget = Schema.Union([
  SignalTarget,
  Schema.TaggedStruct("Author", { platform: Platform, author: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(300)) }),
])
export type RemovalTarget = typeof RemovalTarget.Type

/** `deleted`: its text and author must go for good. `hidden`: not shown until it is restored or seen again. */
export const RemovalKind = Schema.Literals(["deleted", "hidden"])
export type RemovalKind = typeof RemovalKind.Type

export const Observed = Schema.TaggedStruct("Observed", { signal: Signal })
export type Observed = typeof Observed.Type

const count = Schema.NullOr(Schema.Int)

/**
 * The counts of a signal that was observed before, as they stood at `at`; null = as it was. It carries no text, so that a source
 * need not keep what it has published, and it shows nothing that is hidden. Of a signal that is not stored it means nothing.
 */
export const Counted = Schema.TaggedStruct("Counted", {
  target: SignalTarget,
  score: count,
  comments: count,
  reposts: count,
  views: count,
  at: Timestamp,
  meta: SignalMeta,
})
export type Counted = typeof Counted.Type

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
export const SignalEvent = Schema.Union([Observed, Counted, Removed, Restored])
export type SignalEvent = typeof SignalEvent.Type

/** Key that orders events of one thing on the bus: the signal's id, or `author:<platform>:<author>`. */
export const keyOf = (event: SignalEvent): string => {
  if (event._tag === "Observed") return event.signal.id
  const { target } = event
  return target._tag === "Signal" ? target.id : `author:${target.platform}:${target.author}`
}

/** Version of events that carry counts alone, and the newest that this program understands. */
export const EVENT_VERSION = 1.1

/** What a program must understand to read an event; an older one stalls at it (an upgrade), and loses nothing. */
export const versionOf = (event: SignalEvent): number => (event._tag === "Counted" ? EVENT_VERSION : SCHEMA_VERSION)
