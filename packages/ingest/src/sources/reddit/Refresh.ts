import { signalId } from "@signalflow/domain/signals/Signal"
import { Clock, Effect, Stream } from "effect"
import { Harvest } from "../../convert/Converted.ts"
import type { SourceBatch, SourceError } from "../../SourceAdapter.ts"
import { platform } from "./Convert.ts"
import type { Gather } from "./RequestBatcher.ts"
import { batchesOf, gather } from "./BatchBuilder.ts"
import type { Found } from "./Info.ts"
import { rhythm } from "./Rhythm.ts"
import type { Tracked } from "./Tracked.ts"

export const REFRESH_EVERY = 60_000
const STORE_EVERY = 600_000
const MOST_AT_ONCE = 2_000

/** How often in a row Reddit does not show a thing before it counts as hidden, and as deleted: one absence may be a partial answer. */
const HIDDEN_AFTER = 2
const DELETED_AFTER = 3

export interface Refresh {
  readonly info: Gather<string, Found>
  readonly tracked: Tracked
  readonly phaseMs: number
  readonly runId: string
  readonly position: unknown
}

/** Reads tracked things again when they are due, together with those of all other targets; says what is gone. */
export const refresh = ({ info, tracked, phaseMs, runId, position }: Refresh): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    tracked.restore(position)
    const beat = rhythm(REFRESH_EVERY, phaseMs)
    let storedAt = 0
    let storedSize = -1

    const round = Effect.gen(function* () {
      yield* beat
      const now = yield* Clock.currentTimeMillis
      const answers = yield* info.ask(tracked.due(now, MOST_AT_ONCE))
      const harvest = new Harvest()
      for (const [name, { child, askedAt }] of answers) {
        if (child !== null) gather(harvest, child, { observedAt: askedAt, mode: "refresh", runId })
        const entry = tracked.get(name)
        if (entry === undefined) continue
        // Whatever the answer was, this thing is asked for again only at its next turn; an absent one is asked for soon.
        entry.observedAt = askedAt
        if (child !== null) continue
        harvest.received++
        entry.missing++
        if (entry.missing < HIDDEN_AFTER) {
          harvest.drop("absent")
          entry.observedAt = 0
        } else
          harvest.events.push({
            _tag: "Removed",
            target: { _tag: "Signal", id: signalId(platform, name) },
            kind: entry.missing >= DELETED_AFTER ? "deleted" : "hidden",
            at: askedAt,
            why: "Reddit no longer shows it",
          })
      }
      tracked.note(harvest.events)
      const store = now - storedAt >= STORE_EVERY && (answers.size > 0 || tracked.size !== storedSize)
      if (store) {
        storedAt = now
        storedSize = tracked.size
      }
      return batchesOf(harvest, { cursor: store ? tracked.toPosition() : null, readUntil: null })
    })
    return Stream.flattenIterable(Stream.fromEffectRepeat(round))
  })
