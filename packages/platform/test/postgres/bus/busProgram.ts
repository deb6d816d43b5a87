import * as PgClient from "@effect/sql-pg/PgClient"
import { ackAll, type BusError, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Effect, Layer, Redacted, Stream } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { writeSync } from "node:fs"
import * as PgBus from "../../../src/postgres/bus/PgBus.ts"
import * as Postgres from "../../../src/postgres/Postgres.ts"
import { int4, text } from "../../../src/postgres/Sql.ts"

/** A publisher or a consumer that is killed: `busProgram.ts publish|consume CONNECTION FROM`. It says on standard output what it has done. */
const [role, connection, from] = process.argv.slice(2) as [string, string, string]
const { password, ...where } = JSON.parse(connection) as {
  host: string
  port: number
  username: string
  database: string
  password: string
}

const topic = { name: "crash", partitions: 6 }
const group = { group: "crash", topics: [topic] }
const say = (line: string) => Effect.sync(() => void writeSync(1, `${line}\n`))

/** Batches of 20 with rising numbers, each said once it is acknowledged. */
const publish = Effect.gen(function* () {
  const { publish } = yield* SignalPublisher
  for (let n = Number(from); ; n += 20) {
    const numbers = Array.from({ length: 20 }, (_, index) => n + index)
    yield* publish(numbers.map((value) => ({ topic, key: `k${value % 50}`, value: String(value), headers: {} })))
    yield* say(String(n + 20))
  }
})

/** Writes what it reads, then acknowledges. */
const consume = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const consumer = yield* SignalConsumer
  yield* consumer.deliveries(group).pipe(
    Stream.groupedWithin(50, "10 millis"),
    Stream.runForEach((batch) =>
      Effect.andThen(
        sql`
          INSERT INTO seen (key, value)
          SELECT * FROM unnest(${text(batch.map(({ key }) => key))}::text[], ${int4(batch.map(({ value }) => Number(value)))}::int4[])`,
        Effect.andThen(ackAll(batch), say(String(batch.length))),
      ),
    ),
  )
})

const bus = PgBus.layer({ minAge: 0, trimEvery: "50 millis", balanceEvery: "100 millis" })
const postgres = Postgres.layer({ ...where, password: Redacted.make(password) })

const program: Effect.Effect<void, BusError | SqlError, PgClient.PgClient | SignalConsumer | SignalPublisher> =
  role === "publish" ? publish : consume

await Effect.runPromise(program.pipe(Effect.provide(bus.pipe(Layer.provideMerge(postgres)))))
