import { Clock, Effect, Option, Random, Schema, Stream } from "effect"
import { type PollTier, turnOf } from "../../PollPlan.ts"
import { emptyBatch, type SourceBatch, type SourceError } from "../../SourceAdapter.ts"
import type { Api, Refused } from "./Client.ts"
import { rejected } from "./Rejected.ts"
import { Rows, type Watchlist } from "./Watchlist.ts"

/** `uploads` = the channel's playlist; `at` = start of the last complete look, unix milliseconds; `videos` = what is known. */
export const LivePosition = Schema.Struct({ uploads: Schema.NullOr(Schema.String), at: Schema.Int, videos: Rows })
export type LivePosition = typeof LivePosition.Type

const CHECK_EVERY = 15_000

const decodePosition = Schema.decodeUnknownOption(LivePosition)

/** What a look needs to know, and may remember. */
export interface Looking {
  readonly api: Api
  readonly runId: string
  readonly watchlist: Watchlist
  /** Nothing was ever found before: what is there now is history. */
  readonly first: boolean
  readonly memory: { uploads: string | null }
}

/** One batch of a look. `end` = the look is complete. */
export interface Glimpse extends Omit<SourceBatch, "cursor" | "readUntil"> {
  readonly end: boolean
}

/** One look at everything that a target names, batch by batch. Batches may be cut off after any of them: the next look finds what was left. */
export type Look = (looking: Looking) => Stream.Stream<Glimpse, SourceError | Refused>

/** Looks every `everyMs`, from the stored position. */
export const discover = (
  look: Look,
  looking: Omit<Looking, "first" | "memory">,
  tiers: ReadonlyArray<PollTier>,
  everyMs: number,
  stored: unknown,
): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    const { watchlist } = looking
    const position = Option.getOrNull(decodePosition(stored))
    let at = position?.at ?? 0
    const memory = { uploads: position?.uploads ?? null }
    watchlist.restore(position?.videos ?? [], at)

    const oneLook = Effect.gen(function* () {
      let from = yield* Clock.currentTimeMillis
      const due = Math.min(at, from) + turnOf(everyMs, yield* Random.next)
      while (from < due) {
        // The other feeds may have spent the day's last unit: the target says so now, not at its next look.
        yield* looking.api.open
        yield* Effect.sleep(Math.min(due - from, CHECK_EVERY))
        from = yield* Clock.currentTimeMillis
      }
      return Stream.map(look({ ...looking, memory, first: at === 0 }), ({ end, ...glimpse }): SourceBatch => {
        watchlist.note(glimpse.events, true)
        if (end) {
          watchlist.looked(from, tiers)
          at = from
        }
        const cursor: LivePosition = { uploads: memory.uploads, at, videos: watchlist.rows() }
        return { ...emptyBatch, ...glimpse, cursor, readUntil: end ? from : null }
      })
    })
    return Stream.catchTag(Stream.forever(Stream.unwrap(oneLook)), "Refused", (refused) => Stream.fail(rejected(refused)))
  })
