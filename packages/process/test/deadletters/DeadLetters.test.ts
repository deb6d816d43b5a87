import { assert, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import type { DeadLetterRecord } from "@signalflow/domain/deadletters/DeadLetterRecord"
import { transactionOn } from "@signalflow/platform/postgres/Postgres"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { eventually } from "../../../domain/test/Received.ts"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { authorKey } from "../../src/store/AuthorKey.ts"
import { DeadLetters } from "../../src/deadletters/DeadLetters.ts"

const NOON = Date.UTC(2026, 5, 10, 12)

const record = (offset: number, fields: Partial<DeadLetterRecord> = {}): DeadLetterRecord => ({
  topic: "signals.normalised",
  partition: 3,
  offset,
  key: `hackernews:${offset}`,
  payload: "{",
  headers: {},
  errorClass: "validation",
  error: "not JSON",
  attempts: 1,
  replays: 0,
  firstFailedAt: NOON,
  lastFailedAt: NOON,
  altered: null,
  ...fields,
})

const Test = DeadLetters.layer.pipe(Layer.provideMerge(TestPostgres.layer))

it.effect(
  "a message is one letter, however often it is set aside, in one batch or in two; NUL and lone surrogates spoil nothing (guarantee 5)",
  () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const letters = yield* DeadLetters
      const hostile = record(2, { key: "hackernews:\u0000", payload: "a\u0000b\ud800", headers: { "x\u0000": "y\u0000\udfff" } })
      assert.strictEqual((yield* letters.write([record(1), record(1), hostile])).length, 2)
      yield* letters.write([record(1)])
      const rows = yield* sql<{ offset: bigint; payload: string; attempts: number; altered: string | null }>`
        select "offset", payload, attempts, altered from dlq_events order by "offset"`
      assert.deepStrictEqual(
        rows.map(({ offset, payload, attempts }) => [Number(offset), payload, attempts]),
        [
          [1, "{", 1],
          [2, "a\\u0000b\ufffd", 1],
        ],
      )
      assert.isNull(rows[0]!.altered)
      assert.include(rows[1]!.altered, "rewritten")
      assert.deepStrictEqual(yield* letters.forget({ keys: ["hackernews:1"], authors: [] }), ["hackernews:1"])
      assert.strictEqual((yield* sql`select 1 from dlq_events`).length, 1)
    }).pipe(Effect.provide(Test)),
)

it.effect("a replay that fails meets the letter's own row, in whatever order its failures are told; the third one parks it", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const letters = yield* DeadLetters
    const row = Effect.map(
      sql<{ attempts: number; replays: number; error: string; error_class: string; replayed: boolean; parked: boolean }>`
        select attempts, replays, error, error_class, replayed_at is not null as replayed, parked_at is not null as parked from dlq_events`,
      (rows) => {
        assert.strictEqual(rows.length, 1)
        return rows[0]
      },
    )
    const failure = (n: number) =>
      record(1, { attempts: n + 1, replays: n, error: `failure ${n}`, errorClass: "permanent", lastFailedAt: NOON + n * 1_000 })
    const replay = (n: number) => sql`update dlq_events set replayed_at = now(), replays = ${n}`
    yield* letters.write([record(1)])
    yield* replay(1)
    yield* letters.write([record(1)])
    assert.deepInclude(yield* row, { attempts: 1, replayed: true })
    yield* letters.write([failure(1)])
    assert.deepInclude(yield* row, {
      attempts: 2,
      replays: 1,
      error: "failure 1",
      error_class: "permanent",
      replayed: false,
      parked: false,
    })
    yield* replay(2)
    yield* letters.write([failure(1), record(1)])
    assert.deepInclude(yield* row, { attempts: 2, replayed: true, parked: false })
    yield* letters.write([failure(2)])
    assert.deepInclude(yield* row, { attempts: 3, replayed: false, parked: false })
    yield* letters.write([failure(3)])
    assert.deepInclude(yield* row, { attempts: 4, replays: 3, replayed: false, parked: true })
    yield* letters.write([failure(2)])
    assert.deepInclude(yield* row, { attempts: 4, error: "failure 3", parked: true })
    assert.deepStrictEqual(yield* letters.count, { open: 0, parked: 1 })
  }).pipe(Effect.provide(Test)),
)

