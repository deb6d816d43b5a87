import { assert, describe, it } from "@effect/vitest"
import { Effect, References, type Scope } from "effect"
import * as SqlClient from "effect/sql/SqlClient"
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dryRun, migrate, status, waitFor } from "../../../src/postgres/migrations/Migrations.ts"
import * as TestPostgres from "../../TestPostgres.ts"

const directoryWith = (files: Record<string, string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const directory = mkdtempSync(join(tmpdir(), "signalflow-migrations-"))
      write(directory, files)
      return directory
    }),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true })),
  )

const write = (directory: string, files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
}

const A = {
  "V1__a.sql":
    "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1), (2);\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 7; END $$;\n",
}
const B = { "V2__b.sql": "ALTER TABLE a ADD COLUMN y text;" }

const exists = (table: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return (yield* sql<{ found: boolean }>`SELECT to_regclass(${table}) IS NOT NULL AS found`)[0]!.found
  })

const test = (name: string, body: Effect.Effect<void, unknown, TestPostgres.Provided | Scope.Scope>) =>
  it.live(name, () => body.pipe(Effect.provide(TestPostgres.layerEmpty), Effect.provideService(References.MinimumLogLevel, "Warn")))

const message = <A, R>(effect: Effect.Effect<A, { readonly message: string }, R>) =>
  Effect.map(Effect.flip(effect), (error) => error.message)

