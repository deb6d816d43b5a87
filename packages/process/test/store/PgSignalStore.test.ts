import { assert, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Layer } from "effect"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { decide, scopeOf } from "../../src/pipeline/Decide.ts"
import * as PgSignalStore from "../../src/store/PgSignalStore.ts"
import { readerOf } from "../../src/reading/LazyReading.ts"
import { emptySnapshot } from "../../src/reading/Reading.ts"
import { emptyReference } from "../../src/scoring/Heat.ts"
import { SignalStore } from "../../src/store/SignalStore.ts"
import { NOON, observed, removedAuthor, removedSignal } from "../events.ts"

const thresholds = { velocityHigh: 50, velocityLow: 10, sentimentMin: 0.5, commentMin: 100 }

const write = (fields: Parameters<typeof observed>[0]) =>
  Effect.gen(function* () {
    const store = yield* SignalStore
    const event = observed(fields)
    const batch = [{ event, receivedAt: NOON, reading: readerOf(emptySnapshot)(event.signal) }]
    return yield* store.transact(scopeOf(batch), decide(batch, { thresholds, heat: emptyReference, authorKey: store.authorKey }))
  })

const layer = PgSignalStore.layer.pipe(Layer.provideMerge(TestPostgres.layerWith({ poolSize: 1 })))

it.effect("a column that a migration adds under a running program changes nothing for it", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* write({ id: "1" })
    yield* sql`alter table signals add column later text`
    yield* sql`alter table removals add column later text`
    yield* write({ id: "1", observedAt: NOON + 1_000 })
  }).pipe(Effect.provide(layer)),
)

it.effect("a value that can never be stored is told from a schema that is wrong, which is a bug (guarantee 5)", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const ofData = yield* Effect.flip(write({ id: "1", score: 2 ** 40 }))
    assert.deepInclude(ofData, { transient: false, ofData: true })
    yield* sql`alter table signals rename column heat to warmth`
    const bug = yield* Effect.flip(write({ id: "2" }))
    assert.deepInclude(bug, { transient: false, ofData: false })
  }).pipe(Effect.provide(layer)),
)

it.effect("the content of stored signals is read only where something is removed or restored", () =>
  Effect.gen(function* () {
    const store = yield* SignalStore
    yield* write({ id: "1", title: "As stored" })
    const titles = (isWhole: boolean) =>
      store.transact({ ids: ["hackernews:1"], authors: [], targets: [], isWhole }, ({ signals }) => ({
        changes: { upserts: [], history: [], deletes: [], tombstones: [], lifted: [], marks: [], changed: [] },
        titles: [...signals.values()].map(({ signal }) => (signal as { title?: string }).title),
      }))
    assert.deepStrictEqual((yield* titles(true)).titles, ["As stored"])
    assert.deepStrictEqual((yield* titles(false)).titles, [undefined])

    const gone = removedSignal("1", "deleted", NOON)
    const batch = [{ event: gone, receivedAt: NOON, reading: null }]
    const careless = store.transact(
      { ...scopeOf(batch), isWhole: false },
      decide(batch, { thresholds, heat: emptyReference, authorKey: store.authorKey }),
    )
    assert.match(String(yield* Effect.exit(careless)), /without its content/)
  }).pipe(Effect.provide(layer)),
)

it.effect("a partition that another process made at the same moment is found when it is tried again", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`alter function ensure_history_partition(date) rename to made_just_now`
    yield* sql`create function ensure_history_partition(day date) returns void language plpgsql as $$
      begin raise exception 'relation "signal_metrics_history_x" already exists' using errcode = '42P07'; end $$`
    assert.deepInclude(yield* Effect.flip(write({ id: "1" })), { transient: true, ofData: false })
    yield* sql`drop function ensure_history_partition(date)`
    yield* sql`alter function made_just_now(date) rename to ensure_history_partition`
    yield* write({ id: "1" })
  }).pipe(Effect.provide(layer)),
)

it.effect("tombstones name neither signals nor authors, also those of earlier versions, and hold all the same (guarantee 4)", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`insert into removals (target_kind, target, platform, kind, at, why) select 'signal', 'hackernews:early' || n, 'hackernews', 'deleted', now(), 'test'
      from generate_series(1, 2500) n`
    yield* sql`insert into removals (target_kind, target, platform, kind, at, why) values ('signal', 'hackernews:hidden', 'hackernews', 'hidden', ${new Date(NOON)}, 'test')`
    yield* Effect.gen(function* () {
      const store = yield* SignalStore
      const gone = removedSignal("late", "deleted", NOON)
      const batch = [{ event: gone, receivedAt: NOON, reading: null }]
      yield* store.transact(scopeOf(batch), decide(batch, { thresholds, heat: emptyReference, authorKey: store.authorKey }))
      const rows = yield* sql<{ target: string }>`select target from removals`
      assert.strictEqual(rows.length, 2_502)
      for (const { target } of rows) assert.match(target, /^[0-9a-f]{64}$/)
      for (const id of ["early1", "early2500", "late"]) assert.strictEqual((yield* write({ id })).dropped.get("removed"), 1)
      const lifted = yield* write({ id: "hidden", observedAt: NOON + 1 })
      assert.strictEqual(lifted.changes.lifted.length, 1)
      assert.strictEqual((yield* sql`select from removals`).length, 2_501)
    }).pipe(Effect.provide(PgSignalStore.layer))
  }).pipe(Effect.provide(TestPostgres.layer)),
)

it.effect("the name of an author goes with the author (guarantee 4)", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const store = yield* SignalStore
    yield* sql`insert into author_names (platform, author, name, at) values ('hackernews', 'ada', 'ada.example', now()), ('hackernews', 'eve', 'eve.example', now())`
    const batch = [{ event: removedAuthor("ada", "deleted", NOON), receivedAt: NOON, reading: null }]
    yield* store.transact(scopeOf(batch), decide(batch, { thresholds, heat: emptyReference, authorKey: store.authorKey }))
    assert.deepStrictEqual(yield* sql`select name from author_names`, [{ name: "eve.example" }])
  }).pipe(Effect.provide(layer)),
)
