import { assert, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Settings } from "@signalflow/domain/settings/Settings"
import { Effect, Layer } from "effect"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { decide, scopeOf } from "../../src/pipeline/Decide.ts"
import * as PgSignalStore from "../../src/store/PgSignalStore.ts"
import { readerOf } from "../../src/reading/LazyReading.ts"
import { emptySnapshot } from "../../src/reading/Reading.ts"
import * as Retention from "../../src/retention/Retention.ts"
import { emptyReference } from "../../src/scoring/Heat.ts"
import { SignalStore } from "../../src/store/SignalStore.ts"
import { NOON, observed } from "../events.ts"

const DAY = 86_400_000
const thresholds = { velocityHigh: 50, velocityLow: 10, sentimentMin: 0.5, commentMin: 100 }

it.effect("what is older than RETENTION_DAYS goes, history by partition, and nothing younger", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const store = yield* SignalStore
    const batch = [0, 9, 10, 11, 40].map((days) => {
      const event = observed({ id: `${days}`, publishedAt: NOON - days * DAY, observedAt: NOON - days * DAY })
      return { event, receivedAt: NOON, reading: readerOf(emptySnapshot)(event.signal) }
    })
    yield* store.transact(scopeOf(batch), decide(batch, { thresholds, heat: emptyReference, authorKey: store.authorKey }))
    assert.strictEqual(yield* Retention.sweep(NOON + 1), 3)
    const rows = yield* sql<{ id: string }>`select id from signals order by counted_at`
    assert.deepStrictEqual(
      rows.map(({ id }) => id),
      ["hackernews:9", "hackernews:0"],
    )
    const history = yield* sql<{ id: string }>`select signal_id as id from signal_metrics_history order by observed_at`
    assert.deepStrictEqual(
      history.map(({ id }) => id),
      ["hackernews:10", "hackernews:9", "hackernews:0"],
    )
    assert.strictEqual(yield* Retention.sweep(NOON + 1), 0)
  }).pipe(
    Effect.provide(
      Layer.mergeAll(PgSignalStore.layer, Settings.layerWith({ RETENTION_DAYS: 10 })).pipe(Layer.provideMerge(TestPostgres.layer)),
    ),
  ),
)

it.effect("positions go with their source, and those that nobody moved for RETENTION_DAYS; a quota stays", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`insert into source_configs (platform, target, tier) values ('reddit', 'news', 'fast'), ('reddit', 'old', 'fast')`
    const store = (target: string, days: number) =>
      sql`insert into source_cursors (platform, target, position, updated_at) values ('reddit', ${target}, '{}', ${new Date(NOON - days * DAY)})`
    for (const [target, days] of [
      ["news", 1],
      ["news#tracked", 1],
      ["gone", 1],
      ["old", 11],
      ["warm-start", 11],
      ["quota", 11],
    ] as const)
      yield* store(target, days)
    yield* Retention.sweep(NOON)
    const left = yield* sql<{ target: string }>`select target from source_cursors order by target`
    assert.deepStrictEqual(
      left.map(({ target }) => target),
      ["news", "news#tracked", "quota", "warm-start"],
    )
  }).pipe(Effect.provide(Layer.mergeAll(Settings.layerWith({ RETENTION_DAYS: 10 }), TestPostgres.layer))),
)

it.effect("tombstones go when no source can send again what they are of, and not before", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const ago = (days: number) => new Date(NOON - days * DAY)
    const last = 10 + Retention.TOMBSTONE_DAYS
    yield* sql`insert into removals (target_kind, target, platform, kind, at, why, restored_at) values
      ('signal', 'old', 'reddit', 'deleted', ${ago(last + 1)}, '', null), ('signal', 'young', 'reddit', 'deleted', ${ago(last - 1)}, '', null),
      ('author', 'restored', 'reddit', 'deleted', ${ago(last + 1)}, '', ${ago(1)})`
    yield* Retention.sweep(NOON)
    const left = yield* sql<{ target: string }>`select target from removals order by target`
    assert.deepStrictEqual(
      left.map(({ target }) => target),
      ["restored", "young"],
    )
  }).pipe(Effect.provide(Layer.mergeAll(Settings.layerWith({ RETENTION_DAYS: 10 }), TestPostgres.layer))),
)

it.effect("YouTube's signals go after 30 days with their history, whatever others are kept", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const store = yield* SignalStore
    const batch = ["youtube", "hackernews"].flatMap((platform) =>
      [29, 31].map((days) => {
        const event = observed({ id: `${days}`, platform, publishedAt: NOON - days * DAY, observedAt: NOON - days * DAY })
        return { event, receivedAt: NOON, reading: readerOf(emptySnapshot)(event.signal) }
      }),
    )
    yield* store.transact(scopeOf(batch), decide(batch, { thresholds, heat: emptyReference, authorKey: store.authorKey }))
    for (const [index, id] of ["youtube:29", "youtube:31", "hackernews:31"].entries())
      yield* sql`insert into dlq_events (topic, partition, "offset", key, payload, headers, error_class, error, first_failed_at, last_failed_at)
        values ('signals.normalised', 0, ${index}, ${id}, '{', '{}', 'validation', 'x', ${new Date(NOON - Number(id.slice(-2)) * DAY)}, ${new Date(NOON)})`
    assert.strictEqual(yield* Retention.sweep(NOON + 1), 1)
    assert.deepStrictEqual(
      (yield* sql<{ key: string }>`select key from dlq_events order by key`).map(({ key }) => key),
      ["hackernews:31", "youtube:29"],
    )
    const kept = ["hackernews:29", "hackernews:31", "youtube:29"]
    assert.deepStrictEqual(
      (yield* sql<{ id: string }>`select id from signals order by id`).map(({ id }) => id),
      kept,
    )
    assert.deepStrictEqual(
      (yield* sql<{ id: string }>`select signal_id as id from signal_metrics_history order by id`).map(({ id }) => id),
      kept,
    )
  }).pipe(
    Effect.provide(
      Layer.mergeAll(PgSignalStore.layer, Settings.layerWith({ RETENTION_DAYS: 90 })).pipe(Layer.provideMerge(TestPostgres.layer)),
    ),
  ),
)
