import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import type { BusRecord } from "@signalflow/domain/bus/SignalBus"
import { drop, type Harvest, type Observation } from "../../convert/Converted.ts"
import { rawRecord } from "../../convert/RawRecord.ts"
import type { SourceBatch } from "../../SourceAdapter.ts"
import { eventOf, platform } from "./Convert.ts"
import { decodeThing } from "./Thing.ts"
import { commentsRaw, postsRaw, postsRefreshed } from "./Topic.ts"

const BATCH = 500

/** Adds one child of a listing: its event and its raw record. */
export const gather = (harvest: Harvest, child: unknown, observation: Observation): void => {
  const thing = decodeThing(child)
  if (typeof thing === "string") return harvest.add(drop(thing))
  const posts: BusTopic = observation.mode === "refresh" ? postsRefreshed : postsRaw
  const raw = rawRecord({
    topic: thing.kind === "t3" ? posts : commentsRaw,
    key: thing.data.name,
    entityType: thing.kind === "t3" ? "post" : "comment",
    source: "reddit",
    mode: observation.mode,
    emittedAt: observation.observedAt,
    payload: child,
  })
  harvest.add(eventOf(thing, observation), raw)
}

/** A harvest as batches that the bus takes, each event with its raw record; what is said of the whole is said by the last. */
export const batchesOf = (harvest: Harvest, whole: Pick<SourceBatch, "cursor" | "readUntil" | "notice" | "onAck">): Array<SourceBatch> => {
  const { events, received, dropped } = harvest
  const batches = Array.from({ length: Math.max(1, Math.ceil(events.length / BATCH)) }, (_, i) => ({
    events: events.slice(i * BATCH, (i + 1) * BATCH),
    raw: [] as Array<BusRecord>,
  }))
  const placeOf = new Map(
    events.flatMap((event, i) => (event._tag === "Observed" ? [[event.signal.id as string, Math.floor(i / BATCH)] as const] : [])),
  )
  for (const record of harvest.raw) batches[placeOf.get(`${platform}:${record.key}`) ?? batches.length - 1]!.raw.push(record)
  return batches.map((part, i) =>
    i === batches.length - 1
      ? { ...part, received, dropped, ...whole }
      : { ...part, received: 0, dropped: {}, cursor: null, readUntil: null },
  )
}
