import type { EnrichedSignal } from "@signalflow/domain/signals/EnrichedSignal"
import type { Counted, Observed, RemovalTarget, Removed, Restored, SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { authorIn } from "@signalflow/domain/signals/Signal"
import { bucketOf } from "@signalflow/domain/Time"
import type { LazyReading } from "../reading/LazyReading.ts"
import { readingOf } from "../reading/Reading.ts"
import { type Score, score, type ScoreReferences } from "../scoring/Scores.ts"
import type { Observation } from "../scoring/Velocity.ts"
import type { Author, Changes, HistoryRow, Mark, Scope, Stored, Tombstone } from "../store/SignalStore.ts"
import type { KnownSignal, StoredSignal } from "../../../domain/src/signals/StoredSignal.ts"

/** An event with when the bus received it and, for an observation, what its text says: a reading that may not have been made yet. */
export interface ReadEvent {
  readonly event: SignalEvent
  readonly receivedAt: number
  readonly reading: LazyReading | null
}

/** What the live feed is told: the signal as stored, or the id of one that is gone. */
export type Announcement = { readonly _tag: "Signal"; readonly signal: EnrichedSignal } | { readonly _tag: "Removed"; readonly id: string }

/** `unknown`: counts of a signal that is not stored. */
export type DropReason = "stale" | "removed" | "unknown"

export interface Decision {
  readonly changes: Changes
  readonly live: ReadonlyArray<Announcement>
  readonly dropped: ReadonlyMap<DropReason, number>
  /** Ids that are gone: what the bus and the dead letters still hold of them must go too. */
  readonly gone: ReadonlyArray<string>
}

export interface Scoring extends ScoreReferences {
  readonly authorKey: (author: Author) => string
}

/** What must be read before `decide` can tell what a batch changes. */
export const scopeOf = (batch: ReadonlyArray<ReadEvent>): Scope => {
  const ids = new Set<string>()
  const authors: Array<Author> = []
  const targets = new Map<string, Author>()
  let isWhole = false
  for (const { event } of batch) {
    if (event._tag === "Observed") {
      const { id, platform, author } = event.signal
      ids.add(id)
      if (author !== null) authors.push({ platform, author })
      const answered = authorIn(event.signal.parentId)
      if (answered !== null) authors.push({ platform, author: answered })
      continue
    }
    isWhole = true
    if (event.target._tag === "Signal") ids.add(event.target.id)
    else {
      const { platform, author } = event.target
      authors.push({ platform, author })
      targets.set(`${platform}:${author}`, { platform, author })
    }
  }
  return { ids: [...ids], authors, targets: [...targets.values()], isWhole }
}

const observation = (signal: {
  readonly score: number | null
  readonly comments: number | null
  readonly observedAt: number
}): Observation | null =>
  signal.score === null && signal.comments === null
    ? null
    : { score: signal.score ?? 0, comments: signal.comments ?? 0, at: signal.observedAt }

const isGone = (tombstone: Tombstone | undefined, observedAt: number): boolean =>
  tombstone?.kind === "deleted" && (tombstone.restoredAt === null || observedAt <= tombstone.restoredAt)

const isRemoved = (tombstone: Tombstone | undefined): boolean => tombstone?.kind === "deleted" && tombstone.restoredAt === null

const isHiding = (tombstone: Tombstone | undefined): tombstone is Tombstone => tombstone?.kind === "hidden" && tombstone.restoredAt === null

const whole = (row: KnownSignal): StoredSignal => {
  if (!("title" in row.signal)) throw new Error(`${row.signal.id} was read without its content by a batch that removes or restores`)
  return row as StoredSignal
}

/**
 * What a batch does to the stored rows. Pure, and the same for any order in which the events of different signals arrive:
 * an older observation never overwrites a newer one, and what was deleted stays deleted.
 */
export const decide =
  (batch: ReadonlyArray<ReadEvent>, scoring: Scoring, scoresOf: Score = score) =>
  (stored: Stored): Decision => {
    const rows = new Map<string, KnownSignal | null>(stored.signals)
    const tombstones = new Map<string, Tombstone>(stored.tombstones)
    const upserts = new Map<string, StoredSignal>()
    const deletes = new Set<string>()
    const history: Array<HistoryRow> = []
    const marks = new Map<string, Set<number>>()
    const written = new Map<string, Tombstone>()
    const lifted = new Map<string, { targetKind: "signal" | "author"; target: string }>()
    const live: Array<Announcement> = []
    const dropped = new Map<DropReason, number>()
    const gone = new Set<string>()
    const changed = new Set<string>()
    const unnamed = new Map<string, Author>()

    const drop = (reason: DropReason) => dropped.set(reason, (dropped.get(reason) ?? 0) + 1)
    const mark = (platform: string, at: number) => {
      const buckets = marks.get(platform)
      if (buckets === undefined) marks.set(platform, new Set([bucketOf(at)]))
      else buckets.add(bucketOf(at))
    }
    const put = (row: StoredSignal) => {
      rows.set(row.signal.id, row)
      upserts.set(row.signal.id, row)
    }
    const keyOfTarget = (target: RemovalTarget): Pick<Tombstone, "targetKind" | "target" | "platform"> =>
      target._tag === "Signal"
        ? { targetKind: "signal", target: target.id, platform: target.id.slice(0, target.id.indexOf(":")) }
        : { targetKind: "author", target: scoring.authorKey(target), platform: target.platform }
    const setTombstone = (tombstone: Tombstone) => {
      const key = `${tombstone.targetKind}:${tombstone.target}`
      tombstones.set(key, tombstone)
      written.set(key, tombstone)
      lifted.delete(key)
    }
    const lift = (tombstone: Tombstone) => {
      const key = `${tombstone.targetKind}:${tombstone.target}`
      tombstones.delete(key)
      written.delete(key)
      lifted.set(key, { targetKind: tombstone.targetKind, target: tombstone.target })
    }
    const authorTombstone = (signal: { readonly platform: string; readonly author: string | null }) =>
      signal.author === null || tombstones.size === 0
        ? undefined
        : tombstones.get(`author:${scoring.authorKey({ platform: signal.platform, author: signal.author })}`)
    const rowsOf = (target: RemovalTarget): ReadonlyArray<StoredSignal> =>
      (target._tag === "Signal"
        ? [rows.get(target.id) ?? null]
        : [...rows.values()].filter((row) => row?.signal.platform === target.platform && row.signal.author === target.author)
      )
        .filter((row) => row !== null)
        .map(whole)
    const erase = (row: StoredSignal) => {
      const { id, platform } = row.signal
      rows.set(id, null)
      upserts.delete(id)
      deletes.add(id)
      gone.add(id)
      for (let i = history.length; i-- > 0;) if (history[i]!.signalId === id) history.splice(i, 1)
      for (let i = live.length; i-- > 0;) {
        const item = live[i]!
        if (item._tag === "Signal" && item.signal.id === id) live.splice(i, 1)
      }
      mark(platform, row.countedAt)
      live.push({ _tag: "Removed", id })
    }
    const setHidden = (row: StoredSignal, hidden: boolean) => {
      if (row.hidden === hidden) return
      put({ ...row, hidden })
      mark(row.signal.platform, row.countedAt)
      changed.add(row.signal.id)
      live.push(hidden ? { _tag: "Removed", id: row.signal.id } : { _tag: "Signal", signal: row.signal })
    }

    const record = (signal: EnrichedSignal) => {
      const { id, platform, observedAt, score, comments, views, velocity } = signal
      if (score === null && comments === null && views === null) return
      history.push({ signalId: id, observedAt, score, comments, views, velocity })
      mark(platform, observedAt)
    }

    const observed = ({ signal: given }: Observed, receivedAt: number, reading: LazyReading) => {
      const answered = authorIn(given.parentId)
      const answersNobody = answered !== null && isRemoved(authorTombstone({ platform: given.platform, author: answered }))
      const signal = answersNobody ? { ...given, parentId: null } : given
      const own = tombstones.size === 0 ? undefined : tombstones.get(`signal:${signal.id}`)
      const authors = authorTombstone(signal)
      if (isGone(own, signal.observedAt) || isGone(authors, signal.observedAt)) {
        gone.add(signal.id)
        return drop("removed")
      }
      const before = rows.get(signal.id) ?? null
      const shown = signal.meta.mode !== "backfill"
      if (before !== null && signal.observedAt < before.signal.observedAt) return drop("stale")
      if (before !== null && signal.observedAt === before.signal.observedAt) {
        if (shown && !before.hidden) live.push({ _tag: "Signal", signal: { ...signal, ...before.signal } })
        return
      }
      if (own?.kind === "hidden" && signal.observedAt > own.at) lift(own)
      const hidden = (isHiding(own) && signal.observedAt <= own.at) || (isHiding(authors) && signal.observedAt <= authors.at)
      // The text is read here at the latest, and only where the stored row has another.
      const sameText = before !== null && before.signal.textHash === reading.textHash
      const now = observation(signal)
      const read = sameText ? readingOf(before.signal) : reading.get()
      const enriched: EnrichedSignal = {
        ...signal,
        publishedAt: before === null ? signal.publishedAt : before.signal.publishedAt,
        ...read,
        ...scoresOf(before === null ? null : observation(before.signal), now, signal, read.sentiment, scoring),
      }
      const row: StoredSignal = {
        signal: enriched,
        receivedAt: before?.receivedAt ?? receivedAt,
        countedAt: before?.countedAt ?? Math.min(signal.publishedAt, receivedAt),
        hidden,
      }
      put(row)
      if (!sameText || before.hidden !== hidden) {
        mark(signal.platform, row.countedAt)
        if (before !== null) changed.add(signal.id)
      }
      record(enriched)
      if (shown && !hidden) live.push({ _tag: "Signal", signal: row.signal })
    }

    const counted = (event: Counted) => {
      const known = rows.get(event.target.id) ?? null
      if (isGone(tombstones.get(`signal:${event.target.id}`), event.at)) return drop("removed")
      if (known === null) return drop("unknown")
      const before = whole(known)
      if (event.at < before.signal.observedAt) return drop("stale")
      const shown = !before.hidden && event.meta.mode !== "backfill"
      if (event.at === before.signal.observedAt) {
        if (shown) live.push({ _tag: "Signal", signal: before.signal })
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
      const scores = scoresOf(observation(before.signal), observation(now), now, before.signal.sentiment, scoring)
      const signal: EnrichedSignal = { ...now, ...scores }
      put({ ...before, signal })
      record(signal)
      if (shown) live.push({ _tag: "Signal", signal })
    }

    const removed = (event: Removed) => {
      const target = keyOfTarget(event.target)
      const before = tombstones.get(`${target.targetKind}:${target.target}`)
      if (event.kind === "deleted") {
        if (before?.kind === "deleted" && before.restoredAt !== null && event.at <= before.restoredAt) return drop("stale")
        setTombstone({
          ...target,
          kind: "deleted",
          at: Math.min(event.at, before?.kind === "deleted" ? before.at : event.at),
          why: event.why,
          restoredAt: null,
        })
        if (event.target._tag === "Signal") gone.add(event.target.id)
        else {
          const { platform, author } = event.target
          unnamed.set(`${platform}:${author}`, { platform, author })
          for (const row of upserts.values())
            if (row.signal.platform === platform && authorIn(row.signal.parentId) === author)
              put({ ...row, signal: { ...row.signal, parentId: null } })
        }
        for (const row of rowsOf(event.target)) erase(row)
        return
      }
      if (before?.kind === "deleted" && before.restoredAt === null) return drop("stale")
      // Told again, perhaps by a consumer that was held up: it has been restored since.
      if (before?.kind === "hidden" && before.restoredAt !== null && event.at <= before.restoredAt) return drop("stale")
      const affected = rowsOf(event.target)
      if (event.target._tag === "Signal" && affected.some((row) => row.signal.observedAt > event.at)) return drop("stale")
      if (before?.kind === "deleted")
        return affected.filter((row) => row.signal.observedAt <= event.at).forEach((row) => setHidden(row, true))
      setTombstone({ ...target, kind: "hidden", at: Math.max(event.at, before?.at ?? 0), why: event.why, restoredAt: null })
      for (const row of affected) if (row.signal.observedAt <= event.at) setHidden(row, true)
    }

    const restored = (event: Restored) => {
      const target = keyOfTarget(event.target)
      const before = tombstones.get(`${target.targetKind}:${target.target}`)
      if (before === undefined || before.at > event.at) return drop("stale")
      if (before.kind === "deleted") {
        if (before.targetKind === "author") setTombstone({ ...before, restoredAt: Math.max(event.at, before.restoredAt ?? 0) })
        return
      }
      setTombstone({ ...before, restoredAt: Math.max(event.at, before.restoredAt ?? 0) })
      for (const row of rowsOf(event.target)) {
        const isHidden = isHiding(tombstones.get(`signal:${row.signal.id}`)) || isHiding(authorTombstone(row.signal))
        if (!isHidden) setHidden(row, false)
      }
    }

    for (const { event, receivedAt, reading } of batch) {
      if (event._tag === "Observed") observed(event, receivedAt, reading!)
      else if (event._tag === "Counted") counted(event)
      else if (event._tag === "Removed") removed(event)
      else restored(event)
    }

    // In one order everywhere, so that two writers never wait for each other.
    const kept = [...upserts.keys()].sort().map((id) => upserts.get(id)!)
    return {
      changes: {
        upserts: kept,
        history,
        deletes: [...deletes].sort(),
        tombstones: [...written.values()],
        lifted: [...lifted.values()],
        marks: [...marks].flatMap(([platform, buckets]) => Array.from(buckets, (bucket): Mark => ({ platform, bucket }))),
        unnamed: [...unnamed.values()],
        changed: [...changed].filter((id) => rows.get(id) !== null).sort(),
      },
      live,
      dropped,
      gone: [...gone],
    }
  }
