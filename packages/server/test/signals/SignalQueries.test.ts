import type { BadRequest } from "@signalflow/domain/api/Access"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { SqlClient } from "effect/sql/SqlClient"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { type SignalQuery, SignalQueries } from "../../src/signals/SignalQueries.ts"
import { insertSignals, type Row } from "../queries/SignalRows.ts"

const T = Date.UTC(2026, 0, 10, 12)
const HOUR = 3_600_000

const database = SignalQueries.layer.pipe(Layer.provide(Reads.layerPrimary), Layer.provideMerge(TestPostgres.layer))

const ids = (query: SignalQuery) =>
  Effect.gen(function* () {
    const page = yield* (yield* SignalQueries).page(query)
    return page.results.map(({ id }) => id)
  })

/** Every page of a query; `between` happens after each. */
const walk = (query: SignalQuery, between: (page: number) => Effect.Effect<void, unknown, SqlClient> = () => Effect.void) =>
  Effect.gen(function* () {
    const queries = yield* SignalQueries
    const seen: Array<string> = []
    let next: string | null = ""
    for (let page = 0; next !== null && page < 100; page++) {
      const answer: { results: ReadonlyArray<{ id: string }>; next: string | null } = yield* queries.page(
        next === "" ? query : { ...query, cursor: next },
      )
      seen.push(...answer.results.map(({ id }) => id))
      next = answer.next
      yield* between(page)
    }
    return seen
  })

describe("the feed", () => {
  it.effect("pages are complete, each signal once, newest first, also where many share a time and while others arrive", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 250 }, (_, n): Row => ({
        id: `bluesky:${String(n).padStart(4, "0")}`,
        at: T - Math.floor(n / 40) * 1_000,
      }))
      yield* insertSignals(rows)
      const expected = rows.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map(({ id }) => id)
      const seen = yield* walk({ page_size: 7 }, (page) => insertSignals([{ id: `bluesky:new${page}`, at: T + page * 1_000 }]))
      assert.deepStrictEqual(seen, expected)
    }).pipe(Effect.provide(database)),
  )

  it.effect("a topic is found in whatever form it is written, and rows of an older form by that form", () =>
    Effect.gen(function* () {
      yield* insertSignals([
        { id: "bluesky:a", at: T - 1, topics: ["pokemon", "#ete"] },
        { id: "bluesky:b", at: T - 2, topics: ["pokémon"] },
      ])
      for (const topic of ["pokemon", "Pokemons", "POKEMON’S", "ｐｏｋｅｍｏｎ", "Poke\u0301mon"])
        assert.deepStrictEqual(yield* ids({ topic }), ["bluesky:a"], topic)
      for (const topic of ["#ete", "#Été", "＃ÉTÉ"]) assert.deepStrictEqual(yield* ids({ topic }), ["bluesky:a"], topic)
      assert.deepStrictEqual(yield* ids({ topic: "pokémon" }), ["bluesky:a", "bluesky:b"])
    }).pipe(Effect.provide(database)),
  )

  it.effect("hidden signals are left out, and every filter narrows alone and together", () =>
    Effect.gen(function* () {
      yield* insertSignals([
        { id: "bluesky:a", at: T - 1, topics: ["chips", "cats"], author: "ann", language: "en", sentiment: "positive" },
        { id: "bluesky:b", at: T - 2, topics: ["cats"], author: "bob", language: "de", hidden: true },
        { id: "reddit:c", at: T - 3, topics: ["chips"], author: "ann", community: "tech", kind: "comment", sentiment: "negative" },
        { id: "hackernews:d", at: T - HOUR, kind: "story", author: "bob", sentiment: "neutral" },
      ])
      assert.deepStrictEqual(yield* ids({}), ["bluesky:a", "reddit:c", "hackernews:d"])
      assert.deepStrictEqual(yield* ids({ platform: "reddit" }), ["reddit:c"])
      assert.deepStrictEqual(yield* ids({ topic: "chips" }), ["bluesky:a", "reddit:c"])
      assert.deepStrictEqual(yield* ids({ author: "ann" }), ["bluesky:a", "reddit:c"])
      assert.deepStrictEqual(yield* ids({ author: "ann", topic: "cats" }), ["bluesky:a"])
      assert.deepStrictEqual(yield* ids({ community: "tech" }), ["reddit:c"])
      assert.deepStrictEqual(yield* ids({ language: "de" }), [])
      assert.deepStrictEqual(yield* ids({ kind: "story" }), ["hackernews:d"])
      assert.deepStrictEqual(yield* ids({ sentiment: "negative" }), ["reddit:c"])
      assert.deepStrictEqual(yield* ids({ since: new Date(T - 3).toISOString() }), ["bluesky:a", "reddit:c"])
      assert.deepStrictEqual(yield* ids({ until: new Date(T - 3).toISOString() }), ["hackernews:d"])
      assert.deepStrictEqual(yield* ids({ author: "' OR 1=1 --" }), [])
    }).pipe(Effect.provide(database)),
  )

  it.effect("hot is the last 24 hours by heat, and its pages look at the same 24 hours", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 60 }, (_, n): Row => ({ id: `bluesky:${n}`, at: -23.5 * HOUR + n, heat: (n % 7) / 7 }))
      yield* insertSignals([...rows, { id: "bluesky:old", at: -25 * HOUR, heat: 1 }])
      const expected = rows.toSorted((a, b) => b.heat! - a.heat! || (a.id < b.id ? 1 : -1)).map(({ id }) => id)
      const seen = yield* walk({ sort: "hot", page_size: 9 }, () => TestClock.adjust("10 minutes"))
      assert.deepStrictEqual(seen, expected)
      assert.isAbove(yield* Clock.currentTimeMillis, HOUR)
    }).pipe(Effect.provide(database)),
  )

  it.effect("a signal is shown as its row says: counts, missing counts, times, sentiment", () =>
    Effect.gen(function* () {
      yield* insertSignals([{ id: "youtube:v", at: T, views: 3_000_000_000, sentiment: "negative", topics: ["a b", 'q"uote'] }])
      const [signal] = (yield* (yield* SignalQueries).page({})).results
      assert.deepInclude(signal, {
        id: "youtube:v",
        views: 3_000_000_000,
        score: null,
        publishedAt: "2026-01-10T12:00:00.000Z",
        velocity: null,
      })
      assert.deepStrictEqual(signal?.sentiment, { compound: -0.5, label: "negative" })
      assert.deepStrictEqual(signal?.topics, ["a b", 'q"uote'])
    }).pipe(Effect.provide(database)),
  )

  it.effect("a cursor of another order, a changed one and a date that is none name their field", () =>
    Effect.gen(function* () {
      yield* insertSignals(Array.from({ length: 5 }, (_, n) => ({ id: `bluesky:${n}`, at: T })))
      const queries = yield* SignalQueries
      const { next } = yield* queries.page({ page_size: 2 })
      for (const query of [{ cursor: next!, sort: "hot" }, { cursor: `${next}x` }, { cursor: "1" }] as ReadonlyArray<SignalQuery>) {
        const error = yield* Effect.flip(queries.page(query))
        assert.strictEqual(error._tag, "BadRequest")
        assert.deepStrictEqual((error as BadRequest).errors?.[0]?.path, ["query", "cursor"])
      }
      const since = yield* Effect.flip(queries.page({ since: "2026-99-99T00:00:00Z" }))
      assert.deepStrictEqual((since as BadRequest).errors?.[0]?.path, ["query", "since"])
    }).pipe(Effect.provide(database)),
  )
})

