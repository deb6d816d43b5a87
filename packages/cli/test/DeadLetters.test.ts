import { assert, describe, it } from "@effect/vitest"
import * as PgClient from "@effect/sql-pg/PgClient"
import { dlqTopicOf, signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import { Effect, Layer } from "effect"
import { eventually } from "../../domain/test/Received.ts"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { around, letters, removal, round, settled, start } from "./DeadLetterRound.ts"

const Test = around.pipe(Layer.provideMerge(PgBus.layer({ pollEvery: "20 millis" })), Layer.provideMerge(TestPostgres.layer))

describe("dead letters on the embedded bus", () => {
  it.live(
    "poison goes to its topic and the table, alone; a replay meets its letter, three park it, and at last it is processed (guarantee 5)",
    () => round.pipe(Effect.scoped, Effect.provide(Test)),
  )

  it.live("nothing of what was removed stays among the letters or on the bus, or comes back (guarantee 4)", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* removal
      const words = yield* sql<{ key: string }>`select key from bus_messages where topic = 'signals.normalised.dlq' order by 1`
      assert.deepStrictEqual(
        words.map(({ key }) => key),
        ["hackernews:3"],
      )
    }).pipe(Effect.scoped, Effect.provide(Test)),
  )

  it.live("what is no record of dead letters is a letter of its own topic, and does not come round again", () =>
    Effect.gen(function* () {
      const { publish } = yield* SignalPublisher
      const seen = yield* start
      const topic = dlqTopicOf(signalsNormalised)
      yield* publish([
        { topic, key: "odd", value: "what is this", headers: { "dlq-topic": "signals.normalised" } },
        { topic, key: "bare", value: "", headers: {} },
      ])
      const rows = yield* eventually(letters, ({ length }) => length === 2)
      yield* settled
      assert.deepStrictEqual(
        rows.map(({ key, topic, error_class, payload }) => [key, topic, error_class, payload]),
        [
          ["odd", "signals.normalised.dlq", "validation", "what is this"],
          ["bare", "signals.normalised.dlq", "validation", ""],
        ],
      )
      assert.include(rows[0]!.error, "not a record of dead letters: header dlq-class is null")
      assert.strictEqual(seen.length, 2)
    }).pipe(Effect.scoped, Effect.provide(Test)),
  )

  it.live("a message of 5 MB blocks nothing: what is kept of it says that it was cut", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* start
      // Past the limit of our own producers: somebody else's.
      yield* sql`with head as (update bus_partitions set next_offset = next_offset + 1 where topic = 'signals.normalised' and partition = 0 returning next_offset - 1 as "offset")
        insert into bus_messages select 'signals.normalised', 0, "offset", 'hackernews:huge', repeat('x', 5000000), '{}', now() from head`
      const [row] = yield* eventually(letters, ({ length }) => length === 1)
      yield* settled
      assert.isBelow(row!.payload.length, 900_000)
      const altered = yield* sql<{ altered: string }>`select altered from dlq_events`
      assert.include(altered[0]!.altered, "the payload was cut from 5000000 to")
    }).pipe(Effect.scoped, Effect.provide(Test)),
  )
})
