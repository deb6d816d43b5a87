import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import { LetterDesk } from "../../src/deadletters/DeadLetterQueries.ts"
import { NOON, plant } from "./Letters.ts"

const Test = LetterDesk.layer.pipe(Layer.provideMerge(TestPostgres.layer))

it.live("what is discarded is nowhere to be seen, and nothing of its message is kept but its place", () =>
  Effect.gen(function* () {
    const desk = yield* LetterDesk
    const sql = yield* SqlClient
    const one = yield* plant({ offset: 1, payload: "private words", error: "private error" })
    const parked = yield* plant({ offset: 2, parkedAt: new Date(NOON) })
    const other = yield* plant({ offset: 3, topic: "reddit.comments" })
    const kept = yield* plant({ offset: 4, errorClass: "permanent" })
    assert.deepStrictEqual(yield* desk.discard([one, 4711, one]), [one])
    assert.deepStrictEqual(yield* desk.discard([one]), [])
    assert.strictEqual(yield* desk.discardAll({ parked: true }), 1)
    assert.strictEqual(yield* desk.discardAll({ topic: "reddit.comments", since: new Date(NOON) }), 1)
    const { results } = yield* desk.page({}, 10)
    assert.deepStrictEqual(
      results.map(({ id }) => id),
      [kept],
    )
    for (const id of [one, parked, other]) assert.isNull(yield* desk.find(id))
    assert.deepInclude(yield* desk.stats, { total: 1, open: 1, replayed: 0, parked: 0 })
    const rows = yield* sql`select topic, partition, "offset"::int, key, payload, headers, error from dlq_events where id = ${one}`
    assert.deepStrictEqual(rows, [{ topic: "signals.normalised", partition: 0, offset: 1, key: null, payload: "", headers: {}, error: "" }])
  }).pipe(Effect.provide(Test)),
)
