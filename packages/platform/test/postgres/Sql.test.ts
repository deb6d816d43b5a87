import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as SqlClient from "effect/sql/SqlClient"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import * as Sql from "../../src/postgres/Sql.ts"
import * as TestPostgres from "../TestPostgres.ts"

describe("Sql", () => {
  it.effect("writes one typed array per column and reads the rows back", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql`
        SELECT u.a, u.b, u.c, u.d, u.e, u.f, u.g::jsonb, u.h::text[]
        FROM unnest(${Sql.text(["x", null])}::text[], ${Sql.int4([1, null])}::int4[], ${Sql.int8([2 ** 40, null])}::int8[],
          ${Sql.float8([1, 2.5])}::float8[], ${Sql.bool([true, undefined])}::bool[], ${Sql.timestamptz([0, null])}::timestamptz[],
          ${Sql.jsonText([{ a: "é" }, null])}::text[], ${Sql.arrayText([['q"\\,{}', "NULL", "", " a b "], null])}::text[]) AS u(a, b, c, d, e, f, g, h)`
      assert.deepStrictEqual(rows, [
        { a: "x", b: 1, c: 2n ** 40n, d: 1, e: true, f: new Date(0), g: { a: "é" }, h: ['q"\\,{}', "NULL", "", " a b "] },
        { a: null, b: null, c: null, d: 2.5, e: null, f: null, g: null, h: null },
      ])
    }).pipe(Effect.provide(TestPostgres.layerEmpty)),
  )

  it.effect("columns of nulls and of nothing keep their type", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`SELECT * FROM unnest(${Sql.float8([null])}) AS u(x)`, [{ x: null }])
      assert.deepStrictEqual(yield* sql`SELECT * FROM unnest(${Sql.text([])}) AS u(x)`, [])
      assert.deepStrictEqual(yield* sql`SELECT u.x::int4[] AS x FROM unnest(${Sql.arrayText([[], [1, null, -3]])}) AS u(x)`, [
        { x: [] },
        { x: [1, null, -3] },
      ])
    }).pipe(Effect.provide(TestPostgres.layerEmpty)),
  )

  it.effect("picks columns of rows, and sends nothing of one that is null throughout", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const given: ReadonlyArray<{ readonly id: string; readonly n: number | null; readonly flair?: string }> = [
        { id: "a", n: 1 },
        { id: "b", n: null },
      ]
      const flairs = Sql.text(given, ({ flair }) => flair)
      assert.deepStrictEqual(flairs.value, [])
      assert.deepStrictEqual(
        yield* sql`SELECT * FROM unnest(${Sql.text(given, ({ id }) => id)}::text[], ${Sql.int4(given, ({ n }) => n)}::int4[], ${flairs}::text[])
          AS u(id, n, flair)`,
        given.map((row) => ({ ...row, flair: null })),
      )
    }).pipe(Effect.provide(TestPostgres.layerEmpty)),
  )

  it("a count becomes a number, and one that a number cannot hold is refused", () => {
    assert.strictEqual(Sql.toNumber(2n ** 53n - 1n), 2 ** 53 - 1)
    assert.strictEqual(Sql.toNumber("12"), 12)
    assert.throws(() => Sql.toNumber(2n ** 53n), /9007199254740992/)
  })

  it.effect("an error is told in the server's words, without the row that it is about", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE words (word text PRIMARY KEY)`
      yield* sql`INSERT INTO words VALUES ('private')`
      const error = yield* Effect.flip(sql`INSERT INTO words VALUES ('private')`)
      assert.strictEqual(Sql.sqlState(error), "23505")
      assert.strictEqual(
        Sql.describe(error),
        'duplicate key value violates unique constraint "words_pkey" (23505, table words, constraint words_pkey)',
      )
    }).pipe(Effect.provide(TestPostgres.layerEmpty)),
  )

  it("a broken connection is told with whose it was", () => {
    const of = (message: string, code?: string) =>
      Sql.describe(new SqlError({ reason: new ConnectionError({ cause: Object.assign(new Error(message), { code }) }) }))
    assert.strictEqual(of("read ECONNRESET", "ECONNRESET"), "the connection to PostgreSQL was lost: read ECONNRESET (ECONNRESET)")
    assert.strictEqual(of("Connection closed"), "the connection to PostgreSQL was lost: Connection closed")
    assert.strictEqual(of("connect ECONNREFUSED 127.0.0.1:5432", "ECONNREFUSED"), "connect ECONNREFUSED 127.0.0.1:5432 (ECONNREFUSED)")
  })
})
