import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { Effect, Layer, Stream } from "effect"
import { until } from "../../../domain/test/Received.ts"
import { sourceConfig, suite } from "../../../domain/test/SourceConfigsSuite.ts"
import * as PgSourceConfigs from "../../src/postgres/PgSourceConfigs.ts"
import * as TestPostgres from "../TestPostgres.ts"

suite("PostgreSQL", PgSourceConfigs.layer({ pollEvery: "1 hour" }).pipe(Layer.provide(TestPostgres.layer)))

it.effect("SourceConfigs (PostgreSQL) removes a target with its positions, and a platform's own with its last target", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const configs = yield* SourceConfigs
    const targets = sql<{ target: string }>`SELECT target FROM source_cursors ORDER BY target`
    const left = Effect.map(targets, (rows) => rows.map(({ target }) => target))
    for (const target of ["r/a", "r/ab"]) yield* configs.put(sourceConfig("reddit", target))
    for (const target of ["r/a", "r/a#tracked", "r/ab", "r/ab#chosen", "warm-start", "quota"])
      yield* sql`INSERT INTO source_cursors (platform, target, position, updated_at) VALUES ('reddit', ${target}, '{}', now())`
    yield* configs.remove("reddit", "r/a")
    assert.deepStrictEqual(yield* left, ["quota", "r/ab", "r/ab#chosen", "warm-start"])
    yield* configs.remove("reddit", "r/ab")
    assert.deepStrictEqual(yield* left, ["quota"])
  }).pipe(Effect.provide(PgSourceConfigs.layer({ pollEvery: "1 hour" }).pipe(Layer.provideMerge(TestPostgres.layer)))),
)

const followed = Effect.gen(function* () {
  const configs = yield* SourceConfigs
  const seen: Array<string> = []
  yield* configs.changes.pipe(
    Stream.runForEach((list) => Effect.sync(() => seen.push(list.map(({ target }) => target).join(" ")))),
    Effect.forkScoped,
  )
  yield* until(() => seen.length > 0)
  return seen
})

it.live("SourceConfigs (PostgreSQL) finds what was written by hand, and leaves out a row that means nothing", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const seen = yield* followed
    yield* sql`INSERT INTO source_configs (platform, target, tier, interval_ms) VALUES ('reddit', 'r/ok', 'fast', NULL), ('Not A Slug', 'x', 'fast', NULL), ('reddit', 'r/often', 'fast', 5)`
    yield* until(() => seen.at(-1) === "r/ok")
    assert.strictEqual((yield* (yield* SourceConfigs).list).length, 1)
  }).pipe(Effect.scoped, Effect.provide(PgSourceConfigs.layer({ pollEvery: "20 millis" }).pipe(Layer.provideMerge(TestPostgres.layer)))),
)

it.live("SourceConfigs (PostgreSQL) follows changes again after its connections were cut", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const configs = yield* SourceConfigs
    const seen = yield* followed
    yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
    yield* configs.put(sourceConfig("reddit", "r/after"))
    yield* until(() => seen.at(-1) === "r/after")
  }).pipe(Effect.scoped, Effect.provide(PgSourceConfigs.layer({ pollEvery: "1 hour" }).pipe(Layer.provideMerge(TestPostgres.layer)))),
)
