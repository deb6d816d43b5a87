import type { Readiness } from "@signalflow/domain/Readiness"
import { Effect, type Schedule } from "effect"
import { outage } from "./Outage.ts"

export interface PatienceOptions<E> {
  /** The name in `/ready` and in the log. */
  readonly name: string
  readonly state: "degraded" | "down"
  /** What does not work meanwhile: `/ready`, the log and `onState` say it before the error. */
  readonly what: string
  readonly schedule: Schedule.Schedule<unknown, E>
  /** Which failures are retried; default: all. */
  readonly while?: (error: E) => boolean
  /** Default: the error's `message`. */
  readonly describe?: (error: E) => string
  /** Called with the reason when the first attempt fails, and with null when the wait is over. */
  readonly onState?: (why: string | null) => Effect.Effect<void>
}

/**
 * Retries an effect by a schedule: one log line when it begins to fail and one when it recovers, and an entry in `/ready` for as long as it
 * lasts. However it ends (success, a failure that is not retried, interruption), nothing stays in `/ready`.
 */
export const patiently =
  <E extends { readonly message: string }>(options: PatienceOptions<E>) =>
  <A, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Readiness> => {
    const { name, state, what, schedule, while: waits = () => true, describe = ({ message }: E) => message, onState } = options
    return Effect.flatMap(outage(name, state), ({ failing, recovered, over }) =>
      Effect.suspend(() => {
        let waiting = false
        const failed = (error: E) => {
          if (!waits(error)) return Effect.void
          const why = `${what}: ${describe(error)}`
          const first = !waiting
          waiting = true
          return Effect.andThen(failing(why), first ? (onState?.(why) ?? Effect.void) : Effect.void)
        }
        return effect.pipe(
          Effect.tapError(failed),
          Effect.retry({ while: waits, schedule }),
          Effect.tap(() => recovered),
          Effect.ensuring(Effect.suspend(() => (waiting ? Effect.andThen(over, onState?.(null) ?? Effect.void) : Effect.void))),
        )
      }),
    )
  }
