import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Sql from "../../src/postgres/Sql.ts"
import * as TestPostgres from "../TestPostgres.ts"

describe("Postgres", () => {
  it.effect("writes one typed array per column and reads the rows back", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql`
        SELECT u.a, u.b, u.c, u.d, u.e, u.f, u.g::jsonb, u.h::text[]
        FROM unnest(${Sql.text(["x", null])}::text[], ${Sql.int4([1, null])}::int4[], ${Sql.int8([2 ** 40, null])}::int8[],
          ${Sql.float8([1, 2.5])}::float8[], ${Sql.bool([true, undefined])}::bool[], ${Sql.timestamptz([0, null])}::timestamptz[],
          ${Sql.jsonText([{ a: "é" }, null])}::text[], ${Sql.arrayText([['q"\\,{}', "NULL", ""], null])}::text[]) AS u(a, b, c, d, e, f, g, h)`
      assert.deepStrictEqual(rows, [
        { a: "x", b: 1, c: 2n ** 40n, d: 1, e: true, f: new Date(0), g: { a: "é" }, h: ['q"\\,{}', "NULL", ""] },
        { a: null, b: null, c: null, d: 2.5, e: null, f: null, g: null, h: null },
      ])
    }).pipe(Effect.provide(TestPostgres.layer)),
  )
})
