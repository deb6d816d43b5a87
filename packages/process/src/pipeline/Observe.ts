import type { EnrichedSignal } from "@signalflow/domain/signals/EnrichedSignal"
import { authorIn } from "@signalflow/domain/signals/Signal"
import type { Counted, Observed } from "@signalflow/domain/signals/SignalEvent"
import type { StoredSignal } from "@signalflow/domain/signals/StoredSignal"
import type { LazyReading } from "../reading/LazyReading.ts"
import { readingOf } from "../reading/Reading.ts"
import type { Observation } from "../scoring/Velocity.ts"
import { type Draft, isGone, isHiding, isRemoved, whole } from "./Draft.ts"

const observation = (signal: {
  readonly score: number | null
  readonly comments: number | null
  readonly observedAt: number
}): Observation | null =>
  signal.score === null && signal.comments === null
    ? null
    : { score: signal.score ?? 0, comments: signal.comments ?? 0, at: signal.observedAt }

/** A signal as it was seen: stored if it is newer than what is stored, and neither it nor its author was removed. */
export const observe = (draft: Draft, { signal: given }: Observed, receivedAt: number, reading: LazyReading): void => {
  const answered = authorIn(given.parentId)
  const answersNobody = answered !== null && isRemoved(draft.authorTombstone({ platform: given.platform, author: answered }))
  const signal = answersNobody ? { ...given, parentId: null } : given
  const own = draft.tombstones.size === 0 ? undefined : draft.tombstones.get(`signal:${signal.id}`)
  const authors = draft.authorTombstone(signal)
  if (isGone(own, signal.observedAt) || isGone(authors, signal.observedAt)) {
    draft.gone.add(signal.id)
    return draft.drop("removed")
  }
  const before = draft.rows.get(signal.id) ?? null
  const shown = signal.meta.mode !== "backfill"
  if (before !== null && signal.observedAt < before.signal.observedAt) return draft.drop("stale")
  if (before !== null && signal.observedAt === before.signal.observedAt) {
    if (shown && !before.hidden) draft.live.push({ _tag: "Signal", signal: { ...signal, ...before.signal } })
    return
  }
  if (own?.kind === "hidden" && signal.observedAt > own.at) draft.lift(own)
  const hidden = (isHiding(own) && signal.observedAt <= own.at) || (isHiding(authors) && signal.observedAt <= authors.at)
  // The text is read here at the latest, and only where the stored row has another.
  const sameText = before !== null && before.signal.textHash === reading.textHash
  const now = observation(signal)
  const read = sameText ? readingOf(before.signal) : reading.get()
  const enriched: EnrichedSignal = {
    ...signal,
    publishedAt: before === null ? signal.publishedAt : before.signal.publishedAt,
    ...read,
    ...draft.scoresOf(before === null ? null : observation(before.signal), now, signal, read.sentiment, draft.scoring),
  }
  const row: StoredSignal = {
    signal: enriched,
    receivedAt: before?.receivedAt ?? receivedAt,
    countedAt: before?.countedAt ?? Math.min(signal.publishedAt, receivedAt),
    hidden,
  }
  draft.put(row)
  if (!sameText || before.hidden !== hidden) {
    draft.mark(signal.platform, row.countedAt)
    if (before !== null) draft.changed.add(signal.id)
  }
  draft.record(enriched)
  if (shown && !hidden) draft.live.push({ _tag: "Signal", signal: row.signal })
}

/** Counts of a stored signal without its text. */
export const count = (draft: Draft, event: Counted): void => {
  const known = draft.rows.get(event.target.id) ?? null
  if (isGone(draft.tombstones.get(`signal:${event.target.id}`), event.at)) return draft.drop("removed")
  if (known === null) return draft.drop("unknown")
  const before = whole(known)
  if (event.at < before.signal.observedAt) return draft.drop("stale")
  const shown = !before.hidden && event.meta.mode !== "backfill"
  if (event.at === before.signal.observedAt) {
    if (shown) draft.live.push({ _tag: "Signal", signal: before.signal })
    return
  }
  const { score, comments, reposts, views } = before.signal
  const now = {
    ...before.signal,
    score: event.score ?? score,
    comments: event.comments ?? comments,
    reposts: event.reposts ?? reposts,
    views: event.views ?? views,
    observedAt: event.at,
    meta: event.meta,
  }
  const scores = draft.scoresOf(observation(before.signal), observation(now), now, before.signal.sentiment, draft.scoring)
  const signal: EnrichedSignal = { ...now, ...scores }
  draft.put({ ...before, signal })
  draft.record(signal)
  if (shown) draft.live.push({ _tag: "Signal", signal })
}
