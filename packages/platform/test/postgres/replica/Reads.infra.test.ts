import { PgClient } from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Readiness } from "@signalflow/domain/Readiness"
import { Effect, Fiber, Layer, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { afterAll, beforeAll } from "vitest"
import { type PostgresServer, startPostgres } from "../../../../../infra/test/postgres.ts"
import * as Postgres from "../../../src/postgres/Postgres.ts"
import { Reads } from "../../../src/postgres/replica/Reads.ts"
import { Metrics } from "../../../src/telemetry/Metrics.ts"
import { connectionTo, missing, replicaOf, testServer, until } from "../RealPostgres.ts"

const onReplica = Effect.gen(function* () {
  const sql = yield* Reads
  const rows = yield* sql<{ replica: boolean }>`SELECT pg_is_in_recovery() AS replica`
  return rows[0]!.replica
})
const toReplica = until(onReplica, (replica) => replica)
const toPrimary = until(onReplica, (replica) => !replica)
const why = Effect.gen(function* () {
  const all = yield* (yield* Readiness).all
  return all.find(({ name }) => name === "replica")
})

describe.skipIf(missing !== null)("reads with a replica", () => {
  let primary: PostgresServer
  let replica: PostgresServer
  beforeAll(async () => {
    primary = await startPostgres()
    replica = await primary.replica()
  })
  afterAll(async () => {
    await replica?.destroy()
    await primary?.destroy()
  })

  const reading = (maxLag: `${number} ${"seconds" | "millis"}`, options: { from?: PostgresServer; to?: PostgresServer } = {}) =>
    Reads.layerWith({ replica: connectionTo(options.to ?? replica), maxLag }).pipe(
      Layer.provideMerge(Layer.mergeAll(Postgres.layer(connectionTo(options.from ?? primary)), Readiness.layer, Metrics.layerTest)),
    )
  const sessions = (server: PostgresServer, name: string) =>
    Number(server.psql(`SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '${name}%'`))

  it.live("go to the replica, transactions to the primary; an idle primary makes no replica old", () =>
    Effect.gen(function* () {
      yield* toReplica
      const sql = yield* Reads
      const inTransaction = yield* sql.withTransaction(sql<{ replica: boolean }>`SELECT pg_is_in_recovery() AS replica`)
      assert.isFalse(inTransaction[0]!.replica)
      const before = primary.psql("SELECT pg_current_wal_lsn()")
      const began = performance.now()
      // Many times the longest lag without a write.
      yield* until(onReplica, (there) => {
        assert.isTrue(there)
        return performance.now() - began > 3_000
      })
      assert.strictEqual(primary.psql("SELECT pg_current_wal_lsn()"), before)
      assert.deepInclude(yield* why, { state: "ok", why: null })
      const page = yield* (yield* Metrics).render
      assert.match(page, /signalflow_database_replica_used 1\n/)
      assert.match(page, /signalflow_database_replica_lag_seconds 0\.\d+\n/)
      assert.match(page, /signalflow_database_reads_total\{server="replica"\} \d+/)
    }).pipe(Effect.provide(reading("400 millis"))),
  )

  it.live("stay on the primary without a replica, over no more connections", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* onReplica)
      assert.strictEqual(yield* Reads, yield* SqlClient)
      assert.strictEqual(sessions(primary, "alone"), 1)
    }).pipe(
      Effect.provide(Reads.layerPrimary.pipe(Layer.provideMerge(Postgres.layer({ ...connectionTo(primary), applicationName: "alone" })))),
    ),
  )

  it.live("go to the primary while the replica is unavailable, none fails, and return when it is back", () =>
    Effect.gen(function* () {
      yield* toReplica
      for (const mode of ["fast", "immediate"] as const) {
        yield* Effect.promise(() => replica.stop(mode))
        assert.isFalse(yield* onReplica)
        yield* toPrimary
        const told = yield* until(why, (found) => found?.state === "degraded")
        assert.match(told?.why ?? "", /^Reads go to the primary: (it cannot be reached|a read failed on it): /)
        yield* Effect.promise(() => replica.start())
        yield* toReplica
        yield* until(why, (found) => found?.state === "ok")
      }
    }).pipe(Effect.provide(reading("5 seconds"))),
  )

  it.live("leave a replica that stalls with a read on it, and return when it goes on", () =>
    Effect.gen(function* () {
      yield* toReplica
      const sql = yield* Reads
      replica.signal("SIGSTOP")
      const answered = yield* onReplica.pipe(Effect.timeout("5 seconds"), Effect.ensuring(Effect.sync(() => replica.signal("SIGCONT"))))
      assert.isFalse(answered)
      yield* toReplica
      assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
    }).pipe(Effect.provide(reading("5 seconds"))),
  )

  it.live("never show less than what was written REPLICA_MAX_LAG before, though replay stalls", () =>
    Effect.gen(function* () {
      const LAG = 600
      primary.psql("DROP TABLE IF EXISTS written; CREATE TABLE written (n int PRIMARY KEY)")
      yield* toReplica
      const sql = yield* Reads
      const write = yield* PgClient
      const committed: Array<number> = []
      const writing = Effect.gen(function* () {
        yield* write`INSERT INTO written VALUES (${committed.length})`
        committed.push(performance.now())
      }).pipe(Effect.repeat(Schedule.spaced("10 millis")))
      yield* Effect.forkScoped(writing)
      const servers = { replica: 0, primary: 0 }
      const look = Effect.gen(function* () {
        const began = performance.now()
        const rows = yield* sql<{ n: number; replica: boolean }>`SELECT count(*)::int4 AS n, pg_is_in_recovery() AS replica FROM written`
        const due = committed.filter((at) => at <= began - LAG).length
        const { n, replica } = rows[0]!
        assert.isAtLeast(n, due, `${replica ? "the replica" : "the primary"} shows ${n} of ${due}`)
        servers[replica ? "replica" : "primary"]++
      })
      const looks = (enough: () => boolean) => until(look, enough)

      yield* looks(() => committed.length > 50 && servers.replica > 20)
      replica.psql("SELECT pg_wal_replay_pause()")
      const paused = performance.now()
      // Whatever it has replayed is too old by then.
      yield* looks(() => performance.now() - paused > LAG)
      const before = { ...servers }
      yield* looks(() => performance.now() - paused > 4 * LAG && servers.primary > before.primary)
      assert.strictEqual(servers.replica, before.replica)
      const told = yield* until(why, (found) => found?.state === "degraded")
      assert.match(told?.why ?? "", /it is \d+\.\d s behind; REPLICA_MAX_LAG is 0\.6 s/)
      replica.psql("SELECT pg_wal_replay_resume()")
      yield* looks(() => servers.replica > before.replica)
    }).pipe(
      Effect.scoped,
      Effect.provide(reading("600 millis")),
      Effect.ensuring(Effect.sync(() => replica.psql("SELECT pg_wal_replay_resume()"))),
    ),
  )

  it.live("a read that recovery cancels on the replica is answered by the primary, and the next goes to the replica", () =>
    Effect.gen(function* () {
      const strict = yield* replicaOf(primary, { max_standby_streaming_delay: "0", hot_standby_feedback: "off" })
      yield* Effect.gen(function* () {
        primary.psql("DROP TABLE IF EXISTS contested; CREATE TABLE contested AS SELECT generate_series(1, 1000) AS n")
        yield* toReplica
        yield* until(
          Effect.sync(() => strict.psql("SELECT to_regclass('contested')")),
          (found) => found === "contested",
        )
        const sql = yield* Reads
        const slow = sql<{ n: number; replica: boolean }>`
          SELECT count(*)::int4 AS n, pg_is_in_recovery() AS replica FROM contested WHERE CASE WHEN pg_is_in_recovery() THEN pg_sleep(60) IS NOT NULL ELSE true END`
        const reader = yield* Effect.forkChild(slow)
        yield* until(
          Effect.sync(() => strict.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")),
          (waiting) => waiting === "1",
        )
        primary.psql("DELETE FROM contested WHERE n > 10")
        primary.psql("VACUUM contested")
        assert.deepStrictEqual(yield* Fiber.join(reader), [{ n: 10, replica: false }])
        assert.match(strict.log(), /canceling statement due to conflict with recovery/)
        assert.isTrue(yield* onReplica)
      }).pipe(Effect.provide(reading("30 seconds", { to: strict })))
    }).pipe(Effect.scoped),
  )

  it.live("a read of what the replica's schema has not got yet is answered by the primary; a wrong one fails once", () =>
    Effect.gen(function* () {
      yield* toReplica
      replica.psql("SELECT pg_wal_replay_pause()")
      primary.psql("DROP TABLE IF EXISTS newest; CREATE TABLE newest AS SELECT 7 AS n")
      const sql = yield* Reads
      assert.deepStrictEqual(yield* sql`SELECT n FROM newest`, [{ n: 7 }])
      const error = yield* Effect.flip(sql`SELECT 1 / 0`)
      assert.include(String(error.reason.cause), "division by zero")
      assert.isTrue(yield* onReplica)
    }).pipe(Effect.provide(reading("30 seconds")), Effect.ensuring(Effect.sync(() => replica.psql("SELECT pg_wal_replay_resume()")))),
  )

  it.live("a replica of another database is not read", () =>
    Effect.gen(function* () {
      const other = yield* testServer()
      const strange = yield* replicaOf(other)
      yield* Effect.gen(function* () {
        const told = yield* until(why, (found) => found !== undefined && !found.why?.includes("not been looked at"))
        assert.strictEqual(told?.why, "Reads go to the primary: it is a replica of another database")
        assert.isFalse(yield* onReplica)
      }).pipe(Effect.provide(reading("5 seconds", { to: strange })))
    }).pipe(Effect.scoped),
  )

  it.live("a replica that was promoted is not read", () =>
    Effect.gen(function* () {
      const promoted = yield* replicaOf(primary)
      yield* Effect.gen(function* () {
        yield* toReplica
        promoted.psql("SELECT pg_promote()")
        primary.psql("DROP TABLE IF EXISTS after; CREATE TABLE after AS SELECT 1 AS n")
        const sql = yield* Reads
        const told = yield* until(why, (found) => found?.state === "degraded")
        assert.strictEqual(told?.why, "Reads go to the primary: it no longer follows a primary: it was promoted")
        assert.deepStrictEqual(yield* sql`SELECT n FROM after`, [{ n: 1 }])
      }).pipe(Effect.provide(reading("5 seconds", { to: promoted })))
    }).pipe(Effect.scoped),
  )

  it.live("a replica that has not followed its new primary's timeline to a restart point is not read before it has", () =>
    Effect.gen(function* () {
      const ours = yield* testServer()
      const promoted = yield* replicaOf(ours)
      const follower = yield* replicaOf(ours)
      yield* Effect.promise(() => ours.stop("immediate"))
      promoted.psql("SELECT pg_promote()")
      follower.psql(`ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=${promoted.port} user=postgres password=right'`)
      follower.psql("SELECT pg_reload_conf()")
      yield* Effect.gen(function* () {
        const told = yield* until(why, (found) => found !== undefined)
        assert.strictEqual(told?.why, "Reads go to the primary: its last restart point is on timeline 1, and the primary is on 2")
        assert.isFalse(yield* onReplica)
        promoted.psql("CREATE TABLE elected AS SELECT 1 AS n")
        yield* until(
          Effect.sync(() => follower.psql("SELECT to_regclass('elected')")),
          (found) => found === "elected",
        )
        promoted.psql("CHECKPOINT")
        yield* until(
          Effect.sync(() => {
            follower.psql("CHECKPOINT")
            return follower.psql("SELECT timeline_id FROM pg_control_checkpoint()")
          }),
          (timeline) => timeline === "2",
        )
        yield* toReplica
      }).pipe(Effect.provide(reading("5 seconds", { from: promoted, to: follower })))
    }).pipe(Effect.scoped),
  )

  it.live("are not sent to a replica while the primary cannot say where it is", () =>
    Effect.gen(function* () {
      const ours = yield* testServer()
      const follower = yield* replicaOf(ours)
      yield* Effect.gen(function* () {
        yield* toReplica
        yield* Effect.promise(() => ours.stop("immediate"))
        const told = yield* until(why, (found) => found?.state === "degraded")
        assert.match(told?.why ?? "", /how far it is behind is not known, because of the primary: /)
        assert.strictEqual((yield* Effect.flip(onReplica)).reason._tag, "ConnectionError")
        yield* Effect.promise(() => ours.start())
        yield* toReplica
      }).pipe(Effect.provide(reading("1 seconds", { from: ours, to: follower })))
    }).pipe(Effect.scoped),
  )
})
