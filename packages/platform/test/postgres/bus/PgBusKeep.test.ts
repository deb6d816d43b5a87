import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Effect, Layer, Stream } from "effect"
import { eventually, freshTopic, record } from "../../../../domain/test/Received.ts"
import * as PgBus from "../../../src/postgres/bus/PgBus.ts"
import * as TestPostgres from "../../TestPostgres.ts"

const [kept, other] = [freshTopic(2), freshTopic(1)]

const valuesOf = (topic: string) =>
  Effect.flatMap(PgClient.PgClient, (sql) =>
    Effect.map(sql<{ value: string }>`SELECT value FROM bus_messages WHERE topic = ${topic} ORDER BY partition, "offset"`, (rows) =>
      rows.map(({ value }) => value),
    ),
  )

it.live("keeps a topic that nobody reads for as long as it is told, and not for ever", () =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    yield* publish([record(kept, "a", "early"), record(other, "a", "unread"), record(kept, "b", "late")])
    assert.deepStrictEqual(yield* valuesOf(other.name), [])
    const tailed = yield* consumer.tail([kept], 0).pipe(Stream.take(2), Stream.runCollect)
    assert.deepStrictEqual([...tailed].map(({ value }) => value).sort(), ["early", "late"])

    // Of a topic that is not kept the same two messages would be gone by the time that a third is.
    yield* consumer.register({ group: "g", topics: [other] })
    yield* publish([record(other, "a", "trimmed")])
    yield* sql`UPDATE bus_offsets SET committed = 1 WHERE topic = ${other.name}`
    yield* eventually(valuesOf(other.name), (values) => values.length === 0)
    assert.deepStrictEqual([...(yield* valuesOf(kept.name))].sort(), ["early", "late"])

    yield* sql`UPDATE bus_messages SET published_at = now() - interval '61 minutes' WHERE topic = ${kept.name} AND value = 'early'`
    yield* eventually(valuesOf(kept.name), (values) => values.length === 1 && values[0] === "late")
  }).pipe(
    Effect.scoped,
    Effect.provide(
      PgBus.layer({ minAge: 0, trimEvery: "20 millis", keep: { topics: [kept.name], age: "1 hour" } }).pipe(
        Layer.provideMerge(TestPostgres.layer),
      ),
    ),
  ),
)