describe("the feed of 50,000 signals", () => {
  it.effect("every page is read by an index", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* sql`
        INSERT INTO signals (id, platform, kind, community, author, title, body, permalink, language, published_at, observed_at, received_at, counted_at,
          meta, keywords, entities, topics, text_hash, model, trending_score, is_trending, heat)
        SELECT p || ':' || n, p, 'post', 'c' || n % 100, 'author' || n % 3000, 'title', repeat('text ', 40), 'https://example.org', 'en', t, t, t, t,
          '{}', '{}', '{}', ARRAY['topic' || n % 500, 'all'], '', 0, 0, false, random()
        FROM generate_series(1, 50000) n, LATERAL (SELECT (ARRAY['bluesky','bluesky','hackernews'])[1 + n % 3] AS p,
          timestamptz '2026-01-10 12:00Z' - n * interval '5 seconds' AS t) x`
      yield* sql`ANALYZE signals`
      const plan = (query: string) =>
        Effect.map(sql.unsafe<Record<string, string>>(`EXPLAIN SELECT id FROM signals WHERE NOT hidden AND ${query} LIMIT 51`), (rows) =>
          rows.map((row) => row["QUERY PLAN"]).join("\n"),
        )
      const byTime = "ORDER BY counted_at DESC, id DESC"
      const after = "(counted_at, id) < (timestamptz 'epoch' + 1768000000000000::bigint * interval '1 microsecond', 'bluesky:1')"
      const cases = [
        [`true ${byTime}`, "signals_feed"],
        [`${after} ${byTime}`, "signals_feed"],
        [`platform = 'hackernews' AND ${after} ${byTime}`, "signals_platform_feed"],
        [`topics @> ARRAY['topic7']::text[] ${byTime}`, "signals_topics"],
        [`topics @> ARRAY['all']::text[] ${byTime}`, "signals_feed"],
        [`platform = 'bluesky' AND author = 'author7' ${byTime}`, "signals_author"],
        [`author = 'author7' ${byTime}`, "signals_author"],
        [`counted_at >= timestamptz '2026-01-09 12:00Z' ORDER BY heat DESC, id DESC`, "signals_"],
      ] as const
      for (const [query, index] of cases) {
        const text = yield* plan(query)
        assert.include(text, index, text)
        assert.notInclude(text, "Seq Scan", text)
      }
    }).pipe(Effect.provide(database)),
  )
})
