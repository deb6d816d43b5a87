import type { SignalEvent } from "@signalflow/domain/SignalEvent"
import { Clock, Effect, Stream } from "effect"
import { plan, type PollTier, type Tracked } from "../../PollPlan.ts"
import { emptyBatch, type SourceBatch, type SourceError } from "../../SourceAdapter.ts"
import type { Firebase, ListName } from "./Firebase.ts"

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

/** Reads again what has changed (`updates`), what the front pages name, and tracked stories by their age. */
export const refresh = (
  firebase: Firebase,
  runId: string,
  tracked: TrackedStories,
  tiers: ReadonlyArray<PollTier>,
): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    /** Ids to be read, with how often they were asked for in vain. */
    const waiting = new Map<number, number>()
    const missed = new Map<number, number>()
    const want = (id: number, tries = 0) => waiting.set(id, Math.max(tries, waiting.get(id) ?? 0))
    /** Listed stories too old to be tracked are read once, not at every look at the lists. */
    let listed = new Set<number>()
    let updatesAt = 0
    let listsAt = 0

    const look = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      if (now < updatesAt) yield* Effect.sleep(updatesAt - now)
      const then = yield* Clock.currentTimeMillis
      updatesAt = then + UPDATES_EVERY
      for (const [id, tries] of missed) want(id, tries)
      missed.clear()
      for (const id of yield* firebase.changedItems) want(id)
      if (then >= listsAt) {
        const ids = (yield* Effect.forEach(LISTS, firebase.list)).flat()
        listsAt = then + LISTS_EVERY
        for (const id of ids) if (!listed.has(id) && !tracked.has(id)) want(id)
        listed = new Set(ids)
      }
      for (const id of tracked.due(then, tiers)) want(id)
      return emptyBatch
    })

    const read = Effect.gen(function* () {
      const ids = [...waiting.keys()].slice(0, CHUNK)
      const { harvest, holes } = yield* firebase.items(ids, { mode: "refresh", runId })
      for (const id of holes) {
        const tries = waiting.get(id)! + 1
        if (tries < TRIES) missed.set(id, tries)
        else harvest.drop("hole")
      }
      for (const id of ids) waiting.delete(id)
      tracked.note(harvest.events)
      const batch: SourceBatch = { ...harvest, cursor: null, readUntil: null }
      return batch
    })

    return Stream.fromEffectRepeat(Effect.suspend(() => (waiting.size > 0 ? read : look)))
  })
