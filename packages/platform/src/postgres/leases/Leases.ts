import * as PgClient from "@effect/sql-pg/PgClient"
import { Duration, Effect, Exit, Schedule, Scope } from "effect"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import { hostname } from "node:os"
import { Fence, LeaseLost } from "./Fence.ts"
import { backoff } from "../../flow/Backoff.ts"
import { isTransient } from "../Postgres.ts"
import { describe } from "../Sql.ts"

export interface LeaseOptions {
  /** After so long without a renewal another may take it; default 15 seconds, renewed three times as often. */
  readonly ttl?: Duration.Input
  /** How often one that waits looks; default 2 seconds. */
  readonly lookEvery?: Duration.Input
  /** Hears what became of it: `waiting` for `detail`, who holds it; `blocked` by `detail`, what is wrong with the database. */
  readonly onState?: (state: "held" | "waiting" | "blocked", detail: string | null) => Effect.Effect<void>
}

const me = `${hostname()}, process ${process.pid}`

/** Longest that a writer may sit in a fenced transaction without a statement: a takeover waits for it. */
const IDLE = "20s"

const ask = <A extends object>(connection: Connection, statement: string, params: ReadonlyArray<unknown>) =>
  connection.executeUnprepared(statement, params, undefined) as Effect.Effect<ReadonlyArray<A>, SqlError>

const PREPARE = [
  "insert into leases (name, token, holder, taken_at) values ($1, 0, '', now()) on conflict do nothing",
  "insert into lease_expiries (name, token, expires_at) values ($1, 0, '-infinity') on conflict do nothing",
]

/** Free: expired, or the connection of its holder is gone. */
const FREE = `select name from lease_expiries e where name = $1 and (expires_at <= clock_timestamp() or not exists
  (select from pg_stat_activity a where a.pid = e.backend_pid and a.backend_start = e.backend_start)) for update skip locked`

// Waits for the fenced transactions of the former holder; after it, their successors fail.
const TAKE = "update leases set token = token + 1, holder = $2, taken_at = clock_timestamp() where name = $1 returning token::text"

const MINE = `expires_at = clock_timestamp() + $3::float8 * interval '1 millisecond', backend_pid = pg_backend_pid(),
  backend_start = (select backend_start from pg_stat_activity where pid = pg_backend_pid())`

const START = `update lease_expiries set token = $2::bigint, ${MINE} where name = $1`

const RENEW = `update lease_expiries set ${MINE} where name = $1 and token = $2::bigint returning name`

const RELEASE = "update lease_expiries set expires_at = '-infinity' where name = $1 and token = $2::bigint"

const holderOf = (sql: PgClient.PgClient, name: string) =>
  Effect.map(sql<{ holder: string }>`select holder from leases where name = ${name}`, ([row]) => row?.holder ?? null)

/** The token, or null while somebody else holds the lease. */
const take = (connection: Connection, name: string, ttl: number) =>
  Effect.gen(function* () {
    for (const statement of PREPARE) yield* ask(connection, statement, [name])
    yield* ask(connection, "begin", [])
    const free = yield* ask(connection, FREE, [name])
    if (free.length === 0) {
      yield* ask(connection, "rollback", [])
      return null
    }
    const [taken] = yield* ask<{ token: string }>(connection, TAKE, [name, me])
    yield* ask(connection, START, [name, taken!.token, ttl])
    yield* ask(connection, "commit", [])
    return taken!.token
  }).pipe(Effect.onError(() => Effect.ignore(ask(connection, "rollback", []))))

/**
 * Runs `use` while this process alone holds the lease `name`, and waits for it otherwise. When the lease is lost, `use` is interrupted and
 * the wait begins again; until then a database that is unavailable changes nothing. `use` finds the lease as `Fence`. Given back at the end.
 */
export const whileHeld =
  (name: string, options: LeaseOptions = {}) =>
  <A, E, R>(use: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, LeaseLost> | SqlError, R | PgClient.PgClient> =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const ttl = Duration.toMillis(Duration.fromInputUnsafe(options.ttl ?? "15 seconds"))
      const lookEvery = options.lookEvery ?? "2 seconds"
      const onState = options.onState ?? (() => Effect.void)
      const patience = Duration.millis(ttl / 3)

      const turn = Effect.gen(function* () {
        const reserved = yield* Scope.fork(yield* Effect.scope)
        const connection = yield* Scope.provide(sql.reserve, reserved)
        const began = performance.now()
        const token = yield* take(connection, name, ttl)
        if (token === null) {
          yield* onState("waiting", yield* holderOf(sql, name))
          return null
        }
        let deadline = began + ttl
        yield* Effect.addFinalizer(() => sql.unsafe(RELEASE, [name, token]).pipe(Effect.timeout("1 second"), Effect.ignore))
        yield* onState("held", null)

        const renew = (on: Connection) =>
          Effect.gen(function* () {
            const from = performance.now()
            const renewed = yield* ask(on, RENEW, [name, token, ttl]).pipe(Effect.timeoutOption(patience))
            if (renewed._tag === "None") return yield* Effect.fail("no answer" as const)
            if (renewed.value.length === 0) return false
            deadline = from + ttl
            return true
          })
        const keepOn = (on: Connection) => Effect.repeat(renew(on), { while: (held) => held, schedule: Schedule.spaced(patience) })
        const keepOnAnother = Effect.scoped(Effect.flatMap(sql.reserve, keepOn)).pipe(
          Effect.retry({ while: () => performance.now() < deadline, schedule: backoff() }),
        )
        // The lost connection gives its place in the pool back first: the next one takes it.
        const movedOn = Effect.andThen(Scope.close(reserved, Exit.void), keepOnAnother)
        /** Ends when the lease is lost. */
        const keep = Effect.ignore(Effect.catch(Effect.delay(keepOn(connection), patience), () => movedOn))

        const fence = {
          guard: Effect.flatMap(
            sql`select set_config('idle_in_transaction_session_timeout', ${IDLE}, true) from leases
              where name = ${name} and token = ${token}::bigint for share`,
            (rows) =>
              rows.length > 0
                ? Effect.void
                : Effect.flatMap(
                    Effect.orElseSucceed(holderOf(sql, name), () => null),
                    (holder) => Effect.fail(new LeaseLost({ name, holder })),
                  ),
          ),
          held: Effect.void.pipe(
            Effect.delay("100 millis"),
            Effect.repeat({ while: () => performance.now() >= deadline }),
            Effect.when(Effect.sync(() => performance.now() >= deadline)),
            Effect.asVoid,
          ),
        }
        return yield* Effect.raceFirst(
          Effect.map(Effect.provideService(use, Fence, fence), (value) => ({ value })),
          Effect.as(keep, null),
        )
      }).pipe(Effect.scoped)

      while (true) {
        const done = yield* turn.pipe(
          Effect.catch((error): Effect.Effect<null, Exclude<E, LeaseLost> | SqlError> => {
            if (error instanceof LeaseLost) return Effect.succeed(null)
            if (isSqlError(error) && isTransient(error)) return Effect.as(onState("blocked", describe(error)), null)
            return Effect.fail(error as Exclude<E, LeaseLost> | SqlError)
          }),
        )
        if (done !== null) return done.value
        yield* Effect.sleep(lookEvery)
      }
    })

const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && (error as { _tag?: unknown })._tag === "SqlError"
