import { assert, describe, it } from "@effect/vitest"
import { SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { gracefully } from "@signalflow/platform/flow/GracefulStop"
import * as Pipeline from "../../src/pipeline/Pipeline.ts"
import { SignalStore } from "../../src/store/SignalStore.ts"
import { layerMemory } from "../../src/store/SignalStoreMemory.ts"
import { MINUTE, NOON, observed } from "../events.ts"
import { unread, withBus } from "../InMemory.ts"

/** Interrupts the pipeline while a batch is being written; `open` decides whether the write ever ends. */
const stopped = (open: boolean) =>
  Effect.gen(function* () {
    const begun = yield* Deferred.make<void>()
    const gate = yield* Deferred.make<void>()
    const slow = Layer.effect(
      SignalStore,
      Effect.map(SignalStore, (store) =>
        SignalStore.of({
          ...store,
          transact: (scope, decide) =>
            Effect.gen(function* () {
              yield* Deferred.succeed(begun, undefined)
              yield* Deferred.await(gate)
              return yield* store.transact(scope, decide)
            }),
        }),
      ),
    )
    return yield* Effect.gen(function* () {
      yield* TestClock.setTime(NOON + 5 * MINUTE)
      const fiber = yield* Effect.forkChild(Pipeline.run)
      yield* TestClock.adjust(0)
      yield* (yield* SignalPublisher).publish([signalRecord(observed())])
      yield* TestClock.adjust("300 millis")
      yield* Deferred.await(begun)
      const stop = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust(0)
      if (open) yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(stop)
      return yield* unread
    }).pipe(Effect.provide(Layer.provide(slow, layerMemory)))
  }).pipe(Effect.provide(withBus({ BATCH_SIZE: 10 })))

describe("a program that is asked to stop", () => {
  it.effect("finishes the batch under way, and acknowledges it", () => Effect.map(stopped(true), (left) => assert.strictEqual(left, 0)))

  it.effect("gives a batch up after five seconds, un-acknowledged (guarantee 1)", () =>
    Effect.map(stopped(false), (left) => assert.strictEqual(left, 1)),
  )

  it.effect("lets results and failures through", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* gracefully(1_000)(Effect.succeed(1)), 1)
      assert.strictEqual(yield* Effect.flip(gracefully(1_000)(Effect.fail("no"))), "no")
    }),
  )
})
