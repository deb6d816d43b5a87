import { Effect, Fiber } from "effect"

/** Interrupted, it is left to end by itself: a server that has stopped confirms no cancel, and waiting for that takes seconds. */
export const abandonable = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.forkDetach(effect, { startImmediately: true }), (fiber) =>
    Effect.onInterrupt(Fiber.join(fiber), () => Effect.sync(() => fiber.interruptUnsafe())),
  )
