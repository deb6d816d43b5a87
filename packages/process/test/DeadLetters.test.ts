import { assert, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import type { DeadLetterRecord } from "@signalflow/domain/DeadLetterRecord"
import { Effect, Layer } from "effect"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { DeadLetters } from "../src/DeadLetters.ts"

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
