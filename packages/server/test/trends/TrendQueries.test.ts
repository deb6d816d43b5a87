import { assert, describe, it } from "@effect/vitest"
import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { TrendQueries } from "../../src/trends/TrendQueries.ts"

const database = TrendQueries.layer.pipe(Layer.provide(Reads.layerPrimary), Layer.provideMerge(TestPostgres.layer))

const trend = (topic: string, fields: Partial<TrendingTopic> = {}): TrendingTopic => ({
  topic,
  label: topic,
  state: "rising",
  observed: 81,
  expected: 2.1,
  ratio: 38.6,
  surprise: 9.2,
  windowMinutes: 60,
  since: "2026-01-10T11:00:00.000Z",
  signals24h: 391,
  sentiment: -0.41,
  sentimentN: 214,
  platforms: [{ platform: "hackernews", arrivedAt: null, observed: 3, expected: 0.2 }],
  sparkline: [1, null, 3],
  examples: ["hackernews:1"],
  ...fields,
})

const store = (rank: number, topic: string, value: unknown) =>
  Effect.flatMap(
    SqlClient,
    (sql) =>
      sql`INSERT INTO topic_trends (topic, rank, as_of, trend) VALUES (${topic}, ${rank}, '2026-01-10 12:00Z', ${JSON.stringify(value)}::jsonb)`,
  )

const storeOf = (platform: string, rank: number, topic: string, value: unknown) =>
  Effect.flatMap(
    SqlClient,
    (sql) =>
      sql`INSERT INTO platform_trends (platform, topic, rank, as_of, trend)
        VALUES (${platform}, ${topic}, ${rank}, '2026-01-10 12:00Z', ${JSON.stringify(value)}::jsonb)`,
  )

describe("trending", () => {
  it.effect("before the first aggregation there is no ranking, and it says so", () =>
    Effect.gen(function* () {
      const { trending } = yield* TrendQueries
      assert.deepStrictEqual(yield* trending({}), { asOf: null, historyHours: 0, historyNeededHours: 24, results: [] })
    }).pipe(Effect.provide(database)),
  )

  it.effect("the ranking comes in order, by state and platform too, with the history that it rests on", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const { trending } = yield* TrendQueries
      yield* sql`INSERT INTO platform_timeseries
        SELECT 'bluesky', bucket, 5, 4 FROM generate_series('2026-01-10 06:00Z'::timestamptz, '2026-01-10 11:45Z', '15 minutes') AS bucket
        UNION ALL VALUES ('bluesky', '2025-01-10 07:15Z'::timestamptz, 1, 1), ('hackernews', '2026-01-10 07:15Z'::timestamptz, 5, 4)`
      const both = [
        { platform: "bluesky", arrivedAt: "2026-01-10T11:00:00.000Z", observed: 5, expected: 1 },
        { platform: "hackernews", arrivedAt: null, observed: 1, expected: 1 },
      ]
      yield* store(2, "cats", trend("cats", { state: "steady", ratio: null, surprise: null }))
      yield* store(1, "chips", trend("chips", { platforms: both }))
      yield* store(3, "x", trend("x", { state: "cooling" }))
      yield* storeOf("bluesky", 1, "chips", trend("chips", { platforms: both.slice(0, 1), observed: 5, expected: 1, ratio: 5 }))
      yield* storeOf("hackernews", 1, "compilers", trend("compilers"))
      const all = yield* trending({})
      assert.deepStrictEqual(
        all.results.map(({ topic }) => topic),
        ["chips", "cats", "x"],
      )
      assert.deepStrictEqual(all.results[0], trend("chips", { platforms: both }))
      assert.strictEqual(all.asOf, "2026-01-10T12:00:00.000Z")
      assert.strictEqual(all.historyHours, 6.25)
      assert.strictEqual((yield* trending({ platform: "hackernews" })).historyHours, 0.25)
      const names = (query: Parameters<typeof trending>[0]) =>
        Effect.map(trending(query), ({ results }) => results.map(({ topic }) => topic))
      assert.deepStrictEqual(yield* names({ state: "steady" }), ["cats"])
      assert.deepStrictEqual(yield* names({ platform: "bluesky" }), ["chips"])
      assert.deepStrictEqual(yield* names({ platform: "hackernews" }), ["compilers"])
      assert.deepStrictEqual(yield* names({ platform: "bluesky", state: "steady" }), [])
      assert.deepInclude((yield* trending({ platform: "bluesky" })).results[0], { observed: 5, expected: 1, ratio: 5 })
      assert.deepStrictEqual(yield* names({ page_size: 1 }), ["chips"])
      assert.deepStrictEqual(yield* names({ platform: "' OR true --" }), [])
    }).pipe(Effect.provide(database)),
  )

  it.effect("a trend that cannot be read costs itself alone", () =>
    Effect.gen(function* () {
      const { trending } = yield* TrendQueries
      yield* store(1, "broken", { topic: "broken", observed: "many" })
      yield* store(2, "cats", trend("cats"))
      assert.deepStrictEqual(
        (yield* trending({})).results.map(({ topic }) => topic),
        ["cats"],
      )
    }).pipe(Effect.provide(database)),
  )
})
