import { Readiness } from "@signalflow/domain/Readiness"
import { Clock, Effect } from "effect"

const NAME = "clocks"
/** How long one such event is held against the clocks, and how often the log says so. */
const HELD_MS = 60_000

/** The clock that is asked here may itself be set back. */
const within = (since: number, now: number): boolean => now >= since && now < since + HELD_MS

/**
 * Says in the log and in `/ready` that events come from a clock that disagrees with the bus's, from the first of them to a minute after
 * the last. It is told of each batch how far ahead of their receipt such events were, in milliseconds.
 */
export const wrongClocks = Effect.map(Readiness, (readiness) => {
  const trouble = readiness.trouble(NAME)
  let lastSeen: number | null = null
  let lastSaid = 0

  const disagree = Effect.fnUntraced(function* (aheadMs: ReadonlyArray<number>) {
    const now = yield* Clock.currentTimeMillis
    const hours = (Math.max(...aheadMs) / 3_600_000).toFixed(1)
    const why = `observations are dated up to ${hours} hours after they were received: the clock of what ingests or of the bus is wrong; they are taken as observed when they were received`
    if (lastSeen === null || !within(lastSaid, now)) {
      lastSaid = now
      yield* Effect.logWarning(`${aheadMs.length} of a batch's ${why}`)
    }
    lastSeen = now
    // It ends by itself where nothing more is read.
    yield* trouble.say("degraded", why, now + HELD_MS)
  })

  const agree = Effect.fnUntraced(function* (since: number) {
    if (within(since, yield* Clock.currentTimeMillis)) return
    lastSeen = null
    yield* Effect.logInfo("The clocks agree again")
    yield* trouble.over
  })

  return (aheadMs: ReadonlyArray<number>): Effect.Effect<void> =>
    aheadMs.length > 0 ? disagree(aheadMs) : lastSeen === null ? Effect.void : agree(lastSeen)
})
