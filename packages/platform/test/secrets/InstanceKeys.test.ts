import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { addKey, instanceKey, KeyPlace, keysOf, lastingKey } from "../../src/secrets/InstanceKeys.ts"
import * as TestPostgres from "../TestPostgres.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => join(mkdtempSync(join(tmpdir(), "signalflow-keys-")), "keys")),
  (folder) => Effect.sync(() => rmSync(join(folder, ".."), { recursive: true })),
)
const within = (folder: string | null, given: string = "") =>
  Effect.provideService(KeyPlace, { folder, given: { "author-hash": Redacted.make(given) } })

const secrets = Effect.flatMap(
  SqlClient,
  (sql) => sql<{ name: string; value: string }>`select name, value from instance_secrets order by name`,
)
const lasting = Effect.flatMap(SqlClient, (sql) => lastingKey(sql, "author-hash", () => "made", "restore it"))

describe("the keys of an installation", () => {
  it.effect("stand in files that only their owner reads, not in the database, and are the same for who comes later", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const sql = yield* SqlClient
      let made = 0
      const key = instanceKey(sql, "cursor", () => `key ${made++}`).pipe(within(folder))
      const all = yield* Effect.all([key, key, key], { concurrency: "unbounded" })
      assert.deepStrictEqual(new Set(all).size, 1)
      assert.strictEqual(yield* key, all[0])
      yield* addKey(sql, "jwt:1-a", "one").pipe(within(folder))
      yield* addKey(sql, "jwt:2-b", "two").pipe(within(folder))
      assert.deepStrictEqual(
        (yield* keysOf(sql, "jwt:", 16).pipe(within(folder))).map(({ name, value }) => [name, value]),
        [
          ["jwt:2-b", "two"],
          ["jwt:1-a", "one"],
        ],
      )
      assert.deepStrictEqual(yield* secrets, [])
      assert.strictEqual(statSync(folder).mode & 0o777, 0o700)
      assert.deepStrictEqual(readdirSync(folder).sort(), ["cursor", "jwt.1-a", "jwt.2-b"])
      for (const name of readdirSync(folder)) assert.strictEqual(statSync(join(folder, name)).mode & 0o777, 0o600)
    }).pipe(Effect.scoped, Effect.provide(TestPostgres.layer)),
  )

  it.effect("that an earlier version kept in the database are moved into files, and stay what they were", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const sql = yield* SqlClient
      for (const [name, value] of [
        ["author-hash", "old author"],
        ["jwt:1-a", "old jwt"],
        ["cursor", "old cursor"],
        ["instance", "stays"],
      ] as const)
        yield* sql`insert into instance_secrets (name, value) values (${name}, ${value})`
      assert.strictEqual(yield* lasting.pipe(within(folder)), "old author")
      assert.strictEqual(yield* instanceKey(sql, "cursor", () => "new").pipe(within(folder)), "old cursor")
      assert.deepStrictEqual(yield* keysOf(sql, "jwt:", 16).pipe(within(folder)), [{ name: "jwt:1-a", value: "old jwt" }])
      const left = yield* secrets
      assert.deepStrictEqual(
        left.map(({ name }) => name),
        ["author-hash.print", "instance"],
      )
      assert.notInclude(JSON.stringify(left), "old")
      assert.strictEqual(readFileSync(join(folder, "author-hash"), "utf8"), "old author\n")
      assert.strictEqual(yield* lasting.pipe(within(folder)), "old author")
    }).pipe(Effect.scoped, Effect.provide(TestPostgres.layer)),
  )

  it.effect("may come from settings; another one than removed authors are hashed with is refused", () =>
    Effect.gen(function* () {
      const [folder, other] = [yield* temporary, yield* temporary]
      const sql = yield* SqlClient
      yield* sql`insert into instance_secrets (name, value) values ('author-hash', 'old author')`
      const refused = (effect: typeof lasting, place: ReturnType<typeof within>) =>
        Effect.map(Effect.result(effect.pipe(place)), (answer) => Result.isFailure(answer) && answer.failure.message === "restore it")
      assert.isTrue(yield* refused(lasting, within(null, "another")))
      assert.strictEqual(yield* lasting.pipe(within(null)), "old author")
      assert.strictEqual(yield* lasting.pipe(within(null, "old author")), "old author")
      assert.notInclude(JSON.stringify(yield* secrets), "old author")
      assert.isTrue(yield* refused(lasting, within(null, "another")))
      // The files were lost: a key that is made anew would bring back whom it does not know.
      assert.isTrue(yield* refused(lasting, within(folder)))
      assert.strictEqual(yield* lasting.pipe(within(other, "old author")), "old author")
    }).pipe(Effect.scoped, Effect.provide(TestPostgres.layer)),
  )
})
