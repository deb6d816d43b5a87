import { partitionOf } from "@signalflow/domain/BusTopic"
import type { BusRecord } from "@signalflow/domain/SignalBus"
import { Effect, Fiber, type Scope, Semaphore } from "effect"
import type { KafkaDriver, KafkaError, OutgoingMessage, Place } from "./KafkaDriver.ts"

/** Below Kafka's limit of a mebibyte for one batch, before compression. */
const MOST_BYTES = 900_000
const MOST_MESSAGES = 5_000
const OVERHEAD = 100

const bytesOf = ({ key, value, headers }: OutgoingMessage) => {
  let bytes = OVERHEAD + Buffer.byteLength(key) + Buffer.byteLength(value)
  for (const [name, text] of Object.entries(headers)) bytes += Buffer.byteLength(name) + Buffer.byteLength(text)
  return bytes
}

/** Runs of messages that fit into one batch each; a message that is larger than that goes alone. */
export const split = (messages: ReadonlyArray<OutgoingMessage>): ReadonlyArray<ReadonlyArray<OutgoingMessage>> => {
  const parts: Array<Array<OutgoingMessage>> = []
  let bytes = Infinity
  for (const message of messages) {
    const size = bytesOf(message)
    if (bytes + size > MOST_BYTES || parts.at(-1)!.length === MOST_MESSAGES) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)!.push(message)
    bytes += size
  }
  return parts
}

/**
 * The producer that lost nothing when a broker died: one send for each partition, with one in flight. (A send of several
 * partitions passes over those whose leader moved to a broker that has already answered, and reports them as stored.)
 */
export const make = (driver: KafkaDriver["Service"], scope: Scope.Scope) => {
  const lanes = new Map<string, { readonly place: Place; readonly turn: Semaphore.Semaphore }>()
  const laneOf = (topic: string, partition: number) => {
    const name = `${topic}\u0000${partition}`
    const lane = lanes.get(name) ?? { place: { topic, partition }, turn: Semaphore.makeUnsafe(1) }
    lanes.set(name, lane)
    return lane
  }

  return (records: ReadonlyArray<BusRecord>): Effect.Effect<void, KafkaError> =>
    Effect.gen(function* () {
      const sends = new Map<ReturnType<typeof laneOf>, Array<OutgoingMessage>>()
      for (const { topic, key, value, headers } of records) {
        const lane = laneOf(topic.name, partitionOf(key, topic.partitions))
        const messages = sends.get(lane)
        if (messages === undefined) sends.set(lane, [{ key, value, headers }])
        else messages.push({ key, value, headers })
      }
      // A send cannot be taken back: one that nobody waits for any more still has its turn.
      const fibers = yield* Effect.forEach(sends, ([{ place, turn }, messages]) =>
        Effect.forkIn(turn.withPermit(Effect.forEach(split(messages), (part) => driver.send(place, part), { discard: true })), scope),
      )
      yield* Effect.forEach(fibers, Fiber.join, { discard: true, concurrency: "unbounded" })
    })
}
