import { assert, describe, it } from "@effect/vitest"
import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { type BusRecord, SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Fiber, Layer, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"
import { StoredLetters } from "../../src/deadletters/DeadLetters.ts"
import * as Pipeline from "../../src/pipeline/Pipeline.ts"
import { SignalStore, SignalStoreError } from "../../src/store/SignalStore.ts"
import { layerMemory, StoredRows } from "../../src/store/SignalStoreMemory.ts"
import { MINUTE, NOON, observed, removedSignal } from "../events.ts"
import { unread, withBus } from "../InMemory.ts"

const Around = withBus({ BATCH_SIZE: 10 })
const Test = Layer.merge(Around, layerMemory)

const start = Effect.gen(function* () {
  yield* TestClock.setTime(NOON + 5 * MINUTE)
  const fiber = yield* Effect.forkChild(Pipeline.run)
  yield* TestClock.adjust(0)
  return fiber
})

const publish = (...events: ReadonlyArray<SignalEvent>) =>
  Effect.flatMap(SignalPublisher, (bus) => bus.publish(events.map((event) => signalRecord(event))))

const raw = (key: string, value: string, headers: Record<string, string> = {}): BusRecord => ({
  topic: signalsNormalised,
  key,
  value,
  headers,
})

const ids = Effect.map(StoredRows, (rows) => [...rows.signals.keys()].sort())
const tick = TestClock.adjust("300 millis")

describe("Pipeline", () => {
  it.effect("stores what arrives, announces it and acknowledges it, 250 ms after the first of a batch at the latest", () =>
    Effect.gen(function* () {
      const live = yield* LiveFeed.LiveSubscriber
      const frames = yield* live.entries().pipe(Stream.take(1), Stream.runCollect, Effect.forkChild)
      yield* start
      yield* publish(observed())
      yield* TestClock.adjust("249 millis")
      assert.strictEqual(yield* unread, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* unread, 0)
      assert.deepStrictEqual(yield* ids, ["hackernews:1"])
      const [chunk] = yield* Fiber.join(frames)
      assert.isTrue(Array.isArray(chunk) && chunk[0]?.item._tag === "Signal" && chunk[0].item.signal.id === "hackernews:1")
    }).pipe(Effect.provide(Test)),
  )

  it.effect("a poison message goes to the dead letters, alone, and is acknowledged (guarantee 5)", () =>
    Effect.gen(function* () {
      yield* start
      const bus = yield* SignalPublisher
      yield* bus.publish([
        signalRecord(observed({ id: "a" })),
        raw("hackernews:b", '{"_tag":"Observed","signal":{"id":'),
        raw("hackernews:c", JSON.stringify({ _tag: "Exploded" })),
        raw("hackernews:d", JSON.stringify(observed({ id: "d", publishedAt: Date.UTC(9999, 0, 1) }))),
        signalRecord(observed({ id: "e" })),
      ])
      yield* tick
      assert.deepStrictEqual(yield* ids, ["hackernews:a", "hackernews:e"])
      const letters = [...(yield* StoredLetters).values()]
      assert.deepStrictEqual(letters.map(({ key, errorClass }) => [key, errorClass]).sort(), [
        ["hackernews:b", "validation"],
        ["hackernews:c", "validation"],
        ["hackernews:d", "validation"],
      ])
      assert.isTrue(letters.every(({ error }) => error.length > 10))
      assert.strictEqual(yield* unread, 0)
    }).pipe(Effect.provide(Test)),
  )

  it.effect(
    "what a wrong clock dates hours ahead is stored as observed when it was received; /ready says so until a minute after the last",
    () =>
      Effect.gen(function* () {
        const hours = (n: number) => NOON + n * 60 * MINUTE
        const received = NOON + 5 * MINUTE
        const clocks = Effect.map(
          Effect.flatMap(Readiness, ({ all }) => all),
          (all) => all.find(({ name }) => name === "clocks"),
        )
        yield* start
        yield* publish(observed({ id: "a" }), observed({ id: "b", observedAt: hours(7) }), observed({ id: "c", observedAt: hours(1) }))
        yield* tick
        const { signals } = yield* StoredRows
        const observedAt = (id: string) => signals.get(`hackernews:${id}`)?.signal.observedAt
        assert.deepStrictEqual(["a", "b", "c"].map(observedAt), [NOON, received, hours(1)])
        assert.strictEqual((yield* StoredLetters).size, 0)
        const wrong = yield* clocks
        assert.strictEqual(wrong?.state, "degraded")
        assert.include(wrong?.why, "dated up to 6.9 hours after they were received")

        // The next observation of the same post, by a clock that is right again, is newer than it; so is a removal.
        yield* publish(observed({ id: "b", observedAt: received + MINUTE, score: 99 }), removedSignal("a", "deleted", hours(7)))
        yield* tick
        assert.strictEqual(observedAt("b"), received + MINUTE)
        assert.deepStrictEqual(yield* ids, ["hackernews:b", "hackernews:c"])
        yield* TestClock.adjust("1 minute")
        yield* publish(observed({ id: "d" }))
        yield* tick
        assert.strictEqual((yield* clocks)?.state, "ok")
      }).pipe(Effect.provide(Test)),
  )

  it.effect("nothing is acknowledged while the store fails; /ready says why; then all of it is stored (guarantees 1 and 5)", () => {
    const flaky = Layer.effect(
      SignalStore,
      Effect.gen(function* () {
        const store = yield* SignalStore
        const left = yield* Ref.make(3)
        return SignalStore.of({
          ...store,
          transact: (scope, decide) =>
            Effect.flatMap(
              Ref.getAndUpdate(left, (n) => n - 1),
              (n) =>
                n > 0
                  ? Effect.fail(
                      new SignalStoreError({ message: "the database is starting up", transient: true, ofData: false, cause: "57P03" }),
                    )
                  : store.transact(scope, decide),
            ),
        })
      }),
    ).pipe(Layer.provideMerge(layerMemory))
    return Effect.gen(function* () {
      yield* start
      yield* publish(observed({ id: "a" }), observed({ id: "b" }))
      yield* tick
      assert.strictEqual(yield* unread, 2)
      const waiting = (yield* (yield* Readiness).all).find(({ name }) => name === "process")
      assert.strictEqual(waiting?.state, "down")
      assert.include(waiting?.why, "the database is starting up")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* unread, 0)
      assert.deepStrictEqual(yield* ids, ["hackernews:a", "hackernews:b"])
      assert.strictEqual((yield* (yield* Readiness).all).find(({ name }) => name === "process")?.state, "ok")
      const page = yield* (yield* Metrics).render
      assert.include(page, 'reddit_processor_batches_total{status="error"} 3\n')
      assert.include(page, 'reddit_processor_batches_total{status="ok"} 1\n')
      assert.include(page, "reddit_processor_batch_flush_seconds_count 4\n")
    }).pipe(Effect.provide(Layer.merge(Around, flaky)))
  })

  it.effect("one event that the store can never take is set aside, its batch-mates are stored (guarantee 5)", () => {
    const picky = Layer.effect(
      SignalStore,
      Effect.map(SignalStore, (store) =>
        SignalStore.of({
          ...store,
          transact: (scope, decide) =>
            scope.ids.includes("hackernews:spoilt")
              ? Effect.fail(new SignalStoreError({ message: "invalid byte sequence", transient: false, ofData: true, cause: "22021" }))
              : store.transact(scope, decide),
        }),
      ),
    ).pipe(Layer.provideMerge(layerMemory))
    return Effect.gen(function* () {
      yield* start
      yield* publish(...["a", "b", "spoilt", "c", "d", "e", "f"].map((id) => observed({ id })))
      yield* tick
      assert.deepStrictEqual(
        yield* ids,
        ["a", "b", "c", "d", "e", "f"].map((id) => `hackernews:${id}`),
      )
      assert.deepStrictEqual(
        [...(yield* StoredLetters).values()].map(({ key, errorClass }) => [key, errorClass]),
        [["hackernews:spoilt", "permanent"]],
      )
      assert.strictEqual(yield* unread, 0)
    }).pipe(Effect.provide(Layer.merge(Around, picky)))
  })

  it.effect("a message of a newer schema version stalls the stream, un-acknowledged, and says what to do (guarantee 5)", () =>
    Effect.gen(function* () {
      yield* start
      const bus = yield* SignalPublisher
      yield* bus.publish([
        raw("hackernews:n", JSON.stringify({ _tag: "Observed", signal: { from: "the future" } }), { schema_version: "2" }),
      ])
      yield* tick
      yield* publish(observed({ id: "a" }))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* unread, 2)
      assert.strictEqual((yield* StoredLetters).size, 0)
      const state = (yield* (yield* Readiness).all).find(({ name }) => name === "process")
      assert.strictEqual(state?.state, "down")
      assert.include(state?.why, "schema version 2")
      assert.include(state?.why, "upgrade")
    }).pipe(Effect.provide(Test)),
  )

  it.effect("events of one signal are processed in the order in which they were published (guarantee 6)", () =>
    Effect.gen(function* () {
      yield* start
      const steps = Array.from({ length: 25 }, (_, n) => observed({ id: "a", score: n, observedAt: NOON + n * 1_000 }))
      for (const step of steps) {
        yield* publish(step, observed({ id: `other-${step.signal.score}` }))
      }
      yield* tick
      yield* tick
      const rows = yield* StoredRows
      const history = [...rows.history.values()].filter(({ signalId }) => signalId === "hackernews:a")
      assert.deepStrictEqual(
        history.map(({ score }) => score),
        steps.map(({ signal }) => signal.score),
      )
      assert.isTrue(history.slice(1).every(({ velocity }) => velocity?.score === 1))
    }).pipe(Effect.provide(Test)),
  )

  it.effect("reading stops when processing stalls: what is in memory is bounded (guarantee 7)", () => {
    const stuck = Layer.effect(
      SignalStore,
      Effect.map(SignalStore, (store) => SignalStore.of({ ...store, transact: () => Effect.never })),
    ).pipe(Layer.provideMerge(layerMemory))
    return Effect.gen(function* () {
      const bus = yield* SignalConsumer
      let read = 0
      const counting = SignalConsumer.of({
        ...bus,
        deliveries: (subscription) => bus.deliveries(subscription).pipe(Stream.map((delivery) => (read++, delivery))),
      })
      yield* TestClock.setTime(NOON + 5 * MINUTE)
      yield* Pipeline.run.pipe(Effect.provideService(SignalConsumer, counting), Effect.forkChild)
      yield* TestClock.adjust(0)
      yield* publish(...Array.from({ length: 2_000 }, (_, n) => observed({ id: `${n}` })))
      yield* TestClock.adjust("1 minute")
      assert.isAbove(read, 0)
      assert.isAtMost(read, 6 * 40)
      assert.strictEqual(yield* unread, 2_000)
    }).pipe(Effect.provide(Layer.merge(Around, stuck)))
  })

  it.effect("a removed text leaves the store, the bus and the dead letters (guarantee 4)", () =>
    Effect.gen(function* () {
      yield* start
      const bus = yield* SignalPublisher
      const consumer = yield* SignalConsumer
      yield* consumer.register({ group: "idle", topics: [signalsNormalised] })
      yield* bus.publish([signalRecord(observed({ id: "a", title: "Something private" })), raw("hackernews:a", '{"private":')])
      yield* tick
      assert.strictEqual((yield* StoredLetters).size, 1)
      yield* publish(removedSignal("a", "deleted", NOON + 6 * MINUTE))
      yield* tick
      assert.deepStrictEqual(yield* ids, [])
      assert.strictEqual((yield* StoredLetters).size, 0)
      const left = yield* consumer
        .deliveries({ group: "idle", topics: [signalsNormalised] })
        .pipe(Stream.take(1), Stream.runCollect, Effect.forkChild)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        (yield* Fiber.join(left)).map(({ value }) => JSON.parse(value)._tag),
        ["Removed"],
      )
    }).pipe(Effect.provide(Test)),
  )
})
