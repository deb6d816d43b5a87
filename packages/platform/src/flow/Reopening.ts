import { Effect, type Pull, type Schedule, type Scope, Stream } from "effect"

export type OnState = (state: "ok" | "down", why?: string) => Effect.Effect<void>

/** Opens a stream anew after every failure and tells `onState` what became of it. What ends while it is down is nobody's trouble any more. */
export const reopening = <A, E>(
  open: Effect.Effect<Pull.Pull<readonly [A, ...Array<A>], E>, E, Scope.Scope>,
  onState: OnState,
  describe: (error: E) => string,
  schedule: Schedule.Schedule<unknown, E>,
): Stream.Stream<A, E> =>
  Stream.suspend(() => {
    let isDown = false
    const opened = Effect.suspend(() => {
      isDown = false
      return onState("ok")
    })
    return Stream.unwrap(
      Effect.map(open, (pull) => Stream.concat(Stream.fromEffectDrain(opened), Stream.fromPull(Effect.succeed(pull)))),
    ).pipe(
      Stream.tapError((error) => {
        isDown = true
        return onState("down", describe(error))
      }),
      Stream.retry(schedule),
      Stream.ensuring(Effect.suspend(() => (isDown ? onState("ok") : Effect.void))),
    )
  })
