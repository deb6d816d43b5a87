import type { Mode } from "@signalflow/domain/signals/Signal"
import type { BusRecord } from "@signalflow/domain/bus/SignalBus"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"

/** How an upstream item came to be read. */
export interface Observation {
  /** When the request was sent, unix milliseconds. */
  readonly observedAt: number
  readonly mode: Mode
  readonly runId: string
}

/** What became of one upstream item. */
export type Converted =
  | { readonly _tag: "Event"; readonly event: SignalEvent }
  /** Not a signal; `reason` is counted. */
  | { readonly _tag: "Drop"; readonly reason: string }

export const event = (of: SignalEvent): Converted => ({ _tag: "Event", event: of })
export const drop = (reason: string): Converted => ({ _tag: "Drop", reason })

/** Collects what became of the items of one batch. */
export class Harvest {
  readonly events: Array<SignalEvent> = []
  readonly raw: Array<BusRecord> = []
  readonly dropped: Record<string, number> = {}
  received = 0

  add(converted: Converted, raw?: BusRecord): void {
    this.received++
    if (converted._tag === "Drop") this.drop(converted.reason)
    else this.events.push(converted.event)
    if (raw !== undefined) this.raw.push(raw)
  }

  drop(reason: string): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1
  }
}
