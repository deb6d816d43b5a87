import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref } from "effect"
import * as SqlClient from "effect/sql/SqlClient"
import { AuthenticationError, ConnectionError, SqlError, type SqlErrorReason, UniqueViolation, UnknownError } from "effect/sql/SqlError"
import { join } from "node:path"
import * as Embedded from "../../src/postgres/embedded/EmbeddedPostgres.ts"
import * as Postmaster from "../../src/postgres/embedded/Postmaster.ts"
import { retryTransient } from "../retryTransient.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import * as TestPostgres from "../TestPostgres.ts"
import { kill, temporary } from "./embedded/programs.ts"

const serverError = (code: string) =>
  new SqlError({
    reason: new UnknownError({ cause: Object.assign(new Error("said the server"), { code }), message: "Query failed", operation: "query" }),
  })

const withReason = (reason: SqlErrorReason) => new SqlError({ reason })
const props = { cause: new Error("x"), message: "x", operation: "query" }

describe("Postgres", { timeout: 120_000 }, () => {
  it("tells what time heals from what it does not", () => {
    for (const code of ["25P03", "08006", "40001", "40P01", "53100", "53300", "55P03", "57014", "57P01", "57P03", "58030", "25006"]) {
      assert.isTrue(Postgres.isTransient(serverError(code)), code)
    }
    for (const code of ["22021", "23505", "23514", "28P01", "42601", "42P01", "42P07", "3D000", "XX000"]) {
      assert.isFalse(Postgres.isTransient(serverError(code)), code)
    }
    const brokenPipe = Object.assign(new Error("write EPIPE"), { code: "EPIPE" })
    assert.isTrue(Postgres.isTransient(withReason(new ConnectionError({ ...props, cause: brokenPipe }))))
    assert.isTrue(Postgres.isTransient(withReason(new ConnectionError(props))))
    assert.isFalse(Postgres.isTransient(withReason(new AuthenticationError(props))))
    assert.isFalse(Postgres.isTransient(withReason(new UniqueViolation({ ...props, constraint: "signals_pkey" }))))
  })

  it.effect("a permanent error is not tried again", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const waits = yield* Ref.make(0)
      const error = yield* Effect.flip(sql`SELEC 1`.pipe(retryTransient(() => Ref.update(waits, (n) => n + 1))))
      assert.strictEqual(error.reason._tag, "SqlSyntaxError")
      assert.strictEqual(yield* Ref.get(waits), 0)
    }).pipe(Effect.provide(TestPostgres.layerEmpty)),
  )

  it.effect("a statement past its time is ended by the server", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const error = yield* Effect.flip(sql`SELECT pg_sleep(60)`)
      assert.strictEqual(error.reason._tag, "StatementTimeoutError")
      assert.deepStrictEqual(yield* sql`SELECT current_setting('TimeZone') AS zone, current_setting('application_name') AS name`, [
        { zone: "UTC", name: "signalflow test" },
      ])
    }).pipe(Effect.provide(TestPostgres.layerWith({ statementTimeout: "50 millis", applicationName: "signalflow test" }))),
  )

  it.live("a server that goes away fails what runs; it is started again, and the same layer goes on", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const { host, port, username, password, database, data, pid } = yield* Embedded.make({ directory, database: "signalflow" })
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE kept (x int)`
        const interrupted = yield* Effect.flip(
          Postgres.transaction(
            Effect.gen(function* () {
              yield* sql`INSERT INTO kept VALUES (1)`
              yield* Postmaster.stop(data, { pid, port, socketDirectory: host, status: "ready" })
              yield* sql`INSERT INTO kept VALUES (2)`
            }),
          ),
        )
        assert.isTrue(Postgres.isTransient(interrupted), String(interrupted.reason.cause))
        const away = yield* Effect.flip(sql`SELECT 1`)
        assert.isTrue(Postgres.isTransient(away), String(away.reason.cause))

        const reasons: Array<string> = []
        const onWait = (reason: string) => Effect.sync(() => void reasons.push(reason))
        const rows = yield* sql`SELECT count(*)::int AS n FROM kept`.pipe(retryTransient(onWait))
        assert.deepStrictEqual(rows, [{ n: 0 }])
        assert.isAtLeast(reasons.length, 1)
      }).pipe(Effect.provide(Postgres.layer({ host, port, username, password, database, poolSize: 2 })))
    }),
  )

  it.live("a server killed with -9 under open connections is started again, and the same layer goes on", () =>
    Effect.gen(function* () {
      const directory = join(yield* temporary, ".signalflow")
      const server = yield* Embedded.make({ directory, database: "signalflow" })
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Effect.all([sql`SELECT pg_sleep(0.05)`, sql`SELECT pg_sleep(0.05)`], { concurrency: 2 })
        kill(server.pid, "SIGKILL")
        const rows = yield* sql`SELECT 1 AS x`.pipe(retryTransient(() => Effect.void))
        assert.deepStrictEqual(rows, [{ x: 1 }])
      }).pipe(Effect.provide(Postgres.layer({ ...server, ssl: false, poolSize: 2 })))
    }),
  )
})
