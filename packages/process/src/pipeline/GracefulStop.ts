import { Effect, Fiber } from "effect"

/** By the real clock: a stop is no part of the time that a program simulates. */
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

/** Lets what was begun end before an interruption goes on; what takes longer than `graceMs` is interrupted with it. */
export const finishing =
  (graceMs: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkChild(Effect.interruptible(effect)), (fiber) =>
        restore(Fiber.join(fiber)).pipe(Effect.onInterrupt(() => finish(fiber, graceMs))),
      ),
    )
