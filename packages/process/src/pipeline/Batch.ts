import type { Delivery } from "@signalflow/domain/bus/SignalBus"
import type { LastObservation } from "@signalflow/domain/VelocityCache"
import type { ReadEvent } from "./Decide.ts"
import type { Letter } from "../deadletters/DeadLetters.ts"
import { decode } from "./Decoding.ts"
import type { LazyReading, Reader } from "../reading/LazyReading.ts"

export interface DeliveredEvent extends ReadEvent {
  readonly delivery: Delivery
  readonly reading: LazyReading | null
}

/** A batch of deliveries, decoded. */
export interface Batch {
  readonly deliveries: ReadonlyArray<Delivery>
  readonly events: ReadonlyArray<DeliveredEvent>
  readonly poison: ReadonlyArray<Letter>
  /** The version of a message that this program is too old for; null when it understands them all. */
  readonly newerVersion: number | null
  /** How far ahead of their receipt those events were that are now dated at it, in milliseconds. */
  readonly aheadMs: ReadonlyArray<number>
}

/** Decodes deliveries: pure, so it overlaps with the writing of the batch before. What cannot be read is poison, alone. */
export const prepare = (deliveries: ReadonlyArray<Delivery>, reader: Reader): Batch => {
  const events: Array<DeliveredEvent> = []
  const poison: Array<Letter> = []
  let newerVersion: number | null = null
  const aheadMs: Array<number> = []
  for (const delivery of deliveries) {
    const decoded = decode(delivery)
    if (decoded._tag === "Newer") newerVersion ??= decoded.version
    else if (decoded._tag === "Poison") poison.push({ delivery, errorClass: "validation", error: decoded.error })
    else {
      const { event } = decoded
      if (decoded.aheadMs > 0) aheadMs.push(decoded.aheadMs)
      const reading = event._tag === "Observed" ? reader(event.signal) : null
      events.push({ event, delivery, reading, receivedAt: delivery.publishedAt })
    }
  }
  return { deliveries, events, poison, newerVersion, aheadMs }
}

/** Ids that a batch observes. */
export const observedIds = ({ events }: Batch): ReadonlyArray<string> => {
  const ids = new Set<string>()
  for (const { event } of events) if (event._tag === "Observed") ids.add(event.signal.id)
  return [...ids]
}

/** Reads the texts that, as far as is known, the store has no reading of; any other is read only if the stored row turns out to need it. */
export const readTexts = ({ events }: Batch, known: ReadonlyMap<string, LastObservation>): void => {
  const last = new Map<string, Pick<LastObservation, "at" | "textHash">>(known)
  for (const { event, reading } of events) {
    if (event._tag !== "Observed" || reading === null) continue
    const { id, observedAt } = event.signal
    const before = last.get(id)
    if (before !== undefined && observedAt < before.at) continue
    if (before?.textHash !== reading.textHash) reading.get()
    last.set(id, { at: observedAt, textHash: reading.textHash })
  }
}
