import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { matches } from "@signalflow/domain/query/Matches"
import { allOf, and, field, not, or, type Query, range, text } from "@signalflow/domain/query/Query"
import { rowToStored, type SignalRow, columnsOf } from "@signalflow/platform/postgres/SignalTable"
import { Effect } from "effect"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { conditionsOf } from "../../src/signals/QuerySql.ts"
import { insertSignals, type Row } from "../queries/SignalRows.ts"

const T = Date.UTC(2026, 10, 22)
const pick = <A>(n: number, of: ReadonlyArray<A>): A => of[n % of.length]!

const platforms = ["bluesky", "reddit", "hackernews"]
const kinds = ["post", "story", "comment"]
const people = [null, "ada", "o'brien; --"]
const places = [null, "news", "über"]
const languages = [null, "en", "de"]
const topics = ["rust", "café", "Old Form", '"quoted"', "{a,b}"]
const moods = [null, "positive", "neutral", "negative"] as const

const rows: ReadonlyArray<Row> = Array.from({ length: 300 }, (_, n) => ({
  id: `${pick(n, platforms)}:${n}`,
  kind: pick(n * 7 + 1, kinds),
  author: pick(n >> 1, people),
  community: pick(n >> 2, places),
  language: pick(n >> 3, languages),
  sentiment: pick(n * 5, moods),
  topics: topics.filter((_, i) => ((n >> i) & 1) === 1),
  heat: (n % 10) / 10,
  views: n % 4 === 0 ? null : n,
  at: T + n * 60_000,
}))

/** The same numbers in every run. */
const random = (() => {
  let state = 11
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
})()

const some = (values: ReadonlyArray<string>) => Array.from({ length: random(3) }, () => pick(random(99), [...values, "none such"]))
const leaves: ReadonlyArray<() => Query> = [
  () => field("platform", ...some(platforms)),
  () => field("kind", ...some(kinds)),
  () => field("author", ...some(["ada", "o'brien; --"])),
  () => field("community", ...some(["news", "über"])),
  () => field("language", ...some(["en", "de"])),
  () => field("topic", ...some([...topics, "Rust", "#rust"])),
  () => field("sentiment", ...some(["positive", "negative"])),
  () => range("time", T + random(300) * 60_000, T + random(300) * 60_000),
  () => range(pick(random(9), ["heat", "views", "score"] as const), random(2) === 0 ? undefined : random(3), undefined),
]
const queryOf = (depth: number): Query => {
  const kind = depth === 0 ? 0 : random(5)
  const parts = () => Array.from({ length: random(4) }, () => queryOf(depth - 1))
  if (kind <= 1) return pick(random(99), leaves)()
  return kind === 2 ? and(...parts()) : kind === 3 ? or(...parts()) : not(queryOf(depth - 1))
}

const asked = (query: Query) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { where, exact } = conditionsOf(sql, query)
    const found = yield* sql<{ id: string }>`SELECT id FROM signals WHERE ${sql.and([sql`TRUE`, ...where])} ORDER BY id COLLATE "C"`
    return { ids: found.map(({ id }) => id), exact }
  })

const stored = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  yield* insertSignals(rows)
  const all = yield* sql<SignalRow>`SELECT ${sql.literal(columnsOf())} FROM signals ORDER BY id COLLATE "C"`
  return all.map(rowToStored).map(({ signal }) => signal)
})

describe("a query as SQL", () => {
  it.live("finds what `matches` finds, for any query of fields and ranges", () =>
    Effect.gen(function* () {
      const signals = yield* stored
      let telling = 0
      for (let run = 0; run < 400; run++) {
        const query = queryOf(3)
        const { ids, exact } = yield* asked(query)
        assert.isTrue(exact)
        const meant = signals.filter(matches(query)).map(({ id }) => String(id))
        assert.deepStrictEqual(ids, meant, JSON.stringify(query))
        if (meant.length > 0 && meant.length < signals.length) telling++
      }
      assert.isAbove(telling, 100)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("finds at least what `matches` finds where words are asked for, and says that it is not exact", () =>
    Effect.gen(function* () {
      const signals = yield* stored
      for (const query of [
        text("title"),
        not(text("nothing")),
        or(text("42"), field("platform", "reddit")),
        and(text("title"), field("kind", "post")),
      ]) {
        const { ids, exact } = yield* asked(query)
        assert.isFalse(exact)
        const found = new Set(ids)
        for (const { id } of signals.filter(matches(query))) assert.isTrue(found.has(id), JSON.stringify(query))
      }
      const { ids } = yield* asked(and(text("title"), field("kind", "post")))
      assert.isBelow(ids.length, signals.length)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("asks for the filters of a request as they always were asked for: the shape that its indexes serve", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const all = { platform: "p", community: "c", author: "a", topic: "Rust", language: "en", kind: "post", sentiment: "neutral" }
      const textOf = (query: Query) =>
        sql`${sql.and([sql`NOT hidden`, ...conditionsOf(sql, query).where])}`.compile()[0].replace(/\s+/g, " ")
      assert.strictEqual(
        textOf(and(allOf(all), range("time", 0, 1))),
        "(NOT hidden AND platform = $1 AND community = $2 AND author = $3 AND topics && ARRAY[$4, $5]::text[] AND language = $6 AND kind = $7 AND sentiment_label = $8 AND counted_at >= $9 AND counted_at < $10)",
      )
      assert.strictEqual(textOf(allOf({ topic: "rust" })), "(NOT hidden AND topics @> ARRAY[$1]::text[])")
    }).pipe(Effect.provide(TestPostgres.layer)),
  )
})
