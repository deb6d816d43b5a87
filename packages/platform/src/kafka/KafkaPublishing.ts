import { partitionOf } from "@signalflow/domain/bus/BusTopic"
import { tooLarge } from "@signalflow/domain/bus/RecordLimit"
import type { BusError, BusRecord } from "@signalflow/domain/bus/SignalBus"
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

interface Outgoing extends OutgoingMessage {
  /** Among the records of one publish. */
  readonly index: number
}

interface TooLarge {
  readonly index: number
  readonly error: KafkaError
}

/** Runs of messages that fit into one batch each; a message that is larger than that goes alone. */
export const split = <M extends OutgoingMessage>(messages: ReadonlyArray<M>): ReadonlyArray<ReadonlyArray<M>> => {
  const parts: Array<Array<M>> = []
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

  /** Halves what the broker does not take in one batch; answers what it does not take alone. */
  const sendPart = (place: Place, part: ReadonlyArray<Outgoing>): Effect.Effect<ReadonlyArray<TooLarge>, KafkaError> =>
    driver.send(place, part).pipe(
      Effect.as([]),
      Effect.catchIf(
        ({ kind }) => kind === "too large",
        (error) => {
          if (part.length === 1) return Effect.succeed([{ index: part[0]!.index, error }])
          const middle = part.length >> 1
          return Effect.zipWith(sendPart(place, part.slice(0, middle)), sendPart(place, part.slice(middle)), (a, b) => [...a, ...b])
        },
      ),
    )

  return Effect.fnUntraced(function* (records: ReadonlyArray<BusRecord>): Effect.fn.Return<void, KafkaError | BusError> {
    const sends = new Map<ReturnType<typeof laneOf>, Array<Outgoing>>()
    for (const [index, { topic, key, value, headers }] of records.entries()) {
      const lane = laneOf(topic.name, partitionOf(key, topic.partitions))
      const messages = sends.get(lane)
      if (messages === undefined) sends.set(lane, [{ key, value, headers, index }])
      else messages.push({ key, value, headers, index })
    }
    // A send cannot be taken back: one that nobody waits for any more still has its turn.
    const fibers = yield* Effect.forEach(sends, ([{ place, turn }, messages]) =>
      Effect.forkIn(turn.withPermit(Effect.forEach(split(messages), (part) => sendPart(place, part))), scope),
    )
    const refused = (yield* Effect.forEach(fibers, Fiber.join, { concurrency: "unbounded" })).flat(2)
    const [first] = refused
    if (first === undefined) return
    const which = refused.map(({ index }) => index)
    return yield* tooLarge(
      records,
      which,
      `Kafka takes no message so large (max.message.bytes of the topic): ${first.error.message}`,
      first.error,
    )
  })
}
