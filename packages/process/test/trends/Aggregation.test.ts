import { assert, describe, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { layerMemory } from "@signalflow/domain/bus/SignalBusMemory"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Duration, Effect, Fiber, Layer, Schedule } from "effect"
import { retryTransient } from "../../../platform/test/retryTransient.ts"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { fitted, pause, round, run } from "../../src/trends/Aggregation.ts"
import { mark, type SignalRow, write } from "./SignalRows.ts"
import { world } from "./SyntheticWorld.ts"

const until = <A, E, R>(what: Effect.Effect<A, E, R>, isSo: (value: A) => boolean) =>
  what.pipe(Effect.repeat({ until: isSo, schedule: Schedule.spaced("20 millis") }), Effect.timeout("15 seconds"))

const layers = (every: Duration.Input = "50 millis") =>
  Layer.mergeAll(TestPostgres.layer, layerMemory, Readiness.layer, Settings.layerWith({ AGGREGATE_EVERY: Duration.fromInputUnsafe(every) }))

const add = (rows: ReadonlyArray<SignalRow>) =>
  Effect.andThen(write(rows), mark(rows.map(({ platform, countedAt }) => ({ platform, at: countedAt }))))

const one = (id: number, at: number): SignalRow => ({
  id: `bluesky:${id}`,
  platform: "bluesky",
  author: `author ${id}`,
  text: `text ${id}`,
  topics: ["rust"],
  countedAt: at,
  sentiment: 0.5,
  hidden: false,
  heat: 0,
  score: null,
})

const counted = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [row] = yield* sql<{ signals: bigint; marks: bigint; runs: bigint }>`
    select (select coalesce(sum(signals), 0) from topic_timeseries where topic = 'rust') as signals,
      (select count(*) from touched_windows) as marks, (select count(*) from pipeline_runs where program = 'aggregate') as runs`
  return { signals: Number(row!.signals), marks: Number(row!.marks), runs: Number(row!.runs) }
})

const state = Effect.gen(function* () {
  const readiness = yield* Readiness
  return (yield* readiness.all).find(({ name }) => name === "aggregation")
})

