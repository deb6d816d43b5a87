import { Effect, Fiber } from "effect"

/** By the real clock: stopping is not part of simulated time. */
const after = (millis: number) =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

const finish = Effect.fnUntraced(function* <A, E>(fiber: Fiber.Fiber<A, E>, graceMs: number) {
  const late = yield* Effect.forkChild(Effect.interruptible(Effect.andThen(after(graceMs), Fiber.interrupt(fiber))))
  yield* Fiber.await(fiber)
  yield* Fiber.interrupt(late)
})

/** Delays an interruption until the effect has ended, for at most `graceMs` milliseconds. */
export const gracefully =
  (graceMs: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkChild(Effect.interruptible(effect)), (fiber) =>
        restore(Fiber.join(fiber)).pipe(Effect.onInterrupt(() => finish(fiber, graceMs))),
      ),
    )
