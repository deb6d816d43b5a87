import { Clock, Effect } from "effect"
import { nextBeat } from "../../PollPlan.ts"

/** Waits for the next beat; the first is at once. */
export const rhythm = (everyMs: number, phaseMs: number): Effect.Effect<void> => {
  let begun = false
  return Effect.suspend(() => {
    // A beat that follows the last poll at once is let pass.
    if (begun) return Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sleep(nextBeat(now + everyMs / 4, everyMs, phaseMs) - now))
    begun = true
    return Effect.void
  })
}
