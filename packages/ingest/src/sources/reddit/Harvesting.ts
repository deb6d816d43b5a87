import type { BusTopic } from "@signalflow/domain/BusTopic"
import { drop, type Harvest } from "../../Converted.ts"
import { rawRecord } from "../../Raw.ts"
import type { SourceBatch } from "../../SourceAdapter.ts"
import { eventOf, type Observation } from "./Convert.ts"
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

/** A harvest as batches that the bus takes; what is said of the whole is said by the last. */
export const batchesOf = (harvest: Harvest, whole: Pick<SourceBatch, "cursor" | "readUntil" | "notice" | "onAck">): Array<SourceBatch> => {
  const batches: Array<SourceBatch> = []
  for (let i = 0; i === 0 || i < Math.max(harvest.events.length, harvest.raw.length); i += BATCH) {
    const part = { events: harvest.events.slice(i, i + BATCH), raw: harvest.raw.slice(i, i + BATCH) }
    const last = i + BATCH >= Math.max(harvest.events.length, harvest.raw.length)
    batches.push(
      last
        ? { ...part, received: harvest.received, dropped: harvest.dropped, ...whole }
        : { ...part, received: 0, dropped: {}, cursor: null, readUntil: null },
    )
  }
  return batches
}
