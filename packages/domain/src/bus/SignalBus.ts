import { Context, Effect, Schema, type Stream } from "effect"
import type { BusTopic } from "./BusTopic.ts"
import { signalsNormalised } from "./BusTopic.ts"
import { keyOf, type SignalEvent, versionOf } from "../signals/SignalEvent.ts"

/** A record that the bus will never take. `index` is its place among those that were handed over. */
const Refused = Schema.Struct({ index: Schema.Int, topic: Schema.String, key: Schema.String, bytes: Schema.Int })

export class BusError extends Schema.TaggedError<BusError>()("BusError", {
  operation: Schema.Literals(["publish", "register", "consume", "commit", "forget", "tail"]),
  message: Schema.String,
  cause: Schema.Defect(),
  /** Absent: trying again may help. Else to send these again is of no use; the others are sent again without them. */
  refused: Schema.optionalKey(Schema.Array(Refused)),
}) {}

/** What a producer hands to the bus. `value` is JSON text. */
export interface BusRecord {
  readonly topic: BusTopic
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/** The run of one partition that this consumer holds; it acknowledges offsets, and commits the contiguous prefix of what it delivered. */
export interface Lane {
  readonly topic: string
  readonly partition: number
  readonly ack: (offsets: ReadonlyArray<number>) => Effect.Effect<void, BusError>
}

/** A message with the permission to acknowledge it: `ack` is `lane.ack([offset])`; a batch goes through `ackAll`. */
export interface Delivery {
  readonly lane: Lane
  readonly offset: number
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
  /** When the bus took it, unix milliseconds. */
  readonly publishedAt: number
}

/**
 * The write end. Succeeds only when every record is durable; on failure any part may have been stored, and the whole is sent again,
 * without what the error names as `refused`.
 */
export class SignalPublisher extends Context.Service<
  SignalPublisher,
  {
    readonly publish: (records: ReadonlyArray<BusRecord>) => Effect.Effect<void, BusError>
  }
>()("@signalflow/domain/SignalBus/SignalPublisher") {}

export interface Subscription {
  /** Consumers of one group share the partitions; each group sees every message. */
  readonly group: string
  readonly topics: ReadonlyArray<BusTopic>
  /** Most deliveries that may be un-acknowledged per partition before reading stops. Default 2,000. */
  readonly maxInFlight?: number
}

/** What a group that was unavailable for longer than the bus keeps messages is told before its first delivery. */
export interface Gap {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
}

/** Where a reader without a group begins: at a time (unix milliseconds), or at an offset of each partition. */
export type Start =
  | number
  | {
      /** A partition that is not named begins with the first message that is kept; an offset after the end begins at the end. */
      readonly offsets: ReadonlyArray<{ readonly topic: string; readonly partition: number; readonly offset: number }>
      /** Hears of messages that were asked for and are no longer kept. */
      readonly onGap?: (gap: Gap) => Effect.Effect<void>
    }

/** The read end. */
export class SignalConsumer extends Context.Service<
  SignalConsumer,
  {
    /** Makes the group known, from the present end of each topic when it is new: what is published after this is kept for it. */
    readonly register: (subscription: Subscription) => Effect.Effect<void, BusError>
    /** Deliveries from the group's committed offsets on, in order per partition, one partition to one consumer at a time. Registers the group. */
    readonly deliveries: (
      subscription: Subscription & { readonly onGap?: (gap: Gap) => Effect.Effect<void> },
    ) => Stream.Stream<Delivery, BusError>
    /** Reads from the end (or from a time, or from offsets) without a group: nothing is acknowledged, nothing is kept for it. */
    readonly tail: (topics: ReadonlyArray<BusTopic>, from?: Start) => Stream.Stream<Delivery, BusError>
    /** Drops every stored message of these keys up to the offset `before` of each: a removed text must not live on in the bus. */
    readonly forget: (
      topic: BusTopic,
      keys: ReadonlyArray<{ readonly key: string; readonly before: number }>,
    ) => Effect.Effect<void, BusError>
    /** Messages that the group has not acknowledged, over all its partitions, and the age in milliseconds of the oldest. */
    readonly unread: (group: string) => Effect.Effect<{ readonly messages: number; readonly oldestMs: number | null }, BusError>
  }
>()("@signalflow/domain/SignalBus/SignalConsumer") {}

/** Acknowledges a batch: one `ack` per partition. */
export const ackAll = (deliveries: ReadonlyArray<Delivery>): Effect.Effect<void, BusError> => {
  const lanes = new Map<Lane, Array<number>>()
  for (const delivery of deliveries) {
    const offsets = lanes.get(delivery.lane)
    if (offsets === undefined) lanes.set(delivery.lane, [delivery.offset])
    else offsets.push(delivery.offset)
  }
  return Effect.forEach(lanes, ([lane, offsets]) => lane.ack(offsets), { discard: true, concurrency: "unbounded" })
}

/** The record of a signal event, as every source publishes it. */
export const signalRecord = (event: SignalEvent, headers: Readonly<Record<string, string>> = {}): BusRecord => ({
  topic: signalsNormalised,
  key: keyOf(event),
  value: JSON.stringify(event),
  headers: { schema_version: String(versionOf(event)), "content-type": "application/json", ...headers },
})
