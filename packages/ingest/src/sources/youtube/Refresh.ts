import { signalId } from "@signalflow/domain/signals/Signal"
import { Clock, Effect, Stream } from "effect"
import type { PollTier } from "../../PollPlan.ts"
import type { SourceBatch, SourceError } from "../../SourceAdapter.ts"
import type { Api } from "./Client.ts"
import { rejected } from "./Rejected.ts"
import { removal } from "./Removal.ts"
import { platform } from "./Convert.ts"
import { absentFrom, MOST_IDS, readVideos } from "./Videos.ts"
import type { Watchlist } from "./Watchlist.ts"

const LOOK_EVERY = 30_000
const WHY = "no longer on YouTube: deleted or private"

/** Reads watched videos again as they age, fifty a call. What two answers in a row leave out is gone, and its comments with it. */
export const refresh = (
  api: Api,
  runId: string,
  watchlist: Watchlist,
  tiers: ReadonlyArray<PollTier>,
): Stream.Stream<SourceBatch, SourceError> => {
  const step = Effect.gen(function* () {
    yield* watchlist.restored.await
    let ids = watchlist.due(yield* Clock.currentTimeMillis, tiers, MOST_IDS)
    while (ids.length === 0) {
      yield* Effect.sleep(LOOK_EVERY)
      ids = watchlist.due(yield* Clock.currentTimeMillis, tiers, MOST_IDS)
    }
    const { harvest, absent, askedAt } = yield* readVideos(api, ids, runId, "refresh")
    if (absent.length > 0) {
      const again = yield* api.list("videos", { part: "id", id: absent.join(",") })
      for (const id of absentFrom(again, absent)) {
        harvest.received++
        harvest.events.push(removal(signalId(platform, id), again.askedAt, WHY))
        for (const comment of watchlist.commentsOf(id)) harvest.events.push(removal(comment, again.askedAt, WHY))
      }
    }
    watchlist.note(harvest.events, false)
    watchlist.tried(ids, askedAt)
    return harvest
  })
  const queue: Array<SourceBatch> = []
  const next = Effect.gen(function* () {
    if (queue.length === 0) queue.push(...batchesOf(yield* step))
    return queue.shift()!
  })
  return Stream.fromEffectRepeat(Effect.catchTag(next, "Refused", rejected))
}

const BATCH = 500

/** A removed video may take hundreds of comments along. */
const batchesOf = ({
  events,
  raw,
  received,
  dropped,
}: Pick<SourceBatch, "events" | "raw" | "received" | "dropped">): Array<SourceBatch> => {
  const batches: Array<SourceBatch> = [
    { events: events.slice(0, BATCH), ...(raw === undefined ? {} : { raw }), received, dropped, cursor: null, readUntil: null },
  ]
  for (let i = BATCH; i < events.length; i += BATCH)
    batches.push({ events: events.slice(i, i + BATCH), received: 0, dropped: {}, cursor: null, readUntil: null })
  return batches
}
