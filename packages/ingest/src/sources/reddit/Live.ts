import { Clock, Effect, Option, Schema, Stream } from "effect"
import { Harvest } from "../../convert/Converted.ts"
import type { SourceBatch, SourceError } from "../../SourceAdapter.ts"
import { batchesOf, gather } from "./BatchBuilder.ts"
import type { Listings, Sort } from "./Listings.ts"
import { rhythm } from "./Rhythm.ts"
import { Seen } from "./Seen.ts"
import type { Tracked } from "./Tracked.ts"

/** How far each poll reads back over what the last one has read, in seconds: Reddit shows posts late, after its filters. */
const OVERLAP = 600
/** As many as a listing holds: a post that is listed and not among them was not listed before. */
const MOST_SEEN = 1_000

/** Creation of the newest post read, unix seconds; of the oldest that the last poll listed; and the fullnames read lately. */
export const LivePosition = Schema.Struct({
  newest: Schema.Finite,
  oldest: Schema.optionalKey(Schema.NullOr(Schema.Finite)),
  seen: Schema.Array(Schema.String),
})
const decodePosition = Schema.decodeUnknownOption(LivePosition)

export interface Watch {
  readonly listings: Listings
  readonly tracked: Tracked
  readonly subreddit: string
  readonly sort: Sort
  readonly everyMs: number
  readonly phaseMs: number
  /** How far the very first poll reads back, as far as Reddit lets it. */
  readonly firstHours: number
  readonly runId: string
  readonly position: unknown
}

interface Named {
  readonly child: unknown
  readonly name: string | null
  readonly created: number
}

const named = (child: unknown): Named => {
  const data = (child as { data?: { name?: unknown; created_utc?: unknown } } | null)?.data
  return {
    child,
    name: typeof data?.name === "string" ? data.name : null,
    created: typeof data?.created_utc === "number" ? data.created_utc : 0,
  }
}

/** Polls the listing of one subreddit in windows that overlap; each post is published once, and again when it is due and the listing shows it anyway. */
export const live = ({
  listings,
  tracked,
  subreddit,
  sort,
  everyMs,
  phaseMs,
  firstHours,
  runId,
  position,
}: Watch): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    const stored = Option.getOrNull(decodePosition(position))
    const seen = new Seen(MOST_SEEN, stored?.seen)
    let newest = stored?.newest ?? null
    let oldest = stored?.oldest ?? null
    /** After a restart the posts that were read just before it may not be tracked. */
    let resumed = stored !== null
    const beat = rhythm(everyMs, phaseMs)

    const poll = Effect.gen(function* () {
      yield* beat
      const from = newest === null ? null : newest - OVERLAP
      const first = firstHours === 0 ? null : Math.floor((yield* Clock.currentTimeMillis) / 1_000) - firstHours * 3_600
      const { children, askedAt, complete } = yield* listings.poll(subreddit, sort, from ?? first)
      const harvest = new Harvest()
      const inThisPoll = new Set<string>()
      // Between posts that were listed before, a new one was held for approval; below them, an old one came back since newer ones are deleted.
      const floor = from === null ? null : Math.min(from, oldest ?? from)
      oldest = null
      // Oldest first: events of one poll go out in the order in which they were written.
      for (const { child, name, created } of children.map(named).reverse()) {
        if (name !== null && inThisPoll.has(name)) continue
        if (name !== null) inThisPoll.add(name)
        if (created > 0) oldest = Math.min(oldest ?? created, created)
        const known = name !== null && seen.has(name)
        if (name !== null) seen.add(name)
        if (known && !tracked.isDue(name, askedAt) && !(resumed && tracked.get(name) === undefined)) continue
        if (!known && sort === "new" && floor !== null && name !== null && created < floor) continue
        gather(harvest, child, { observedAt: askedAt, mode: known ? "refresh" : "new", runId })
        if (created <= askedAt / 1_000 && created > (newest ?? 0)) newest = created
      }
      resumed = false
      tracked.note(harvest.events)
      newest ??= Math.floor(askedAt / 1_000)
      return batchesOf(harvest, {
        cursor: { newest, oldest, seen: seen.toArray() },
        readUntil: askedAt,
        ...(complete || from === null
          ? {}
          : { notice: `r/${subreddit} had more new posts since the last poll than Reddit shows: some were missed` }),
      })
    })
    return Stream.flattenIterable(Stream.fromEffectRepeat(poll))
  })
