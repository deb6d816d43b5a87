import { Readiness } from "@signalflow/domain/Readiness"
import { Effect } from "effect"

/** Reports one outage. */
export interface Outage {
  /** The first call logs `why`; every call shows it in `/ready`. */
  readonly failing: (why: string) => Effect.Effect<void>
  /** Logs the recovery, if there was an outage, and clears it from `/ready`. */
  readonly recovered: Effect.Effect<void>
  /** Clears it from `/ready` without a word: nobody waits any more. For finalisers. */
  readonly over: Effect.Effect<void>
}

/** An outage of `name`, as `/ready` and the log call it: one log line when it begins, one when it ends. */
export const outage = (name: string, state: "degraded" | "down"): Effect.Effect<Outage, never, Readiness> =>
  Effect.map(Readiness, (readiness) => {
    const trouble = readiness.trouble(name)
    let lasts = false
    const over = Effect.suspend(() => {
      if (!lasts) return Effect.void
      lasts = false
      return trouble.over
    })
    return {
      failing: (why) =>
        Effect.suspend(() => {
          const first = !lasts
          lasts = true
          return Effect.andThen(trouble.say(state, why), first ? Effect.logWarning(`${name}: ${why}; retrying`) : Effect.void)
        }),
      recovered: Effect.suspend(() => (lasts ? Effect.andThen(Effect.logInfo(`${name}: recovered`), over) : Effect.void)),
      over,
    }
  })
