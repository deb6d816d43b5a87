import { assert, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import type { Delivery } from "@signalflow/domain/SignalBus"
import { Effect, Layer } from "effect"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { DeadLetters, type Letter } from "../src/DeadLetters.ts"

const lane = { topic: "signals.normalised", partition: 3, ack: () => Effect.void }

const letter = (offset: number, fields: Partial<Delivery> = {}): Letter => ({
  delivery: { lane, offset, key: `hackernews:${offset}`, value: "{", headers: {}, publishedAt: 0, ...fields },
  errorClass: "validation",
  error: "not JSON",
})

it.effect(
  "a message is one letter, however often it is set aside, in one batch or in two; NUL and lone surrogates spoil nothing (guarantee 5)",
  () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const letters = yield* DeadLetters
      const hostile = letter(2, { key: "hackernews:\u0000", value: "a\u0000b\ud800", headers: { "x\u0000": "y\u0000\udfff" } })
      yield* letters.write([letter(1), letter(1), hostile])
      yield* letters.write([letter(1)])
      const rows = yield* sql<{ offset: bigint; payload: string }>`select "offset", payload from dlq_events order by "offset"`
      assert.deepStrictEqual(
        rows.map(({ offset, payload }) => [Number(offset), payload]),
        [
          [1, "{"],
          [2, "a\\u0000b\ufffd"],
        ],
      )
      yield* letters.forget(["hackernews:1"])
      assert.strictEqual((yield* sql`select 1 from dlq_events`).length, 1)
    }).pipe(Effect.provide(DeadLetters.layer.pipe(Layer.provideMerge(TestPostgres.layer)))),
)
