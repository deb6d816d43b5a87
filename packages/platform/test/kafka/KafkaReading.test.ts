import { assert, describe, it } from "@effect/vitest"
import { ackAll, type Delivery, type Gap } from "@signalflow/domain/bus/SignalBus"
import { Effect, Fiber, Latch } from "effect"
import { TestClock } from "effect/testing"
import { type KafkaError } from "../../src/kafka/KafkaDriver.ts"
import { until } from "../../../domain/test/Received.ts"
import * as KafkaReading from "../../src/kafka/KafkaReading.ts"
import { scripted } from "./ScriptedDriver.ts"

const reading = (maxInFlight = 10_000, told: Effect.Effect<void> = Effect.void) =>
  Effect.gen(function* () {
    const broker = scripted()
    const gaps: Array<Gap> = []
    const states: Array<string> = []
    const pull = yield* KafkaReading.open(broker.driver, {
      group: "g",
      topics: ["t"],
      maxInFlight,
      onState: (state, why) => Effect.sync(() => void states.push(why === undefined ? state : `${state}: ${why}`)),
      onGap: (gap) =>
        Effect.andThen(
          Effect.sync(() => void gaps.push(gap)),
          told,
        ),
    })
    /** What is there now; it never waits. */
    const ready = (count: number): Effect.Effect<ReadonlyArray<Delivery>, KafkaError> =>
      Effect.gen(function* () {
        const all: Array<Delivery> = []
        while (all.length < count) all.push(...(yield* pull))
        return all
      })
    return { ...broker, gaps, states, pull, ready }
  })

const offsets = (deliveries: ReadonlyArray<Delivery>) => deliveries.map(({ offset }) => offset)

