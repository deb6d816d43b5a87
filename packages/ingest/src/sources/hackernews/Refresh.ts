import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Clock, Effect, Stream } from "effect"
import { plan, type PollTier, type Tracked } from "../../PollPlan.ts"
import { emptyBatch, type SourceBatch, type SourceError } from "../../SourceAdapter.ts"
import type { Firebase, ListName } from "./Client.ts"

const CHUNK = 100
/** How often an item is asked for that does not come. */
const TRIES = 5
const MOST_TRACKED = 5_000
const LISTS: ReadonlyArray<ListName> = ["topstories", "newstories", "beststories"]
export const UPDATES_EVERY = 30_000
const LISTS_EVERY = 300_000

/** Stories that are read again as they age: what the walk found and what the front pages name. Kept in memory; after a restart the lists bring it back. */
export class TrackedStories {
  readonly #stories = new Map<string, Tracked>()

  note(events: ReadonlyArray<SignalEvent>): void {
    for (const event of events) {
      if (event._tag === "Observed") {
        const { id, kind, publishedAt, observedAt } = event.signal
        if (kind === "story") this.#stories.set(id, { publishedAt, observedAt })
      } else if (event._tag === "Removed" && event.target._tag === "Signal") this.#stories.delete(event.target.id)
    }
    if (this.#stories.size > MOST_TRACKED) this.#evict()
  }

  has(id: number): boolean {
    return this.#stories.has(`hackernews:${id}`)
  }

  due(now: number, tiers: ReadonlyArray<PollTier>): ReadonlyArray<number> {
    const { due, expired } = plan(this.#stories, now, tiers)
    for (const id of expired) this.#stories.delete(id)
    return due.map((id) => Number(id.slice("hackernews:".length)))
  }

  #evict(): void {
    const oldest = [...this.#stories].sort((a, b) => a[1].publishedAt - b[1].publishedAt)
    for (const [id] of oldest.slice(0, this.#stories.size - MOST_TRACKED)) this.#stories.delete(id)
  }
}

/** What is to be read again, kept over failures of the feed. */
export class Pending {
  /** With how often each was asked for in vain. */
  readonly #waiting = new Map<number, number>()
  readonly #missed = new Map<number, number>()
  /** Listed stories too old to be tracked are read once, not at every look at the lists. */
  #listed: ReadonlySet<number> = new Set()
  /** When `updates` and the lists are due, unix milliseconds. */
  updatesAt = 0
  listsAt = 0

  want(ids: Iterable<number>): void {
    for (const id of ids) if (!this.#waiting.has(id)) this.#waiting.set(id, 0)
  }

  listed(ids: ReadonlyArray<number>, tracked: TrackedStories): void {
    this.want(ids.filter((id) => !this.#listed.has(id) && !tracked.has(id)))
    this.#listed = new Set(ids)
  }

  next(most: number): ReadonlyArray<number> {
    return [...this.#waiting.keys()].slice(0, most)
  }

  /** `ids` were asked for, and of them `holes` in vain; says how many are given up. */
  asked(ids: ReadonlyArray<number>, holes: ReadonlyArray<number>): number {
    let given = 0
    for (const id of holes) {
      const tries = this.#waiting.get(id)! + 1
      if (tries < TRIES) this.#missed.set(id, tries)
      else given++
    }
    for (const id of ids) this.#waiting.delete(id)
    return given
  }

  /** What was asked for in vain is asked for once more. */
  again(): void {
    for (const [id, tries] of this.#missed) this.#waiting.set(id, tries)
    this.#missed.clear()
  }
}

/** Reads again what has changed (`updates`), what the front pages name, and tracked stories by their age. */
export const refresh = (
  firebase: Firebase,
  runId: string,
  tracked: TrackedStories,
  pending: Pending,
  tiers: ReadonlyArray<PollTier>,
): Stream.Stream<SourceBatch, SourceError> => {
  const look = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (now < pending.updatesAt) yield* Effect.sleep(pending.updatesAt - now)
    const then = yield* Clock.currentTimeMillis
    const changed = yield* firebase.changedItems
    pending.updatesAt = then + UPDATES_EVERY
    pending.again()
    pending.want(changed)
    if (then >= pending.listsAt) {
      const ids = (yield* Effect.forEach(LISTS, firebase.list)).flat()
      pending.listsAt = then + LISTS_EVERY
      pending.listed(ids, tracked)
    }
    pending.want(tracked.due(then, tiers))
    return emptyBatch
  })

  const read = Effect.fnUntraced(function* (ids: ReadonlyArray<number>) {
    const asked = firebase.items(ids, { mode: "refresh", runId })
    const { harvest, holes } = yield* Effect.tapError(asked, () => Effect.sync(() => pending.asked(ids, ids)))
    for (let given = pending.asked(ids, holes); given > 0; given--) harvest.drop("hole")
    tracked.note(harvest.events)
    const batch: SourceBatch = { ...harvest, cursor: null, readUntil: null }
    return batch
  })

  return Stream.fromEffectRepeat(
    Effect.suspend(() => {
      const ids = pending.next(CHUNK)
      return ids.length > 0 ? read(ids) : look
    }),
  )
}
