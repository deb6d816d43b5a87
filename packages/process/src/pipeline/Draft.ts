import type { EnrichedSignal } from "@signalflow/domain/signals/EnrichedSignal"
import type { RemovalTarget } from "@signalflow/domain/signals/SignalEvent"
import type { KnownSignal, StoredSignal } from "@signalflow/domain/signals/StoredSignal"
import { bucketOf } from "@signalflow/domain/Time"
import type { Score } from "../scoring/Scores.ts"
import type { Author, Changes, HistoryRow, Mark, Stored, Tombstone } from "../store/SignalStore.ts"
import type { Announcement, Decision, DropReason, Scoring } from "./Decision.ts"

export const isGone = (tombstone: Tombstone | undefined, observedAt: number): boolean =>
  tombstone?.kind === "deleted" && (tombstone.restoredAt === null || observedAt <= tombstone.restoredAt)

export const isRemoved = (tombstone: Tombstone | undefined): boolean => tombstone?.kind === "deleted" && tombstone.restoredAt === null

export const isHiding = (tombstone: Tombstone | undefined): tombstone is Tombstone =>
  tombstone?.kind === "hidden" && tombstone.restoredAt === null

export const whole = (row: KnownSignal): StoredSignal => {
  if (!("title" in row.signal)) throw new Error(`${row.signal.id} was read without its content by a batch that removes or restores`)
  return row as StoredSignal
}

/** The rows and tombstones of a batch as they become, event by event, and everything that changes them. */
export class Draft {
  readonly scoring: Scoring
  readonly scoresOf: Score
  readonly rows: Map<string, KnownSignal | null>
  readonly tombstones: Map<string, Tombstone>
  readonly upserts = new Map<string, StoredSignal>()
  readonly live: Array<Announcement> = []
  readonly gone = new Set<string>()
  readonly changed = new Set<string>()
  /** Authors who are gone: what answers them names them no more. */
  readonly unnamed = new Map<string, Author>()
  readonly #deletes = new Set<string>()
  readonly #history: Array<HistoryRow> = []
  readonly #marks = new Map<string, Set<number>>()
  readonly #written = new Map<string, Tombstone>()
  readonly #lifted = new Map<string, Changes["lifted"][number]>()
  readonly #dropped = new Map<DropReason, number>()

  constructor(stored: Stored, scoring: Scoring, scoresOf: Score) {
    this.rows = new Map(stored.signals)
    this.tombstones = new Map(stored.tombstones)
    this.scoring = scoring
    this.scoresOf = scoresOf
  }

  drop(reason: DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1)
  }

  /** Marks the bucket of a time: its windows are computed again. */
  mark(platform: string, at: number): void {
    const buckets = this.#marks.get(platform)
    if (buckets === undefined) this.#marks.set(platform, new Set([bucketOf(at)]))
    else buckets.add(bucketOf(at))
  }

  put(row: StoredSignal): void {
    this.rows.set(row.signal.id, row)
    this.upserts.set(row.signal.id, row)
  }

  keyOfTarget(target: RemovalTarget): Pick<Tombstone, "targetKind" | "target" | "platform"> {
    return target._tag === "Signal"
      ? { targetKind: "signal", target: target.id, platform: target.id.slice(0, target.id.indexOf(":")) }
      : { targetKind: "author", target: this.scoring.authorKey(target), platform: target.platform }
  }

  setTombstone(tombstone: Tombstone): void {
    const key = `${tombstone.targetKind}:${tombstone.target}`
    this.tombstones.set(key, tombstone)
    this.#written.set(key, tombstone)
    this.#lifted.delete(key)
  }

  lift(tombstone: Tombstone): void {
    const key = `${tombstone.targetKind}:${tombstone.target}`
    this.tombstones.delete(key)
    this.#written.delete(key)
    this.#lifted.set(key, { targetKind: tombstone.targetKind, target: tombstone.target })
  }

  authorTombstone(signal: { readonly platform: string; readonly author: string | null }): Tombstone | undefined {
    if (signal.author === null || this.tombstones.size === 0) return undefined
    return this.tombstones.get(`author:${this.scoring.authorKey({ platform: signal.platform, author: signal.author })}`)
  }

  rowsOf(target: RemovalTarget): ReadonlyArray<StoredSignal> {
    const found =
      target._tag === "Signal"
        ? [this.rows.get(target.id) ?? null]
        : [...this.rows.values()].filter((row) => row?.signal.platform === target.platform && row.signal.author === target.author)
    return found.filter((row) => row !== null).map(whole)
  }

  erase(row: StoredSignal): void {
    const { id, platform } = row.signal
    this.rows.set(id, null)
    this.upserts.delete(id)
    this.#deletes.add(id)
    this.gone.add(id)
    for (let i = this.#history.length; i-- > 0;) if (this.#history[i]!.signalId === id) this.#history.splice(i, 1)
    for (let i = this.live.length; i-- > 0;) {
      const item = this.live[i]!
      if (item._tag === "Signal" && item.signal.id === id) this.live.splice(i, 1)
    }
    this.mark(platform, row.countedAt)
    this.live.push({ _tag: "Removed", id })
  }

  setHidden(row: StoredSignal, hidden: boolean): void {
    if (row.hidden === hidden) return
    this.put({ ...row, hidden })
    this.mark(row.signal.platform, row.countedAt)
    this.changed.add(row.signal.id)
    this.live.push(hidden ? { _tag: "Removed", id: row.signal.id } : { _tag: "Signal", signal: row.signal })
  }

  /** Adds the counts of an observation to the history, if it has any. */
  record(signal: EnrichedSignal): void {
    const { id, platform, observedAt, score, comments, views, velocity } = signal
    if (score === null && comments === null && views === null) return
    this.#history.push({ signalId: id, observedAt, score, comments, views, velocity })
    this.mark(platform, observedAt)
  }

  get decision(): Decision {
    // In one order everywhere, so that two writers never wait for each other.
    const upserts = [...this.upserts.keys()].sort().map((id) => this.upserts.get(id)!)
    return {
      changes: {
        upserts,
        history: this.#history,
        deletes: [...this.#deletes].sort(),
        tombstones: [...this.#written.values()],
        lifted: [...this.#lifted.values()],
        marks: [...this.#marks].flatMap(([platform, buckets]) => Array.from(buckets, (bucket): Mark => ({ platform, bucket }))),
        unnamed: [...this.unnamed.values()],
        changed: [...this.changed].filter((id) => this.rows.get(id) !== null).sort(),
      },
      live: this.live,
      dropped: this.#dropped,
      gone: [...this.gone],
    }
  }
}