/** As a restart of the server does. */
const cutAllConnections = Effect.gen(function* () {
  const { host, port, username, password, database } = yield* TestPostgres.TestPostgres
  yield* Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database} and pid <> pg_backend_pid()`
  }).pipe(Effect.provide(Postgres.layer({ host, port, username, password, database, poolSize: 1 })))
})

describe("Aggregation", () => {
  it.live("a round computes every marked window, then ranks", () =>
    Effect.gen(function* () {
      const end = Date.now()
      const planted = [{ topic: "chip export", perBucket: 15, begins: { bluesky: 60 }, minutes: 60 }]
      yield* add(world({ seed: 1, end, days: 2, signals: 6_000, planted }))
      const done = yield* round
      assert.isAtLeast(done.buckets, 300)
      assert.strictEqual(done.rising, 1)
      assert.strictEqual((yield* counted).marks, 0)
      const sql = yield* PgClient.PgClient
      const [first] = yield* sql<{ topic: string; as_of: Date }>`select topic, as_of from topic_trends order by rank limit 1`
      assert.strictEqual(first!.topic, "chip export")
      assert.isAbove(first!.as_of.getTime(), end - 10 * 60_000)
      assert.deepInclude(yield* round, { buckets: 0, written: 0, deleted: 0, rising: 1 })
    }).pipe(Effect.provide(layers())),
  )

  it.live("runs round after round, keeps the last 1,000 runs and says that it is ready", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`insert into pipeline_runs (program, started_at, finished_at)
        select 'aggregate', now() - n * interval '1 minute', now() from generate_series(1, 1500) n`
      yield* sql`insert into pipeline_runs (program, started_at) values ('retention', now() - interval '3 days')`
      yield* add([one(1, Date.now())])
      const fiber = yield* Effect.forkChild(run)
      yield* until(counted, ({ signals, marks, runs }) => signals === 1 && marks === 0 && runs === 1_000)
      yield* add([one(2, Date.now())])
      yield* until(counted, ({ signals }) => signals === 2)
      assert.deepInclude(yield* state, { state: "ok", why: null })
      yield* Fiber.interrupt(fiber)
      const [kept] = yield* sql<{
        n: bigint
        detail: { marks: number }
      }>`select count(*) as n from pipeline_runs where program = 'retention'`
      assert.strictEqual(kept!.n, 1n)
      const [latest] = yield* sql<{ detail: { topics: number } }>`
        select detail from pipeline_runs where program = 'aggregate' order by started_at desc limit 1`
      assert.strictEqual(latest!.detail.topics, 0)
    }).pipe(Effect.provide(layers())),
  )

  it.live("goes on after every connection was cut, and loses no mark", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(run)
      for (let i = 1; i <= 5; i++) {
        yield* add([one(i, Date.now())]).pipe(retryTransient(() => Effect.void))
        yield* cutAllConnections
        yield* until(counted.pipe(retryTransient(() => Effect.void)), ({ signals, marks }) => signals === i && marks === 0)
      }
      yield* until(state, (known) => known?.state === "ok")
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(layers())),
  )

  it.live("says why while the database does not answer, and ends at what time does not heal", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* add([one(1, Date.now())])
      const held = yield* Effect.forkChild(
        sql.withTransaction(Effect.andThen(sql`lock table topic_timeseries in access exclusive mode`, Effect.never)),
      )
      const fiber = yield* Effect.forkChild(
        run.pipe(
          Effect.provide(
            Layer.unwrap(
              Effect.map(TestPostgres.TestPostgres, ({ host, port, username, password, database }) =>
                Postgres.layer({ host, port, username, password, database, statementTimeout: "200 millis" }),
              ),
            ),
          ),
        ),
      )
      const down = yield* until(state, (known) => known?.state === "down")
      assert.match(down!.why!, /^stalled: .*statement timeout/)
      yield* Fiber.interrupt(held)
      yield* until(state, (known) => known?.state === "ok")
      assert.deepInclude(yield* counted, { signals: 1, marks: 0 })
      yield* sql`alter table platform_timeseries rename to elsewhere`
      const failed = yield* Fiber.join(fiber).pipe(Effect.flip, Effect.timeout("15 seconds"))
      assert.strictEqual(failed._tag, "SqlError")
    }).pipe(Effect.provide(layers())),
  )

  it.live("of two processes one works and the other takes over when it ends", () =>
    Effect.gen(function* () {
      const other = yield* Layer.build(Layer.fresh(Readiness.layer))
      const first = yield* Effect.forkChild(run)
      yield* until(state, (known) => known?.state === "ok" && known.why === null)
      const second = yield* Effect.forkChild(run.pipe(Effect.provide(other)))
      yield* until(state.pipe(Effect.provide(other)), (known) => known?.why?.startsWith("another process aggregates") === true)
      yield* Fiber.interrupt(first)
      yield* add([one(1, Date.now())])
      yield* until(counted, ({ signals }) => signals === 1)
      yield* until(state.pipe(Effect.provide(other)), (known) => known?.why === null)
      yield* Fiber.interrupt(second)
    }).pipe(Effect.scoped, Effect.provide(layers())),
  )

  it("fits the size of a transaction to its time", () => {
    assert.strictEqual(fitted(100, 300), 200)
    assert.strictEqual(fitted(400, 300), 400)
    assert.strictEqual(fitted(100, 3_000), 100)
    assert.strictEqual(fitted(100, 9_000), 50)
    assert.strictEqual(fitted(100, null), 25)
    assert.strictEqual(fitted(1, null), 1)
  })

  it("pauses little while history loads, and never works more than a third of the time", () => {
    const [every, hour] = [60_000, 3_600_000]
    assert.strictEqual(pause(every, 10_000, 500, 3), 4_500)
    assert.strictEqual(pause(every, hour, 500, 3), 59_500)
    assert.strictEqual(pause(every, hour, 500, 300), 4_500)
    assert.strictEqual(pause(every, 10_000, 4_000, 300), 8_000)
    assert.strictEqual(pause(every, hour, 90_000, 3), 60_000)
  })
})
