import { Clock, Effect } from "effect"

/** A clock whose milliseconds are whole, as those of the real one are: jittered waits end between them. */
export const whole = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Clock.Clock, (clock) => {
    const currentTimeMillisUnsafe = () => Math.floor(clock.currentTimeMillisUnsafe())
    const currentTimeMillis = Effect.sync(currentTimeMillisUnsafe)
    const rounded = Object.assign(Object.create(clock), { currentTimeMillisUnsafe, currentTimeMillis }) as Clock.Clock
    return Effect.provideService(effect, Clock.Clock, rounded)
  })
