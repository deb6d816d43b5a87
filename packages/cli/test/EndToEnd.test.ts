import { assert, describe, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { LiveSubscriber, layerMemory as liveMemory } from "@signalflow/domain/live/LiveFeed"
import type { LiveEntry } from "@signalflow/domain/live/LiveFrame"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import * as SignalBusMemory from "@signalflow/domain/bus/SignalBusMemory"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import { Cursors } from "@signalflow/ingest/stores/Cursors"
import { FrameSocket } from "@signalflow/ingest/upstream/FrameSocket"
import { Health } from "@signalflow/ingest/health/SourceHealth"
import * as Ingestion from "@signalflow/ingest/Ingestion"
import { hackerNews } from "@signalflow/ingest/sources/hackernews/HackerNews"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import * as Aggregation from "@signalflow/process/trends/Aggregation"
import { DeadLetters } from "@signalflow/process/deadletters/DeadLetters"
import * as PgSignalStore from "@signalflow/process/store/PgSignalStore"
import * as Pipeline from "@signalflow/process/pipeline/Pipeline"
import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { json, scripted } from "../../ingest/test/Harness.ts"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"

/** Steps of virtual time after which what is waited for must have happened. */
const PATIENCE = 400

const layers = Layer.mergeAll(PgSignalStore.layer, DeadLetters.layer, Cursors.layer, Health.layer).pipe(
  Layer.provideMerge(TestPostgres.layer),
  Layer.provideMerge(
    Layer.mergeAll(
      SignalBusMemory.layerMemory,
      liveMemory,
      VelocityCache.layerMemory,
      SourceConfigs.layerMemory,
      Readiness.layer,
      Metrics.layerTest,
      FrameSocket.layer,
      Settings.layerWith({ WARM_START_HOURS: 0 }),
    ),
  ),
)

/** Virtual time goes on in quarters of a second; each look at the database lets real I/O finish. */
const until = <E, R>(holds: Effect.Effect<boolean, E, R>) =>
  Effect.gen(function* () {
    for (let step = 0; step < PATIENCE; step++) {
      if (yield* holds) return
      yield* TestClock.adjust("250 millis")
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
    assert.fail(`it did not happen within ${PATIENCE} steps`)
  })

describe("from upstream to the live frame", () => {
  it.effect("a scripted upstream becomes rows, windows and frames; a deleted item leaves all three", () => {
    const upstream = { max: 100, items: {} as Record<number, unknown>, changed: [] as Array<number> }
    const http = scripted(({ pathname }) => {
      if (pathname === "/v0/maxitem.json") return json(upstream.max)
      if (pathname === "/v0/updates.json") return json({ items: upstream.changed, profiles: [] })
      const item = /^\/v0\/item\/(\d+)\.json$/.exec(pathname)?.[1]
      return json(item === undefined ? [] : (upstream.items[Number(item)] ?? null))
    })
    return Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* SignalConsumer
      const live = yield* LiveSubscriber
      const frames: Array<LiveEntry> = []
      yield* bus.register(Pipeline.subscription)
      yield* live.entries().pipe(
        Stream.runForEach((chunk) => Effect.sync(() => "length" in chunk && frames.push(...chunk))),
        Effect.forkScoped,
      )
      yield* Effect.forkScoped(Pipeline.run)
      yield* Effect.forkScoped(Ingestion.runWith([hackerNews]))
      yield* until(Effect.map(sql`select 1 from source_cursors`, (rows) => rows.length > 0))

      upstream.items = {
        101: {
          id: 101,
          type: "story",
          by: "ada",
          time: 1,
          title: "Amazing new #compiler",
          url: "https://example.org/a",
          score: 3,
          descendants: 1,
        },
        102: { id: 102, type: "comment", by: "bob", parent: 101, time: 2, text: "I hate this #compiler <p>Horrible &amp; slow" },
      }
      upstream.max = 102
      const signals = sql<{ id: string; score: number | null; body: string; sentiment_label: string; velocity: number | null }>`
        select id, score, body, sentiment_label, score_velocity as velocity from signals order by id`
      yield* until(Effect.map(signals, (rows) => rows.length === 2))
      assert.deepStrictEqual(yield* signals, [
        { id: "hackernews:101", score: 3, body: "", sentiment_label: "positive", velocity: null },
        {
          id: "hackernews:102",
          score: null,
          body: "I hate this #compiler\n\nHorrible & slow",
          sentiment_label: "negative",
          velocity: null,
        },
      ])

      yield* Aggregation.round
      const window = sql<{ signals: number; authors: number; n: number }>`
        select signals, authors, sentiment_n as n from topic_timeseries where topic = '#compiler' and platform = 'hackernews'`
      assert.deepStrictEqual(yield* window, [{ signals: 2, authors: 2, n: 2 }])
      assert.deepStrictEqual(
        frames.map(({ offset }) => offset),
        [1, 2],
      )
      assert.deepStrictEqual(frames.map(({ item }) => (item._tag === "Signal" ? item.signal.id : "")).sort(), [
        "hackernews:101",
        "hackernews:102",
      ])

      upstream.items[101] = { id: 101, type: "story", by: "ada", time: 1, title: "Amazing new #compiler", score: 63, descendants: 1 }
      upstream.items[102] = { id: 102, type: "comment", parent: 101, time: 2, deleted: true }
      upstream.changed = [101, 102]
      yield* until(Effect.map(signals, (rows) => rows.length === 1 && rows[0]!.score === 63))
      assert.isAbove((yield* signals)[0]!.velocity!, 0)
      yield* Aggregation.round
      assert.deepStrictEqual(yield* window, [{ signals: 1, authors: 1, n: 1 }])
      assert.deepStrictEqual(
        frames
          .slice(2)
          .map(({ item }) => (item._tag === "Signal" ? `${item.signal.id} ${item.signal.score}` : `${item._tag} ${item.id}`))
          .sort(),
        ["Removed hackernews:102", "hackernews:101 63"],
      )
    }).pipe(Effect.scoped, Effect.provide(layers), Effect.provide(http.layer))
  })
})
