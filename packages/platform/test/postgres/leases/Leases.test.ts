import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { Fence } from "../../../src/postgres/leases/Fence.ts"
import { whileHeld } from "../../../src/postgres/leases/Leases.ts"
import * as Postgres from "../../../src/postgres/Postgres.ts"
import * as TestPostgres from "../../TestPostgres.ts"

const until = <A, E, R>(read: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  read.pipe(Effect.delay("20 millis"), Effect.repeat({ until: holds }), Effect.timeout("20 seconds"), Effect.orDie)

/** A pool of its own, as another process has, with its backends' name. */
const otherProcess = (applicationName: string, poolSize = 10) =>
  Layer.fresh(
    Layer.unwrap(
      Effect.map(TestPostgres.TestPostgres, ({ host, port, username, password, database }) =>
        Postgres.layer({ host, port, username, password, database, applicationName, poolSize }),
      ),
    ),
  )

const quick = { ttl: "900 millis", lookEvery: "50 millis" } as const

/** A worker that says when it works, in which term. */
const worker = (log: Array<string>, name: string, options: Parameters<typeof whileHeld>[1] = quick) =>
  whileHeld(
    "work",
    options,
  )(
    Effect.gen(function* () {
      log.push(`${name} begins`)
      return yield* Effect.never
    }).pipe(Effect.onInterrupt(() => Effect.sync(() => log.push(`${name} stops`)))),
  ).pipe(Effect.provide(otherProcess(name)))

const cut = (applicationName: string) =>
  Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${applicationName}`,
  )

describe("a lease", () => {
  it.live("is held by one; another waits, and takes over when it is given back", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const first = yield* Effect.forkChild(worker(log, "first"))
      yield* until(
        Effect.sync(() => log.length),
        (n) => n === 1,
      )
      const waiting = yield* Deferred.make<string | null>()
      const second = yield* Effect.forkChild(
        worker(log, "second", {
          ...quick,
          onState: (state, detail) => (state === "waiting" ? Effect.asVoid(Deferred.succeed(waiting, detail)) : Effect.void),
        }),
      )
      assert.match(String(yield* Deferred.await(waiting)), /, process \d+$/)
      yield* Fiber.interrupt(first)
      yield* until(
        Effect.sync(() => log.length),
        (n) => n === 3,
      )
      assert.deepStrictEqual(log, ["first begins", "first stops", "second begins"])
      yield* Fiber.interrupt(second)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("that is renewed late, and was taken by nobody, goes on with what waited for it", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const began = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(
        whileHeld(
          "work",
          quick,
        )(
          Effect.gen(function* () {
            const sql = yield* PgClient.PgClient
            const { held } = yield* Fence
            log.push("begins")
            yield* Deferred.succeed(began, undefined)
            // Next in the line for the only connection: whoever renews waits for it longer than the lease lasts.
            yield* Effect.forkChild(Effect.ignore(sql`select pg_sleep(1.5)`))
            yield* Effect.sleep("1200 millis")
            const from = performance.now()
            yield* held
            log.push(performance.now() - from > 100 ? "waited" : "did not wait")
            yield* held
            log.push("goes on")
            return yield* Effect.never
          }).pipe(Effect.onInterrupt(() => Effect.sync(() => log.push("stops")))),
        ).pipe(Effect.provide(otherProcess("holder", 1))),
      )
      yield* Deferred.await(began)
      const sql = yield* PgClient.PgClient
      // No renewal is answered meanwhile, which gives the lease's connection up.
      yield* sql.withTransaction(sql`select pg_sleep(0.7) from (select from lease_expiries for update) as rows`)
      yield* until(
        Effect.sync(() => log.length),
        (n) => n >= 3,
      )
      assert.deepStrictEqual(log, ["begins", "waited", "goes on"])
      yield* Fiber.interrupt(holder)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("gives the place of a lost connection in the pool back: a small pool still works", () =>
    Effect.gen(function* () {
      const beats: Array<number> = []
      const holder = yield* Effect.forkChild(
        whileHeld(
          "work",
          quick,
        )(
          Effect.gen(function* () {
            const sql = yield* PgClient.PgClient
            const beat = Effect.ignore(Effect.tap(sql`select 1`, () => Effect.sync(() => beats.push(1))))
            return yield* Effect.forever(Effect.andThen(beat, Effect.sleep("20 millis")))
          }),
        ).pipe(Effect.provide(otherProcess("small", 2))),
      )
      const beaten = (times: number) =>
        until(
          Effect.sync(() => beats.length),
          (n) => n >= times,
        )
      yield* beaten(1)
      for (let lost = 0; lost < 3; lost++) {
        yield* cut("small")
        const renewed = yield* PgClient.PgClient.pipe(
          Effect.flatMap((sql) => sql<{ pid: number }>`select backend_pid as pid from lease_expiries where name = 'work'`),
        )
        yield* until(
          Effect.flatMap(
            PgClient.PgClient,
            (sql) => sql<{ pid: number }>`select backend_pid as pid from lease_expiries where name = 'work' and expires_at > now()`,
          ),
          ([row]) => row !== undefined && row.pid !== renewed[0]!.pid,
        )
        yield* beaten(beats.length + 3)
      }
      yield* Fiber.interrupt(holder)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("outlives the connection it was taken on, and is not begun anew for that", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const log: Array<string> = []
      const fiber = yield* Effect.forkChild(worker(log, "holder", { ttl: "6 seconds" }))
      yield* until(
        Effect.sync(() => log.length),
        (n) => n === 1,
      )
      const pid = Effect.map(sql<{ pid: number }>`select backend_pid as pid from lease_expiries`, ([row]) => row!.pid)
      const before = yield* pid
      yield* cut("holder")
      yield* until(pid, (now) => now !== before)
      assert.deepStrictEqual(log, ["holder begins"])
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("goes at once to another when its holder's connection is gone for good", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`insert into leases (name, token, holder, taken_at) values ('work', 7, 'a dead process', now())`
      yield* sql`insert into lease_expiries (name, token, expires_at, backend_pid, backend_start)
        values ('work', 7, now() + interval '1 hour', 1, '2020-01-01')`
      const log: Array<string> = []
      const fiber = yield* Effect.forkChild(worker(log, "heir"))
      yield* until(
        Effect.sync(() => log.length),
        (n) => n === 1,
      )
      const [row] = yield* sql<{ token: string }>`select token::text as token from leases`
      assert.strictEqual(row!.token, "8")
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("stops a holder that could not renew it in time, and fences what it still writes (guarantee 1)", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`create table written (what text)`
      const log: Array<string> = []
      const mayWrite = yield* Deferred.make<void>()
      const outcome = yield* Deferred.make<string>()
      // As one that was stopped and goes on: it does not notice that its time is over.
      const stale = yield* Effect.forkChild(
        whileHeld(
          "work",
          quick,
        )(
          Effect.gen(function* () {
            log.push("stale begins")
            const fence = yield* Fence
            yield* Effect.uninterruptible(
              Effect.gen(function* () {
                yield* Deferred.await(mayWrite)
                const write = Postgres.transaction(Effect.andThen(fence.guard, sql`insert into written values ('by the stale one')`))
                const exit = yield* Effect.exit(write)
                yield* Deferred.succeed(outcome, exit._tag === "Failure" ? String(exit.cause) : "written")
              }),
            )
            return yield* Effect.never
          }),
        ),
      )
      yield* until(
        Effect.sync(() => log.length),
        (n) => n === 1,
      )
      // Another took it over.
      yield* sql`update leases set token = token + 1, holder = 'the new one'`
      yield* sql`update lease_expiries set token = token + 1, expires_at = now() + interval '1 hour', backend_pid = pg_backend_pid(),
        backend_start = (select backend_start from pg_stat_activity where pid = pg_backend_pid())`
      yield* Deferred.succeed(mayWrite, undefined)
      assert.include(yield* Deferred.await(outcome), 'the lease \\"work\\" was taken over by the new one'.replaceAll("\\", ""))
      assert.deepStrictEqual(yield* sql`select * from written`, [])
      yield* Fiber.interrupt(stale)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("is not taken over while a fenced transaction is open", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`create table written (what text)`
      const log: Array<string> = []
      const inside = yield* Deferred.make<void>()
      const finish = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(
        whileHeld(
          "work",
          quick,
        )(
          Effect.gen(function* () {
            const fence = yield* Fence
            yield* Postgres.transaction(
              Effect.gen(function* () {
                yield* fence.guard
                yield* Deferred.succeed(inside, undefined)
                yield* Deferred.await(finish)
                yield* sql`insert into written values ('in time')`
              }),
            )
            return yield* Effect.never
          }),
        ),
      )
      yield* Deferred.await(inside)
      yield* sql`update lease_expiries set expires_at = '-infinity', backend_pid = null`
      const heir = yield* Effect.forkChild(worker(log, "heir"))
      const waits = sql`select 1 from pg_stat_activity where application_name = 'heir' and wait_event_type = 'Lock'`
      yield* until(waits, (rows) => rows.length > 0)
      assert.deepStrictEqual(log, [])
      yield* Deferred.succeed(finish, undefined)
      yield* until(
        Effect.sync(() => log.length),
        (n) => n === 1,
      )
      assert.deepStrictEqual(yield* sql`select * from written`, [{ what: "in time" }])
      yield* Fiber.interrupt(heir)
      yield* Fiber.interrupt(holder)
    }).pipe(Effect.provide(TestPostgres.layer)),
  )

  it.live("lets failures of the work through", () =>
    Effect.gen(function* () {
      const states: Array<string> = []
      const failed = yield* whileHeld("other", {
        ...quick,
        onState: (state) => Effect.sync(() => states.push(state)),
      })(Effect.fail("the work failed")).pipe(Effect.flip)
      assert.strictEqual(failed, "the work failed")
      assert.deepStrictEqual(states, ["held"])
    }).pipe(Effect.provide(TestPostgres.layer)),
  )
})
