import { Effect, Queue, type Scope } from "effect"

export type OnState = (name: string, state: "ok" | "degraded", why?: string) => Effect.Effect<void>

/** Reasons that are logged of one trouble; of more, only that they are handed on is sure. */
const MAX_REASONS = 16

/** Logs changes of state and hands them on, in order. Null is well, a text says what is not. */
export const reportStates = (name: string, onState: OnState): Effect.Effect<(state: string | null) => void, never, Scope.Scope> =>
  Effect.gen(function* () {
    // The newest state is the one that counts.
    const states = yield* Queue.sliding<string | null>(16)
    // Why it failed since it was last well; each reason is logged once.
    const reasons = new Set<string>()
    let told: string | null | undefined

    const report = (state: string | null) => {
      if (state === null) {
        const back = reasons.size > 0 ? Effect.logInfo(`${name} has recovered`) : Effect.void
        reasons.clear()
        return Effect.andThen(back, onState(name, "ok"))
      }
      const isNew = !reasons.has(state) && reasons.size < MAX_REASONS
      if (isNew) reasons.add(state)
      const log = isNew ? Effect.logWarning(`${name} fails and is tried again: ${state}`) : Effect.void
      return Effect.andThen(log, onState(name, "degraded", state))
    }
    yield* Queue.take(states).pipe(Effect.flatMap(report), Effect.forever, Effect.forkScoped({ startImmediately: true }))

    return (state) => {
      if (state !== told) Queue.offerUnsafe(states, (told = state))
    }
  })