describe("Migrations", () => {
  test(
    "applies every statement of every file in order, once",
    Effect.gen(function* () {
      const directory = yield* directoryWith({ ...A, ...B, "notes.md": "not a migration" })
      assert.deepStrictEqual(
        (yield* migrate(directory)).map(({ file }) => file),
        ["V1__a.sql", "V2__b.sql"],
      )
      assert.deepStrictEqual(yield* migrate(directory), [])
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`SELECT x, y, f() FROM a ORDER BY x`, [
        { x: 1, y: null, f: 7 },
        { x: 2, y: null, f: 7 },
      ])
    }),
  )

  test(
    "status and dry run tell what is applied and what would be, and change nothing",
    Effect.gen(function* () {
      const directory = yield* directoryWith(A)
      assert.strictEqual((yield* status(directory)).version, 0)
      assert.isFalse(yield* exists("schema_migrations"))
      yield* migrate(directory)
      write(directory, B)
      const { version, applied, pending } = yield* status(directory)
      assert.deepStrictEqual([version, applied.map(({ name }) => name), pending.map(({ name }) => name)], [1, ["a"], ["b"]])
      assert.deepStrictEqual(
        (yield* dryRun(directory)).map(({ file, transaction, statements }) => ({ file, transaction, statements })),
        [{ file: "V2__b.sql", transaction: true, statements: [{ text: "ALTER TABLE a ADD COLUMN y text", line: 1 }] }],
      )
      assert.strictEqual((yield* status(directory)).version, 1)
    }),
  )

  test(
    "a file changed after it was applied is named, and nothing is applied",
    Effect.gen(function* () {
      const directory = yield* directoryWith(A)
      yield* migrate(directory)
      write(directory, { "V1__a.sql": `${A["V1__a.sql"]}SELECT 1;`, "V2__c.sql": "CREATE TABLE c ();" })
      assert.match(yield* message(migrate(directory)), /V1__a.sql was changed after it had been applied.*V3__/)
      assert.match(yield* message(status(directory)), /V1__a.sql was changed/)
      assert.isFalse(yield* exists("c"))
    }),
  )

  test(
    "other line ends, or another name for what it does, are not a change",
    Effect.gen(function* () {
      const directory = yield* directoryWith(A)
      yield* migrate(directory)
      write(directory, { "V1__a.sql": `\uFEFF${A["V1__a.sql"].replaceAll("\n", "\r\n")}` })
      renameSync(join(directory, "V1__a.sql"), join(directory, "V1__first.sql"))
      assert.deepStrictEqual(yield* migrate(directory), [])
    }),
  )

  test(
    "a file that fails leaves nothing of itself, and says where and why",
    Effect.gen(function* () {
      const directory = yield* directoryWith({
        ...A,
        "V2__bad.sql": "CREATE TABLE half (x int);\n\nINSERT INTO half\n  VALUES ('not a number');\n",
        "V3__c.sql": "CREATE TABLE c ();",
      })
      assert.match(
        yield* message(migrate(directory)),
        /^V2__bad.sql, line 4: invalid input syntax for type integer.*Nothing of this file was applied/,
      )
      assert.isFalse(yield* exists("half"))
      assert.isFalse(yield* exists("c"))
      assert.strictEqual((yield* status(directory)).version, 1)
      write(directory, { "V2__bad.sql": "CREATE TABLE half (x int);" })
      assert.strictEqual((yield* migrate(directory)).length, 2)
    }),
  )

  test(
    "a file marked -- no-transaction runs outside one, and says what remains when it fails",
    Effect.gen(function* () {
      const directory = yield* directoryWith({
        ...A,
        "V2__index.sql": "-- no-transaction\nCREATE INDEX CONCURRENTLY a_x ON a (x);\nSELECT 1/0;",
      })
      assert.match(yield* message(migrate(directory)), /V2__index.sql, line 3: division by zero.*first 1 of 2 statements remain applied/)
      assert.isTrue(yield* exists("a_x"))
      write(directory, { "V2__index.sql": "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a_x ON a (x);" })
      assert.strictEqual((yield* migrate(directory)).length, 1)
    }),
  )

  test(
    "the same statement without the mark fails, since its file is a transaction",
    Effect.gen(function* () {
      const directory = yield* directoryWith({ ...A, "V2__index.sql": "CREATE INDEX CONCURRENTLY a_x ON a (x);" })
      assert.match(yield* message(migrate(directory)), /cannot run inside a transaction block/)
    }),
  )

  test(
    "gaps, duplicates, bad names, transaction control and a missing directory are told apart",
    Effect.gen(function* () {
      const refuses = (files: Record<string, string>, expected: RegExp) =>
        Effect.gen(function* () {
          assert.match(yield* message(migrate(yield* directoryWith(files))), expected)
        })
      yield* refuses({ "V2__b.sql": "" }, /V1 is missing before V2__b.sql/)
      yield* refuses({ ...A, "V3__c.sql": "" }, /V2 is missing before V3__c.sql/)
      yield* refuses({ ...A, "V1__z.sql": "" }, /V1__a.sql and V1__z.sql have the same number/)
      yield* refuses({ ...A, "V02__c.sql": "" }, /V02__c.sql is not named like a migration/)
      yield* refuses({ ...A, "fix.sql": "" }, /fix.sql is not named like a migration/)
      yield* refuses({ "V1__a.sql": "BEGIN;\nCREATE TABLE t ();\nCOMMIT;" }, /V1__a.sql, line 1: "BEGIN"/)
      assert.match(yield* message(migrate("/nonexistent/sql")), /Cannot read the migrations in \/nonexistent\/sql/)
      assert.isFalse(yield* exists("a"))
    }),
  )

  test(
    "a database newer than the files is refused by migrate",
    Effect.gen(function* () {
      const directory = yield* directoryWith({ ...A, ...B })
      yield* migrate(directory)
      rmSync(join(directory, "V2__b.sql"))
      assert.match(yield* message(migrate(directory)), /at version 2 and this program knows versions up to 1/)
      assert.strictEqual(yield* waitFor(1), 2)
    }),
  )

  test(
    "programs that migrate at once apply each file once",
    Effect.gen(function* () {
      const directory = yield* directoryWith({
        "V1__slow.sql": "SELECT pg_sleep(0.3);\nCREATE TABLE once ();",
        "V2__b.sql": "CREATE TABLE twice ();",
      })
      const applied = yield* Effect.all([migrate(directory), migrate(directory), migrate(directory)], { concurrency: 3 })
      assert.deepStrictEqual(applied.map(({ length }) => length).toSorted(), [0, 0, 2])
    }),
  )

  test(
    "a service waits for the version that it needs",
    Effect.gen(function* () {
      const directory = yield* directoryWith({ ...A, ...B })
      const [found] = yield* Effect.all([waitFor(2), migrate(directory)], { concurrency: 2 })
      assert.strictEqual(found, 2)
    }),
  )

  it.live("a migration may take longer than a statement, and the pool's limit is back afterwards", () =>
    Effect.gen(function* () {
      const directory = yield* directoryWith({ "V1__slow.sql": "SELECT pg_sleep(0.3);" })
      assert.strictEqual((yield* migrate(directory)).length, 1)
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`SELECT current_setting('statement_timeout') AS t`, [{ t: "100ms" }])
    }).pipe(Effect.provide(TestPostgres.layerEmptyWith({ statementTimeout: "100 millis", poolSize: 1 }))),
  )

  it.live("the project's own migrations apply", () =>
    Effect.gen(function* () {
      const { version, pending } = yield* status(TestPostgres.migrations)
      assert.isAbove(version, 0)
      assert.deepStrictEqual(pending, [])
    }).pipe(Effect.provide(TestPostgres.layer)),
  )
})