it.effect("a letter that was discarded does not come back by its record, only by a failure that is news", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const letters = yield* DeadLetters
    yield* letters.write([record(1)])
    yield* sql`update dlq_events set discarded_at = now(), payload = '', key = null`
    yield* letters.write([record(1)])
    const row = sql<{ gone: boolean; payload: string }>`select discarded_at is not null as gone, payload from dlq_events`
    assert.deepStrictEqual(yield* row, [{ gone: true, payload: "" }])
    assert.deepStrictEqual(yield* letters.count, { open: 0, parked: 0 })
    yield* letters.write([record(1, { attempts: 2, replays: 1 })])
    assert.deepStrictEqual(yield* row, [{ gone: false, payload: "{" }])
  }).pipe(Effect.provide(Test)),
)

it.effect("of a deleted signal or author no letter is kept, also when its message cannot be read; others beside it are (guarantee 4)", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const letters = yield* DeadLetters
    const by = (offset: number, author: string, fields: Partial<DeadLetterRecord> = {}) =>
      record(offset, { payload: `{"signal":{"author":${JSON.stringify(author)},"title":"wor`, ...fields })
    const all = [
      record(1),
      by(2, 'bo"b'),
      by(3, "eve"),
      by(4, 'bo"b', { key: "t3_4", topic: "reddit.comments" }),
      record(5, { key: "1", topic: "reddit.comments" }),
    ]
    const keys = Effect.map(sql<{ key: string }>`select key from dlq_events order by key`, (rows) => rows.map(({ key }) => key))
    yield* letters.write(all)
    assert.strictEqual((yield* keys).length, 5)
    const author = { platform: "hackernews", author: 'bo"b' }
    assert.sameMembers(
      [...(yield* letters.forget({ keys: ["hackernews:1"], authors: [author] }))],
      // The comment's author is another one of the same name, on Reddit.
      ["hackernews:1", "hackernews:2", "1"],
    )
    assert.deepStrictEqual(yield* keys, ["hackernews:3", "t3_4"])

    yield* sql`truncate dlq_events`
    const key = yield* authorKey(sql)
    yield* sql`insert into removals (target_kind, target, platform, kind, at, why, restored_at) values
      ('signal', 'hackernews:1', 'hackernews', 'deleted', now(), 'test', null), ('author', ${key(author)}, 'hackernews', 'deleted', now(), 'test', null),
      ('signal', 'hackernews:3', 'hackernews', 'hidden', now(), 'test', null)`
    const kept = yield* letters.write(all)
    assert.deepStrictEqual(kept.map(({ offset }) => offset).toSorted(), [3, 4, 5])
    yield* sql`update removals set restored_at = ${new Date(NOON - 1_000)} where target_kind = 'author'`
    assert.strictEqual((yield* letters.write([by(6, 'bo"b')])).length, 1)
  }).pipe(Effect.provide(Test)),
)

it.effect("a letter that is written beside a removal does not outlive it (guarantee 4)", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const letters = yield* DeadLetters
    // A writer that has looked for removals and has not committed yet.
    const looked = yield* Deferred.make<void>()
    const go = yield* Deferred.make<void>()
    const writer = yield* letters.write([record(1)]).pipe(
      Effect.tap(() => Effect.andThen(Deferred.succeed(looked, undefined), Deferred.await(go))),
      transactionOn(sql),
      Effect.forkChild,
    )
    yield* Deferred.await(looked)
    yield* sql`insert into removals (target_kind, target, platform, kind, at, why) values ('signal', 'hackernews:1', 'hackernews', 'deleted', now(), 'test')`
    const removal = yield* Effect.forkChild(letters.forget({ keys: ["hackernews:1"], authors: [] }))
    const waiting = sql<{ n: number }>`select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`
    yield* eventually(waiting, ([row]) => row!.n === 1)
    yield* Deferred.succeed(go, undefined)
    yield* Fiber.join(writer)
    yield* Fiber.join(removal)
    assert.deepStrictEqual(yield* sql`select key from dlq_events`, [])
  }).pipe(Effect.provide(Test)),
)
