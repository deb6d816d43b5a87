import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { nativeOf, type Signal, type SignalId } from "@signalflow/domain/signals/Signal"
import { Hash, Latch, Schema } from "effect"
import { plan, type PollTier, refreshEvery, type Tracked } from "../../PollPlan.ts"

const MOST_VIDEOS = 500
const MOST_COMMENTS = 300
const MISSED_FOR = 3_600_000

interface Watched extends Tracked {
  readonly community: string | null
  /** When discovery last saw it. */
  readonly listedAt: number
  /** Its count of comments; null = it takes none, or hides them. */
  readonly comments: number | null
}

/** `[id, publishedAt, listedAt]`. Earlier programs stored the channel's name too, which is left where it is. */
const Row = Schema.TupleWithRest(Schema.Tuple([Schema.String, Schema.Int, Schema.Int]), [Schema.Unknown])
export const Rows = Schema.Array(Row)
export type Rows = typeof Rows.Type

/** What is remembered of a comment. */
export interface Known {
  readonly face: string
  readonly publishedAt: number
  /** The comment that it answers, or the video. */
  readonly parentId: SignalId | null
}

/** What of a comment may change. */
const faceOf = ({ score, comments, body }: Signal) => `${score}/${comments}/${Hash.string(body)}`

/** The videos of one target that are known: they are not discovered twice, are read again as they age, and their comments are followed. Bounded. */
export class Watchlist {
  /** Opened when what an earlier program knew is back. */
  readonly restored = Latch.makeUnsafe(false)
  readonly #videos = new Map<string, Watched>()
  readonly #comments = new Map<string, Map<SignalId, Known>>()
  readonly #missed = new Map<string, number>()
  /** Start of the last complete look of discovery. */
  #lookedAt = 0

  /** Only the first time: afterwards this list knows better. */
  restore(rows: Rows, lookedAt: number): void {
    if (this.restored.isOpen()) return
    this.#lookedAt = lookedAt
    // Without its channel's name and its comments, which its next look brings: it is due at once.
    for (const [id, publishedAt, listedAt] of rows.slice(0, MOST_VIDEOS))
      this.#videos.set(id, { publishedAt, listedAt, community: null, observedAt: 0, comments: 0 })
    this.restored.openUnsafe()
  }

  rows(): Rows {
    return [...this.#videos].map(([id, { publishedAt, listedAt }]) => [id, publishedAt, listedAt])
  }

  has(id: string): boolean {
    return this.#videos.has(id)
  }

  get(id: string): Watched | undefined {
    return this.#videos.get(id)
  }

  /** What was read of videos; `listed` = by discovery. */
  note(events: ReadonlyArray<SignalEvent>, listed: boolean): void {
    for (const event of events) {
      if (event._tag === "Observed") {
        const { id, publishedAt, observedAt, community, comments } = event.signal
        const native = nativeOf(id)
        const listedAt = listed ? observedAt : (this.#videos.get(native)?.listedAt ?? 0)
        this.#videos.set(native, { publishedAt, observedAt, community, comments, listedAt })
      } else if (event._tag === "Removed" && event.target._tag === "Signal") this.#forget(nativeOf(event.target.id))
    }
    if (this.#videos.size > MOST_VIDEOS) this.#evict()
  }

  /** They were asked for, whatever came of it. */
  tried(ids: ReadonlyArray<string>, at: number): void {
    for (const id of ids) {
      const video = this.#videos.get(id)
      if (video !== undefined && video.observedAt < at) this.#videos.set(id, { ...video, observedAt: at })
    }
  }

  /** Asked for by discovery, and not to be had: left alone for an hour. */
  missed(ids: ReadonlyArray<string>, at: number): void {
    for (const id of ids) if (!this.#videos.has(id)) this.#missed.set(id, at)
    for (const id of this.#missed.keys()) {
      if (this.#missed.size <= MOST_VIDEOS) break
      this.#missed.delete(id)
    }
  }

  isMissed(id: string, now: number): boolean {
    return now - (this.#missed.get(id) ?? 0) < MISSED_FOR
  }

  /** Discovery names it again. */
  listed(id: string, at: number): void {
    const video = this.#videos.get(id)
    if (video !== undefined) this.#videos.set(id, { ...video, listedAt: at })
  }

  /** Discovery has named everything that it names, from `at` on: what is old and not named any more is forgotten. */
  looked(at: number, tiers: ReadonlyArray<PollTier>): void {
    this.#lookedAt = at
    for (const [id, { publishedAt, listedAt }] of this.#videos)
      if (listedAt < at && refreshEvery(at - publishedAt, tiers) === null) this.#forget(id)
  }

  /** Up to `most` videos to be read again in one call, the most overdue first; none while none is due. A call costs the same when it is full. */
  due(now: number, tiers: ReadonlyArray<PollTier>, most: number): ReadonlyArray<string> {
    if (plan(this.#videos, now, tiers).due.length === 0) return []
    const soon = tiers.map(({ age, every }) => ({ age, every: every / 2 }))
    return plan(this.#videos, now, soon).due.slice(0, most)
  }

  /** Videos whose comments may be read, with how often. What discovery names stays of interest after the last tier. */
  *commented(
    now: number,
    tiers: ReadonlyArray<PollTier>,
  ): Iterable<{ readonly id: string; readonly count: number; readonly every: number }> {
    const slowest = tiers.at(-1)?.every
    for (const [id, { publishedAt, listedAt, comments }] of this.#videos) {
      const every = refreshEvery(now - publishedAt, tiers) ?? (listedAt >= this.#lookedAt ? slowest : undefined)
      if (every !== undefined && comments !== null && comments > 0) yield { id, count: comments, every }
    }
  }

  /** How a comment was seen before by this program. */
  seen(video: string, signal: Signal): "new" | "same" | "changed" {
    const before = this.#comments.get(video)?.get(signal.id)
    return before === undefined ? "new" : before.face === faceOf(signal) ? "same" : "changed"
  }

  /** Whether comments of this video were read before by this program. */
  hasSeen(video: string): boolean {
    return this.#comments.has(video)
  }

  see(video: string, signals: ReadonlyArray<Signal>): void {
    const known = this.#comments.get(video) ?? new Map<SignalId, Known>()
    this.#comments.set(video, known)
    for (const signal of signals) {
      known.delete(signal.id)
      known.set(signal.id, { face: faceOf(signal), publishedAt: signal.publishedAt, parentId: signal.parentId })
    }
    for (const id of known.keys()) {
      if (known.size <= MOST_COMMENTS) break
      known.delete(id)
    }
  }

  /** The comments of a video, by the ids of their signals, as far as they are remembered. */
  known(video: string): ReadonlyMap<SignalId, Known> {
    return this.#comments.get(video) ?? new Map<SignalId, Known>()
  }

  /** They are gone. */
  unsee(video: string, ids: ReadonlyArray<SignalId>): void {
    for (const id of ids) this.#comments.get(video)?.delete(id)
  }

  /** Ids of the signals that hang on a video, as far as they are remembered. */
  commentsOf(video: string): ReadonlyArray<SignalId> {
    return [...(this.#comments.get(video)?.keys() ?? [])]
  }

  #forget(id: string): void {
    this.#videos.delete(id)
    this.#comments.delete(id)
  }

  #evict(): void {
    const order = [...this.#videos].sort(([, a], [, b]) => a.listedAt - b.listedAt || a.publishedAt - b.publishedAt)
    for (const [id] of order.slice(0, this.#videos.size - MOST_VIDEOS)) this.#forget(id)
  }
}
