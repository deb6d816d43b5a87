import { assert, describe, it } from "@effect/vitest"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import * as SignalBusMemory from "@signalflow/domain/bus/SignalBusMemory"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { type LastObservation, VelocityCache } from "@signalflow/domain/VelocityCache"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Fiber, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { DeadLetters } from "../src/deadletters/DeadLetters.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { lazyReading, type Reader, readerOf } from "../src/reading/LazyReading.ts"
import { emptySnapshot } from "../src/reading/Reading.ts"
import { textHash } from "../src/reading/TextHash.ts"
import { score } from "../src/scoring/Scores.ts"
import { layerMemory, StoredRows } from "../src/store/SignalStoreMemory.ts"
import { MINUTE, NOON, observed, removedSignal } from "./events.ts"

const TITLES = ["A great #new compiler", "A terrible #old compiler", "Something #else"]

const Step = Schema.Struct({
  id: Schema.Literals(["a", "b", "c"]),
  minute: Schema.Literals([0, 1, 2, 3, 4, 5]),
  title: Schema.Literals([0, 1, 2]),
  score: Schema.Literals([1, 50, 5_000]),
  what: Schema.Literals(["observed", "observed", "observed", "observed", "hidden", "deleted"]),
})
const Steps = Schema.Array(Step)

const eventOf = ({ id, minute, title, score, what }: typeof Step.Type): SignalEvent =>
  what === "observed"
    ? observed({ id, title: TITLES[title]!, score, observedAt: NOON + minute * MINUTE })
    : removedSignal(id, what, NOON + minute * MINUTE)

/** Says at each question what the numbers given tell it to: nothing, what was true some time ago, the truth, or what never was. */
const moody = (moods: ReadonlyArray<number>) =>
  Layer.sync(VelocityCache, () => {
    const past: Array<Map<string, LastObservation>> = [new Map()]
    let asked = 0
    const answer = (id: string): LastObservation | undefined => {
      const mood = moods[asked++ % moods.length]! % 6
      const lie = { score: 7, comments: 7, textHash: textHash(TITLES[asked % TITLES.length]!) }
      if (mood === 0) return undefined
      if (mood === 1) return past[past.length >> 1]!.get(id)
      if (mood === 2) return past.at(-1)!.get(id)
      if (mood === 3) return { ...lie, at: NOON + 60 * MINUTE }
      return { ...lie, at: NOON - 60 * MINUTE }
    }
    return VelocityCache.of({
      read: (ids) => Effect.sync(() => new Map(ids.map((id) => [id, answer(id)] as const).filter((entry) => entry[1] !== undefined) as [])),
      advance: (entries) => Effect.sync(() => past.push(new Map([...past.at(-1)!, ...entries]))),
      forget: () => Effect.void,
    })
  })

/** Batches of three; every event is published in order, and some stretches of them again, as after a crash. */
const rowsAfter = (
  steps: ReadonlyArray<typeof Step.Type>,
  again: ReadonlyArray<number>,
  cache: Layer.Layer<VelocityCache>,
  reader: Reader = readerOf(emptySnapshot),
  together = 4,
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOON + 10 * MINUTE)
    const bus = yield* SignalPublisher
    const fiber = yield* Effect.forkChild(Pipeline.runWith({ reader, score, announces: true }))
    yield* TestClock.adjust(0)
    const events = steps.map(eventOf)
    for (let i = 0; i < events.length; i += together) {
      const redelivered = events.slice(Math.max(0, i - (again[i % Math.max(1, again.length)] ?? 0)), i)
      yield* bus.publish([...redelivered, ...events.slice(i, i + together)].map((event) => signalRecord(event)))
      yield* TestClock.adjust("300 millis")
      yield* TestClock.adjust("300 millis")
    }
    yield* Fiber.interrupt(fiber)
    const { signals, history, tombstones } = yield* StoredRows
    return {
      signals: [...signals.values()]
        .map(({ signal, hidden, countedAt }) => ({ signal, hidden, countedAt }))
        .sort((a, b) => (a.signal.id < b.signal.id ? -1 : 1)),
      history: [...history].sort(([a], [b]) => (a < b ? -1 : 1)),
      tombstones: [...tombstones].sort(([a], [b]) => (a < b ? -1 : 1)),
    }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        SignalBusMemory.layerMemory,
        LiveFeed.layerMemory,
        DeadLetters.layerMemory,
        Readiness.layer,
        Metrics.layerTest,
        Settings.layerWith({ BATCH_SIZE: 3 }),
        layerMemory,
        cache,
      ),
    ),
    Effect.scoped,
  )

const knowsNothing = moody([0])

/** Counts the texts that were read. */
const counting = () => {
  const counted = { texts: 0 }
  const read = readerOf(emptySnapshot)
  const reader: Reader = (signal) => {
    const reading = read(signal)
    return lazyReading(reading.textHash, () => {
      counted.texts++
      return reading.get()
    })
  }
  return { counted, reader }
}

describe("the velocity cache is a hint", () => {
  it.effect.prop(
    "whatever it has lost, lags behind or invents, and whatever comes twice, the rows are the same (guarantee 2)",
    { steps: Steps, again: Schema.Array(Schema.Literals([0, 1, 2, 5])), moods: Schema.NonEmptyArray(Schema.Literals([0, 1, 2, 3, 4, 5])) },
    ({ steps, again, moods }) =>
      Effect.gen(function* () {
        const expected = yield* rowsAfter(steps, [], knowsNothing)
        assert.deepStrictEqual(yield* rowsAfter(steps, again, moody(moods)), expected)
      }),
    { arbitrary: { runs: 300, size: 30 } },
  )

  it.effect("a text that it knows the reading of is not read again, nor one that is too old", () =>
    Effect.gen(function* () {
      const steps: ReadonlyArray<typeof Step.Type> = [1, 2, 3, 0, 4].map((minute) => ({
        id: "a",
        minute: minute as 0,
        title: minute === 0 ? 1 : 0,
        score: 1,
        what: "observed",
      }))
      const { counted, reader } = counting()
      yield* rowsAfter(steps, [], VelocityCache.layerMemory, reader, 1)
      assert.strictEqual(counted.texts, 1)
    }),
  )
})
