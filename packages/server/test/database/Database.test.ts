import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { SqlClient } from "effect/sql/SqlClient"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { answered } from "../../src/database/Database.ts"

describe("a database that does not answer", () => {
  it.effect("a statement past its time-out is 503, in words", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const error = yield* Effect.flip(answered(sql`SELECT pg_sleep(20)`))
      assert.strictEqual(error._tag, "Unavailable")
      assert.include(error.message, "took too long")
    }).pipe(Effect.provide(TestPostgres.layerWith({ statementTimeout: "200 millis" }))),
  )

  it.effect("one that is waited for is given up after five seconds, and its connection is free again", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const waiting = yield* Effect.forkChild(Effect.flip(answered(sql`SELECT pg_sleep(3600)`)), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      const error = yield* Fiber.join(waiting)
      assert.include(error.message, "within 5 seconds")
      assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
    }).pipe(Effect.provide(TestPostgres.layerWith({ poolSize: 1 }))),
  )
})
