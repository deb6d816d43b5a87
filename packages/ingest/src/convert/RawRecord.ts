import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import type { RawEvent } from "@signalflow/domain/signals/RawEvent"
import { type Mode, SCHEMA_VERSION } from "@signalflow/domain/signals/Signal"
import type { BusRecord } from "@signalflow/domain/bus/SignalBus"

export interface RawItem {
  readonly topic: BusTopic
  readonly key: string
  readonly entityType: string
  readonly source: string
  readonly mode: Mode | "trending"
  readonly emittedAt: number
  readonly payload: unknown
  readonly metadata?: Readonly<Record<string, unknown>>
}

const headers = { schema_version: String(SCHEMA_VERSION), "content-type": "application/json" }

/** The bus record of an upstream body. Its JSON is made when the bus reads it: a bus that nobody asked for raw events never does. */
export const rawRecord = (item: RawItem): BusRecord => ({
  topic: item.topic,
  key: item.key,
  headers,
  get value() {
    const event: RawEvent = {
      entity_type: item.entityType,
      source: item.source,
      mode: item.mode,
      emitted_at: item.emittedAt,
      payload: item.payload,
      metadata: item.metadata ?? {},
      schema_version: SCHEMA_VERSION,
    }
    return JSON.stringify(event)
  },
})
