import { nativeOf, type SignalId } from "@signalflow/domain/signals/Signal"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Effect, Result, Stream } from "effect"
import { Chosen } from "./Sampling.ts"
import { Cursors } from "../stores/Cursors.ts"
import { backoff } from "@signalflow/platform/flow/Backoff"
import { type Feed, type SourceBatch, type SourceContext, SourceError } from "../SourceAdapter.ts"
import { filterOf, isSampled, type TargetFilter, verdict } from "./TargetFilter.ts"

/** A batch without what the filter does not let through, and whether something was chosen for the first time. Removals always pass. */
export const sift = (
  batch: SourceBatch,
  filter: TargetFilter,
  chosen: Chosen,
): { readonly batch: SourceBatch; readonly isNew: boolean } => {
  const remembers = filter.query !== null
  const dropped: Record<string, number> = { ...batch.dropped }
  const gone = new Set<string>()
  let isNew = false
  const refuse = (id: SignalId, why: string) => {
    dropped[why] = (dropped[why] ?? 0) + 1
    gone.add(nativeOf(id))
    return false
  }
  const passes = (event: SignalEvent) => {
    if (event._tag === "Counted") {
      // It has no text to look at: the counts of what was let through pass.
      const why = !isSampled(filter, event.target.id) ? "sampled" : remembers && !chosen.has(event.target.id) ? "filtered" : null
      return why === null || refuse(event.target.id, why)
    }
    if (event._tag !== "Observed") return true
    const { id } = event.signal
    const why = verdict(filter, event.signal)
    if (why === null) {
      if (remembers && chosen.add(id)) isNew = true
      return true
    }
    if (why === "filtered" && chosen.has(id)) return true
    return refuse(id, why)
  }
  const events = batch.events.filter(passes)
  if (gone.size === 0) return { batch, isNew }
  const raw = batch.raw === undefined ? {} : { raw: batch.raw.filter(({ key }) => !gone.has(key)) }
  return { batch: { ...batch, events, ...raw, dropped }, isNew }
}

/** The feeds of a target with its filter before them. What they have read, and how far, stays the same. */
export const filtered = ({ config }: SourceContext, feeds: ReadonlyArray<Feed>): Effect.Effect<ReadonlyArray<Feed>, SourceError, Cursors> =>
  Effect.gen(function* () {
    const found = filterOf(config.options)
    if (Result.isFailure(found)) return yield* new SourceError({ reason: "off", message: found.failure })
    const filter = found.success
    if (filter === null) return feeds
    const cursors = yield* Cursors
    const name = `${config.target}#chosen`
    const chosen = new Chosen(yield* Effect.orDie(Effect.retry(cursors.load(config.platform, name), backoff())))
    const pass = (given: SourceBatch) =>
      Effect.suspend(() => {
        const { batch, isNew } = sift(given, filter, chosen)
        // Before it is published: what was published is known to be chosen, whatever happens next.
        const kept = isNew ? Effect.retry(cursors.store(config.platform, name, chosen.toPosition()), backoff()) : Effect.void
        return Effect.as(Effect.orDie(kept), batch)
      })
    return feeds.map((feed) => ({ ...feed, batches: (position) => Stream.mapEffect(feed.batches(position), pass) }))
  })
