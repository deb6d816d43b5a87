import { Effect, Exit, Scope, Stream } from "effect"
import type { BusTopic } from "../src/bus/BusTopic.ts"
import type { BusRecord, Delivery } from "../src/bus/SignalBus.ts"

let made = 0

/** A topic that no other test uses. */
export const freshTopic = (partitions: number): BusTopic => ({ name: `test.topic${++made}.${process.pid}`, partitions })

export const record = (topic: BusTopic, key: string, value: string): BusRecord => ({ topic, key, value, headers: { producer: "test" } })

const turn = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)))

/** Asks again until the answer is `wanted`; the test's own time limit ends it. */
export const eventually = <A, E, R>(ask: Effect.Effect<A, E, R>, wanted: (answer: A) => boolean): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    while (true) {
      yield* turn
      const answer = yield* ask
      if (wanted(answer)) return answer
    }
  })

/** Waits until `look` holds. */
export const until = (look: () => boolean): Effect.Effect<boolean> => eventually(Effect.sync(look), (holds) => holds)

/** What a stream has delivered so far. `close` ends the stream and waits for its end. */
export interface Received {
  readonly all: Array<Delivery>
  readonly values: () => ReadonlyArray<string>
  readonly atLeast: (count: number) => Effect.Effect<ReadonlyArray<Delivery>>
  readonly close: Effect.Effect<void>
}

/** Runs a stream in the background; `onEach` sees every delivery, e.g. to acknowledge it. */
export const receive = <E>(
  stream: Stream.Stream<Delivery, E>,
  onEach: (delivery: Delivery) => Effect.Effect<void, E> = () => Effect.void,
): Effect.Effect<Received, never, Scope.Scope> =>
  Effect.gen(function* () {
    const all: Array<Delivery> = []
    const scope = yield* Scope.fork(yield* Effect.scope)
    yield* stream.pipe(
      Stream.runForEach((delivery) => {
        all.push(delivery)
        return onEach(delivery)
      }),
      Effect.orDie,
      Effect.forkIn(scope),
    )
    return {
      all,
      values: () => all.map((delivery) => delivery.value),
      atLeast: (count) =>
        Effect.as(
          until(() => all.length >= count),
          all,
        ),
      close: Scope.close(scope, Exit.void),
    }
  })
