import { Readiness } from "@signalflow/domain/Readiness"
import { Effect, type Schedule } from "effect"

export interface PatienceOptions<E> {
  /** Under which name `/ready` tells it. */
  readonly name: string
  readonly state: "degraded" | "down"
  /** What does not work meanwhile, as `/ready`, the log and `onState` say it before the error's message. */
  readonly what: string
  readonly schedule: Schedule.Schedule<unknown, E>
  /** Which failures are waited out; every one when it is left out. */
  readonly while?: (error: E) => boolean
  /** Why it waits, at the first failure; null once it does not wait any more. */
  readonly onState?: (why: string | null) => Effect.Effect<void>
}

/**
 * Waits a failure out: one line in the log when it begins and one when it is over, `/ready` for as long as it lasts, tried again by the schedule. However it
 * ends (it succeeds, fails for good or is interrupted), nothing of it stays in `/ready`.
 */
export const patiently =
  <E extends { readonly message: string }>({ name, state, what, schedule, while: waits = () => true, onState }: PatienceOptions<E>) =>
  <A, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Readiness> =>
    Effect.flatMap(Readiness, (readiness) =>
      Effect.suspend(() => {
        const trouble = readiness.trouble(name)
        let waiting = false
        const failed = (error: E) => {
          if (!waits(error)) return Effect.void
          const why = `${what}: ${error.message}`
          const said = trouble.say(state, why)
          if (waiting) return said
          waiting = true
          return Effect.all([said, Effect.logWarning(`${name}: ${why}; retrying`), onState?.(why) ?? Effect.void], { discard: true })
        }
        const over = Effect.suspend(() => (waiting ? Effect.andThen(trouble.over, onState?.(null) ?? Effect.void) : Effect.void))
        return effect.pipe(
          Effect.tapError(failed),
          Effect.retry({ while: waits, schedule }),
          Effect.tap(() => (waiting ? Effect.logInfo(`${name}: recovered`) : Effect.void)),
          Effect.ensuring(over),
        )
      }),
    )
