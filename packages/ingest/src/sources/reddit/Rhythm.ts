import { Clock, Effect } from "effect"

/** When the next beat of a rhythm is after `now`. Feeds of one rhythm beat together, so that what they ask for fits into one request. */
export const nextBeat = (now: number, everyMs: number, phaseMs: number): number =>
  Math.floor((now - phaseMs) / everyMs + 1) * everyMs + phaseMs

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
