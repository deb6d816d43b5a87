import { groups } from "@signalflow/domain/bus/Groups"
import { assert, describe, it } from "@effect/vitest"
import { dlqTopicOf, signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { type DeadLetterRecord, toBus } from "@signalflow/domain/deadletters/DeadLetterRecord"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { BusError, type BusRecord, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import * as SignalBusMemory from "@signalflow/domain/bus/SignalBusMemory"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"
import { settingAside } from "../../src/deadletters/SettingAside.ts"
import { DeadLetters, DeadLettersError, type Letter, StoredLetters } from "../../src/deadletters/DeadLetters.ts"
import * as DeadLetterService from "../../src/deadletters/DeadLetterService.ts"
import { NOON } from "../events.ts"

const Around = Layer.mergeAll(
  SignalBusMemory.layerMemory,
  Readiness.layer,
  Metrics.layerTest,
  Settings.layerWith({ TOPIC_REDDIT_COMMENTS: "my.comments" }),
)
const Test = Layer.merge(Around, DeadLetters.layerMemory)

const record = (offset: number, topic = signalsNormalised.name): DeadLetterRecord => ({
  topic,
  partition: 2,
  offset,
  key: `hackernews:${offset}`,
  payload: "{",
  headers: { producer: "test" },
  errorClass: "permanent",
  error: "too odd",
  attempts: 1,
  replays: 0,
  firstFailedAt: NOON,
  lastFailedAt: NOON,
  altered: null,
})

const start = Effect.gen(function* () {
  yield* DeadLetterService.register
  yield* Effect.forkChild(DeadLetterService.run)
  yield* TestClock.adjust(0)
})
const unread = Effect.flatMap(SignalConsumer, (bus) => Effect.map(bus.unread(groups.deadLetters), ({ messages }) => messages))
const state = Effect.flatMap(Readiness, (readiness) => Effect.map(readiness.all, (all) => all.find(({ name }) => name === "dead letters")))

describe("DeadLetterService", () => {
  it.effect("stores the records of every .dlq topic under the places of their messages, and acknowledges them", () =>
    Effect.gen(function* () {
      const bus = yield* SignalPublisher
      yield* DeadLetterService.register
      // Kept for it from its registration, whenever it starts.
      yield* bus.publish([record(1), record(1), record(2), record(3, "my.comments"), record(4, "reddit.submissions")].map(toBus))
      yield* start
      yield* TestClock.adjust("250 millis")
      assert.deepStrictEqual([...(yield* StoredLetters).keys()].sort(), [
        "my.comments/2/3",
        "reddit.submissions/2/4",
        "signals.normalised/2/1",
        "signals.normalised/2/2",
      ])
      assert.deepStrictEqual((yield* StoredLetters).get("signals.normalised/2/2"), record(2))
      assert.strictEqual(yield* unread, 0)
      yield* TestClock.adjust("30 seconds")
      assert.include(yield* (yield* Metrics).render, 'signalflow_dead_letters{state="open"} 4')
    }).pipe(Effect.provide(Test)),
  )

  it.effect("what is no record is a letter of its own topic; those beside it are stored, nothing is published (guarantee 5)", () =>
    Effect.gen(function* () {
      const bus = yield* SignalPublisher
      yield* start
      const topic = dlqTopicOf(signalsNormalised)
      const foreign = toBus(record(9, "my.comments"))
      yield* bus.publish([toBus(record(1)), { topic, key: "odd", value: "?", headers: {} }, { ...foreign, topic }, toBus(record(2))])
      yield* TestClock.adjust("1 minute")
      const letters = yield* StoredLetters
      assert.deepStrictEqual([...letters.keys()].sort(), [
        "signals.normalised.dlq/0/1",
        "signals.normalised.dlq/0/2",
        "signals.normalised/2/1",
        "signals.normalised/2/2",
      ])
      assert.deepInclude(letters.get("signals.normalised.dlq/0/1"), { errorClass: "validation", payload: "?", attempts: 1 })
      assert.include(letters.get("signals.normalised.dlq/0/2")!.error, 'dlq-topic is "my.comments", and this is signals.normalised.dlq')
      assert.strictEqual(yield* unread, 0)
    }).pipe(Effect.provide(Test)),
  )

  it.effect(
    "nothing is acknowledged while the table is unavailable; /ready says why; then all of it is stored (guarantees 1 and 5)",
    () => {
      const flaky = Layer.effect(
        DeadLetters,
        Effect.gen(function* () {
          const letters = yield* DeadLetters
          const left = yield* Ref.make(3)
          return DeadLetters.of({
            ...letters,
            write: (records) =>
              Effect.flatMap(
                Ref.getAndUpdate(left, (n) => n - 1),
                (n) =>
                  n > 0
                    ? Effect.fail(new DeadLettersError({ message: "the database is starting up", transient: true, cause: "57P03" }))
                    : letters.write(records),
              ),
          })
        }),
      ).pipe(Layer.provideMerge(DeadLetters.layerMemory))
      return Effect.gen(function* () {
        yield* start
        yield* (yield* SignalPublisher).publish([toBus(record(1))])
        yield* TestClock.adjust("250 millis")
        assert.strictEqual(yield* unread, 1)
        assert.deepInclude(yield* state, { state: "down" })
        assert.include((yield* state)?.why, "the database is starting up")
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(yield* unread, 0)
        assert.strictEqual((yield* StoredLetters).size, 1)
        assert.deepInclude(yield* state, { state: "ok" })
      }).pipe(Effect.provide(Layer.merge(Around, flaky)))
    },
  )
})

describe("setting aside", () => {
  const letter = (offset: number): Letter => ({
    delivery: {
      lane: { topic: signalsNormalised.name, partition: 1, ack: () => Effect.void },
      offset,
      key: `hackernews:${offset}`,
      value: `payload ${offset}`,
      headers: {},
      publishedAt: NOON,
    },
    errorClass: "validation",
    error: "not JSON",
  })

  /** A broker that refuses what ends in 2. */
  const publisher = (published: Array<BusRecord>) =>
    SignalPublisher.of({
      publish: (records) => {
        const refused = records.flatMap(({ topic, key }, index) => (key.endsWith("2") ? [{ index, topic: topic.name, key, bytes: 1 }] : []))
        if (refused.length > 0) return Effect.fail(new BusError({ operation: "publish", message: "too large", cause: "", refused }))
        return Effect.sync(() => void published.push(...records))
      },
    })

  it.effect("what a broker refuses stands in the table, and does not hold up the others", () =>
    Effect.gen(function* () {
      const published: Array<BusRecord> = []
      const aside = yield* Effect.provideService(settingAside, SignalPublisher, publisher(published))
      yield* aside.write([letter(1), letter(2), letter(3)])
      assert.strictEqual((yield* StoredLetters).size, 3)
      assert.deepStrictEqual(
        published.map(({ key, topic }) => [key, topic.name]),
        [
          ["hackernews:1", "signals.normalised.dlq"],
          ["hackernews:3", "signals.normalised.dlq"],
        ],
      )
    }).pipe(Effect.provide(Test)),
  )

  it.effect("of what the table does not keep nothing is published (guarantee 4)", () =>
    Effect.gen(function* () {
      const published: Array<BusRecord> = []
      const letters = yield* DeadLetters
      const forgetful = DeadLetters.of({ ...letters, write: (records) => Effect.succeed(records.filter(({ offset }) => offset !== 1)) })
      const aside = yield* settingAside.pipe(
        Effect.provideService(SignalPublisher, publisher(published)),
        Effect.provideService(DeadLetters, forgetful),
      )
      yield* aside.write([letter(1), letter(3)])
      assert.deepStrictEqual(
        published.map(({ key }) => key),
        ["hackernews:3"],
      )
    }).pipe(Effect.provide(Test)),
  )

  it.effect("what is gone leaves the .dlq topic of every topic, under each key that it has there (guarantee 4)", () =>
    Effect.gen(function* () {
      const bus = yield* SignalPublisher
      const consumer = yield* SignalConsumer
      yield* DeadLetterService.register
      const named = (key: string, topic: string) => toBus({ ...record(1, topic), key })
      yield* bus.publish([
        named("reddit:t3_1", "signals.normalised"),
        named("reddit:t3_2", "signals.normalised"),
        named("t3_1", "reddit.submissions"),
        named("t3_2", "reddit.submissions"),
        named("t3_1", "my.comments"),
      ])
      yield* (yield* settingAside).forget({ keys: ["reddit:t3_1"], authors: [] })
      const { topics } = yield* DeadLetterService.subscription
      const left = yield* consumer.tail(topics, 0).pipe(Stream.take(2), Stream.runCollect)
      assert.deepStrictEqual(
        left.map(({ key, lane }) => [key, lane.topic]),
        [
          ["reddit:t3_2", "signals.normalised.dlq"],
          ["t3_2", "reddit.submissions.dlq"],
        ],
      )
      assert.strictEqual(yield* unread, 2)
    }).pipe(Effect.provide(Test)),
  )
})
