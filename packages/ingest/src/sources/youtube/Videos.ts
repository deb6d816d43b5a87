import type { Mode } from "@signalflow/domain/signals/Signal"
import { Effect } from "effect"
import { Harvest } from "../../convert/Converted.ts"
import { rawRecord } from "../../convert/RawRecord.ts"
import type { SourceError } from "../../SourceAdapter.ts"
import type { Api, Page, Refused } from "./Client.ts"
import { convertVideo, platform } from "./Convert.ts"
import { youTubeRaw } from "./Topic.ts"

/** Most ids that one call of `videos.list` takes. */
export const MOST_IDS = 50
export const PARTS = "snippet,statistics"

export interface VideosRead {
  readonly harvest: Harvest
  /** Asked for, but not in the answer; nothing when an item of the answer has no id to tell it by. */
  readonly absent: ReadonlyArray<string>
  readonly askedAt: number
}

const idOf = (item: unknown): string | null => {
  const id = (item as { readonly id?: unknown } | null)?.id
  return typeof id === "string" ? id : null
}

/** The videos of one page, item by item, with their bodies. */
export const harvestVideos = ({ items, askedAt }: Page, runId: string, modeOf: (id: string) => Mode): Harvest => {
  const harvest = new Harvest()
  for (const payload of items) {
    const id = idOf(payload) ?? ""
    const mode = modeOf(id)
    const raw = { topic: youTubeRaw, key: id, entityType: "video", source: platform, mode, emittedAt: askedAt, payload }
    harvest.add(convertVideo(payload, { observedAt: askedAt, mode, runId }), rawRecord(raw))
  }
  return harvest
}

/** The ids of `ids` that an answer does not hold. */
export const absentFrom = ({ items }: Page, ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  const present = new Set(items.map(idOf))
  return present.has(null) ? [] : ids.filter((id) => !present.has(id))
}

/** Up to 50 videos by their ids. */
export const readVideos = (
  api: Api,
  ids: ReadonlyArray<string>,
  runId: string,
  mode: Mode,
): Effect.Effect<VideosRead, SourceError | Refused> =>
  Effect.map(api.list("videos", { part: PARTS, id: ids.join(",") }), (page) => ({
    harvest: harvestVideos(page, runId, () => mode),
    absent: absentFrom(page, ids),
    askedAt: page.askedAt,
  }))
