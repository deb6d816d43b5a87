import { assert, describe, it } from "@effect/vitest"
import { SCHEMA_VERSION, signalId } from "@signalflow/domain/signals/Signal"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer, Queue, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../src/stores/Cursors.ts"
import { FrameSocket } from "../../src/upstream/FrameSocket.ts"
import { Health } from "../../src/health/SourceHealth.ts"
import * as Ingestion from "../../src/Ingestion.ts"
import { rawRecord } from "../../src/convert/RawRecord.ts"
import { emptyBatch, type SourceAdapter, type SourceBatch } from "../../src/SourceAdapter.ts"
import { config, NOW, observed as seen } from "../Fixtures.ts"
import { advance, recordingBus, scripted, surroundings } from "../Harness.ts"

const platform = "there"
const topic = { name: "there.raw", partitions: 1 }

const observed = (n: number, body: string, mode: "new" | "refresh" = "new") =>
  seen(platform, n, { body, meta: { schemaVersion: SCHEMA_VERSION, producer: "test", runId: "test", mode } })
const removed = (n: number): SignalEvent => ({
  _tag: "Removed",
  target: { _tag: "Signal", id: signalId(platform, n) },
  kind: "deleted",
  at: NOW,
  why: "gone",
})
const raw = (n: number) =>
  rawRecord({ topic, key: String(n), entityType: "post", source: "there", mode: "new", emittedAt: NOW, payload: { n } })

/** A source that says what the test says, and the program around it. */
const stage = Effect.gen(function* () {
  yield* TestClock.setTime(NOW)
  const said = yield* Queue.unbounded<SourceBatch>()
  const bus = recordingBus()
  let begun = 0
  const adapter = (options: SourceConfig["options"]): SourceAdapter => ({
    platform,
    rawTopics: () => [topic],
    rules: { check: Result.succeed },
    targets: [config(platform, "all", { options })],
    feeds: () =>
      Effect.succeed([
        {
          name: "live",
          cursor: "all",
          silenceMs: () => null,
          batches: () => {
            begun++
            return Stream.fromQueue(said)
          },
        },
      ]),
  })
  let n = 0
  const say = (events: ReadonlyArray<SignalEvent>, more: Partial<SourceBatch> = {}) =>
    Effect.andThen(
      Queue.offer(said, { ...emptyBatch, events, received: events.length, cursor: ++n, readUntil: NOW + n, ...more }),
      advance("1 second"),
    )
  const run = (options: SourceConfig["options"]) =>
    Effect.andThen(
      Effect.forkScoped(Ingestion.runWith([adapter(options)])).pipe(
        Effect.provide(Layer.mergeAll(scripted(() => undefined).layer, bus.layer, FrameSocket.layer)),
      ),
      advance("1 second"),
    )
  const told = () =>
    bus.events().map((event) => {
      if (event._tag === "Observed") return `${event.signal.meta.mode} ${event.signal.id.slice(6)}`
      return event.target._tag === "Signal" ? `${event._tag} ${event.target.id.slice(6)}` : event._tag
    })
  return { bus, run, say, told, begun: () => begun }
})

const around = Effect.provide(surroundings())

describe("a target with a filter", () => {
  it.effect("publishes what passes, counts the rest by its reason, and moves its cursor over both", () =>
    Effect.gen(function* () {
      const { bus, run, say, told } = yield* stage
      yield* run({ include: ["rust"], exclude: ["game"] })
      yield* say([observed(1, "Rust!"), observed(2, "a game in Rust"), observed(3, "trust")], {
        raw: [raw(1), raw(2), raw(3)],
        dropped: { malformed: 1 },
      })
      assert.deepStrictEqual(told(), ["new 1"])
      assert.deepStrictEqual(
        bus.records.filter(({ topic: { name } }) => name === topic.name).map(({ key }) => key),
        ["1"],
      )
      assert.strictEqual(yield* (yield* Cursors).load(platform, "all"), 1)
      yield* say([observed(4, "nothing of it")])
      assert.strictEqual(yield* (yield* Cursors).load(platform, "all"), 2)
      yield* advance("2 seconds")
      const [health] = yield* (yield* Health).all
      assert.deepInclude(health, { state: "live", readUntil: NOW + 2 })
      const metrics = yield* (yield* Metrics).render
      assert.match(metrics, /signalflow_ingest_dropped_total\{platform="there",reason="filtered"\} 3\n/)
      assert.match(metrics, /signalflow_ingest_dropped_total\{platform="there",reason="malformed"\} 1\n/)
      assert.match(metrics, /signalflow_ingest_sent_total\{platform="there"[^}]*\} 1\n/)
      assert.match(metrics, /signalflow_ingest_received_total\{platform="there"[^}]*\} 4\n/)
    }).pipe(around),
  )

  it.effect("goes on with what it has chosen after an edit that no longer matches, over a restart too; removals always pass", () =>
    Effect.gen(function* () {
      const { run, say, told } = yield* stage
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* run({ include: ["rust"] })
          yield* say([observed(1, "Rust"), observed(2, "Go")])
          yield* say([observed(1, "edited", "refresh"), observed(2, "edited", "refresh"), removed(2)])
          assert.deepStrictEqual(told(), ["new 1", "refresh 1", "Removed 2"])
        }),
      )
      yield* run({ include: ["rust"] })
      yield* say([observed(1, "edited again", "refresh"), observed(2, "edited again", "refresh"), removed(1)])
      assert.deepStrictEqual(told().slice(3), ["refresh 1", "Removed 1"])
    }).pipe(around),
  )

  it.effect("a sample is the same before and after a restart, and in a refresh", () =>
    Effect.gen(function* () {
      const { run, say, told } = yield* stage
      const all = Array.from({ length: 40 }, (_, n) => n)
      yield* Effect.scoped(Effect.andThen(run({ sample: 0.5 }), say(all.map((n) => observed(n, "text")))))
      const chosen = told().map((what) => what.slice(4))
      assert.isAtLeast(chosen.length, 10)
      assert.isAtMost(chosen.length, 30)
      yield* run({ sample: 0.5 })
      yield* say(all.map((n) => observed(n, "edited", "refresh")))
      assert.deepStrictEqual(
        told()
          .slice(chosen.length)
          .map((what) => what.slice(8)),
        chosen,
      )
      assert.match(yield* (yield* Metrics).render, new RegExp(`reason="sampled"} ${2 * (40 - chosen.length)}\n`))
    }).pipe(around),
  )

  it.effect("follows a change of the filter like any other change, and is off with the reason when it cannot be used", () =>
    Effect.gen(function* () {
      const { run, say, told, begun } = yield* stage
      yield* run({})
      yield* say([observed(1, "Go")])
      yield* (yield* SourceConfigs).put(config(platform, "all", { options: { include: ["rust"] } }))
      yield* advance("1 second")
      assert.strictEqual(begun(), 2)
      yield* say([observed(2, "Go"), observed(3, "Rust")])
      assert.deepStrictEqual(told(), ["new 1", "new 3"])
      yield* (yield* SourceConfigs).put(config(platform, "all", { options: { sample: 7 } }))
      yield* advance("1 second")
      assert.deepInclude((yield* (yield* Health).all)[0], { state: "off", why: "sample is 7: a number from 0 to 1" })
    }).pipe(around),
  )
})