describe("KafkaReading", () => {
  it.effect("an acknowledgement waits until the commit is taken, and retries what is refused", () =>
    Effect.gen(function* () {
      const { assign, fetched, ready, script } = yield* reading()
      yield* assign(0)
      yield* fetched(0, 0, 5)
      const batch = yield* ready(5)
      script.refusals = 3
      const acking = yield* Effect.forkChild(ackAll(batch))
      yield* TestClock.adjust("250 millis")
      assert.deepStrictEqual(script.commits, [])
      assert.isUndefined(acking.pollUnsafe())
      yield* TestClock.adjust("200 millis")
      yield* Fiber.join(acking)
      assert.deepStrictEqual(script.commits, [[{ topic: "t", partition: 0, offset: 5 }]])
    }),
  )

  it.effect("says when commits are refused for more than a moment, and when they are taken again", () =>
    Effect.gen(function* () {
      const { assign, fetched, ready, script, states } = yield* reading()
      yield* assign(0)
      yield* fetched(0, 0, 5)
      const batch = yield* ready(5)
      script.refusals = 30
      const acking = yield* Effect.forkChild(ackAll(batch))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(states, [])
      yield* TestClock.adjust("1500 millis")
      assert.strictEqual(states.length, 1)
      assert.match(states[0]!, /^down: what was processed cannot be acknowledged: .*UNKNOWN_MEMBER_ID/)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(acking)
      assert.deepStrictEqual(states.slice(1), ["ok"])
    }),
  )

  it.effect("ends a member whose commits are refused for long, so that another begins", () =>
    Effect.gen(function* () {
      const { assign, fetched, pull, ready, script } = yield* reading()
      yield* assign(0)
      yield* fetched(0, 0, 5)
      const batch = yield* ready(5)
      script.refusals = Infinity
      const acking = yield* Effect.forkChild(ackAll(batch))
      yield* TestClock.adjust("10 seconds")
      assert.isUndefined(acking.pollUnsafe())
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(acking)
      assert.include((yield* Effect.flip(pull)).message, "UNKNOWN_MEMBER_ID")
    }),
  )

  it.effect("pauses a partition that nobody takes from, and goes on with it when half is taken", () =>
    Effect.gen(function* () {
      const { assign, fetched, ready, script } = yield* reading(500)
      yield* assign(0, 1)
      yield* fetched(0, 0, 499)
      assert.deepStrictEqual([...script.paused], [])
      yield* fetched(0, 499, 301)
      assert.deepStrictEqual([...script.paused], [0])
      yield* ackAll(yield* ready(500))
      assert.deepStrictEqual([...script.paused], [0])
      yield* ackAll(yield* ready(100))
      assert.deepStrictEqual([...script.paused], [])
    }),
  )

  it.effect("what is paused stays so in a rebalance that leaves it here: what waits in memory is bounded (guarantee 7)", () =>
    Effect.gen(function* () {
      const { assign, fetched, ready, script } = yield* reading(500)
      yield* assign(0, 1)
      yield* fetched(0, 0, 800)
      yield* assign(0)
      assert.deepStrictEqual([...script.paused], [0])
      yield* ackAll(yield* ready(500))
      yield* ackAll(yield* ready(100))
      assert.deepStrictEqual([...script.paused], [])
    }),
  )

  it.effect("a rebalance takes a partition away as it is and leaves the other alone", () =>
    Effect.gen(function* () {
      const { assign, fetched, ready, script } = yield* reading()
      yield* assign(0, 1)
      yield* fetched(0, 0, 3)
      yield* fetched(1, 0, 3)
      const batch = yield* ready(6)
      yield* fetched(1, 3, 2)
      yield* assign(0)
      // Fetched for the assignment before.
      yield* fetched(1, 5, 2)
      yield* fetched(0, 3, 2)
      assert.deepStrictEqual(
        (yield* ready(2)).map(({ lane, offset }) => [lane.partition, offset]),
        [
          [0, 3],
          [0, 4],
        ],
      )
      yield* ackAll(batch)
      assert.deepStrictEqual([...script.committed], [["0", 3]])
    }),
  )

  it.effect("a partition that somebody else went on with meanwhile begins where he stopped", () =>
    Effect.gen(function* () {
      const { assign, fetched, ready, script } = yield* reading()
      yield* assign(0)
      yield* fetched(0, 0, 10)
      const old = yield* ready(10)
      script.committed.set("0", 7)
      yield* assign(0)
      assert.deepStrictEqual(script.seeks.at(-1), { topic: "t", partition: 0, offset: 7 })
      yield* ackAll(old.slice(0, 4))
      assert.deepStrictEqual(script.commits, [])
      yield* fetched(0, 7, 3)
      assert.deepStrictEqual(offsets(yield* ready(3)), [7, 8, 9])
    }),
  )

  it.effect("commits nothing while a rebalance is under way, and then only what it still holds", () =>
    Effect.gen(function* () {
      const { assign, assigning, fetched, ready, script } = yield* reading()
      yield* assign(0, 1)
      yield* fetched(0, 0, 2)
      yield* fetched(1, 0, 2)
      const batch = yield* ready(4)
      script.answers.closeUnsafe()
      // Partition 0 was another's for a moment, who went on with it.
      script.committed.set("0", 7)
      yield* assigning(0, 1)
      const acking = yield* Effect.forkChild(ackAll(batch))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(script.commits, [])
      script.answers.openUnsafe()
      yield* Fiber.join(acking)
      assert.deepStrictEqual(script.commits, [[{ topic: "t", partition: 1, offset: 2 }]])
    }),
  )

  it.effect("takes nothing of an assignment that is followed by another while a gap is told", () =>
    Effect.gen(function* () {
      const told = yield* Latch.make(false)
      const { assign, assigning, fetched, gaps, ready, script } = yield* reading(10_000, told.await)
      script.low = 5
      script.committed.set("0", 3).set("1", 5)
      const taken = yield* assigning(0)
      yield* until(() => gaps.length === 1)
      yield* assign(1)
      yield* told.open
      yield* taken
      yield* fetched(0, 5, 2)
      yield* fetched(1, 5, 2)
      assert.deepStrictEqual(
        (yield* ready(2)).map(({ lane }) => lane.partition),
        [1, 1],
      )
    }),
  )

  it.effect("tells of what was trimmed before it was read, at the start and in the middle", () =>
    Effect.gen(function* () {
      const { assign, fetched, gaps, ready, script } = yield* reading()
      script.committed.set("0", 3)
      script.low = 5
      yield* assign(0)
      assert.deepStrictEqual(gaps, [{ topic: "t", partition: 0, from: 3, to: 5 }])
      yield* fetched(0, 5, 2)
      assert.deepStrictEqual(offsets(yield* ready(2)), [5, 6])
      script.low = 20
      assert.strictEqual(yield* fetched(0, 20, 3), 23)
      assert.deepStrictEqual(gaps.slice(1), [{ topic: "t", partition: 0, from: 7, to: 20 }])
      assert.deepStrictEqual(offsets(yield* ready(3)), [20, 21, 22])
    }),
  )

  it.effect("passes over what it has already, and asks again for what a fetch has left out", () =>
    Effect.gen(function* () {
      const { assign, fetched, ready } = yield* reading()
      yield* assign(0)
      yield* fetched(0, 0, 5)
      assert.strictEqual(yield* fetched(0, 2, 6), 8)
      assert.strictEqual(yield* fetched(0, 30, 5), 8)
      assert.deepStrictEqual(offsets(yield* ready(8)), [0, 1, 2, 3, 4, 5, 6, 7])
    }),
  )
})
