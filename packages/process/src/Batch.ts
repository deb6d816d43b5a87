import type { Delivery } from "@signalflow/domain/SignalBus"
import type { ReadEvent } from "./Changes.ts"
import type { Letter } from "./DeadLetters.ts"
import { decode } from "./Decoding.ts"
import { read, type Snapshot } from "./reading/Reading.ts"

export interface DeliveredEvent extends ReadEvent {
  readonly delivery: Delivery
}

/** A batch of deliveries with their texts read. */
export interface Batch {
  readonly deliveries: ReadonlyArray<Delivery>
  readonly events: ReadonlyArray<DeliveredEvent>
  readonly poison: ReadonlyArray<Letter>
  /** The version of a message that this program is too old for; null when it understands them all. */
  readonly newerVersion: number | null
}

/** Decodes deliveries and reads their texts: pure, so it overlaps with the writing of the batch before. What cannot be read is poison, alone. */
export const prepare = (deliveries: ReadonlyArray<Delivery>, snapshot: Snapshot): Batch => {
  const events: Array<DeliveredEvent> = []
  const poison: Array<Letter> = []
  let newerVersion: number | null = null
  for (const delivery of deliveries) {
    const decoded = decode(delivery)
    if (decoded._tag === "Newer") newerVersion ??= decoded.version
    else if (decoded._tag === "Poison") poison.push({ delivery, errorClass: "validation", error: decoded.error })
    else {
      const { event } = decoded
      const reading = event._tag === "Observed" ? read(event.signal, snapshot) : null
      events.push({ event, delivery, reading, receivedAt: delivery.publishedAt })
    }
  }
  return { deliveries, events, poison, newerVersion }
}
