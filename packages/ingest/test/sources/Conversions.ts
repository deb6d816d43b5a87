import { assert } from "@effect/vitest"
import { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Schema } from "effect"
import type { Converted } from "../../src/convert/Converted.ts"

/** Whether the bus takes it. */
export const isEvent = Schema.is(SignalEvent)

export const signalIn = (converted: Converted) => {
  if (converted._tag !== "Event" || converted.event._tag !== "Observed") return assert.fail(JSON.stringify(converted))
  assert.isTrue(isEvent(converted.event), JSON.stringify(converted.event))
  return converted.event.signal
}

export const removalIn = (converted: Converted) =>
  converted._tag === "Event" && converted.event._tag === "Removed" ? converted.event : assert.fail(JSON.stringify(converted))

export const reasonIn = (converted: Converted) => (converted._tag === "Drop" ? converted.reason : assert.fail(JSON.stringify(converted)))
