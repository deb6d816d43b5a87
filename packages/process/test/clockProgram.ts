import { groups } from "@signalflow/domain/bus/Groups"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import type { KafkaOptions } from "@signalflow/platform/kafka/KafkaOptions"
import { Fence } from "@signalflow/platform/postgres/leases/Fence"
import { whileHeld } from "@signalflow/platform/postgres/leases/Leases"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Clock, Effect, Fiber, Layer, Redacted, Schedule } from "effect"
import { writeSync } from "node:fs"
import { createInterface } from "node:readline"
import { DeadLetters } from "../src/deadletters/DeadLetters.ts"
import * as PgSignalStore from "../src/store/PgSignalStore.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { observed } from "./events.ts"

/** A source, the pipeline and two rivals for a lease, under a clock that somebody sets: `clockProgram.ts CONFIGURATION`. Standard input says `silence`, `go` and `stop`. */
const { connection, kafka } = JSON.parse(process.argv[2]!) as {
  readonly connection: Record<"host" | "username" | "password" | "database", string> & { readonly port: number }
  readonly kafka?: Pick<KafkaOptions, "brokers" | "client">
}

const say = (what: object) => Effect.sync(() => void writeSync(1, `${JSON.stringify(what)}\n`))

const program = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const { publish } = yield* SignalPublisher
  const consumer = yield* SignalConsumer
  yield* sql`CREATE TABLE lease_writes (n bigint GENERATED ALWAYS AS IDENTITY, token bigint NOT NULL, holder text NOT NULL)`
  yield* consumer.register(Pipeline.subscription)
  // Nobody reads for it: it must still be there when its consumer comes.
  yield* consumer.register({ ...Pipeline.subscription, group: "away" })

  let sent = 0
  let [silent, stopping] = [false, false]
  const source = Effect.gen(function* () {
    // As the bus's own clock goes: that of a broker elsewhere is not set.
    const now = kafka === undefined ? yield* Clock.currentTimeMillis : Math.round(performance.timeOrigin + performance.now())
    const events = Array.from({ length: 5 }, (_, n) => observed({ id: `clock-${sent + n}`, publishedAt: now - 60_000, observedAt: now }))
    // The clock is nearly always set between the two: what was observed before is received after.
    yield* Effect.sleep("50 millis")
    yield* Effect.retry(publish(events.map((event) => signalRecord(event))), Schedule.spaced("100 millis"))
    sent += events.length
  }).pipe(Effect.when(Effect.sync(() => !silent)), Effect.repeat({ schedule: Schedule.spaced("1 millis"), while: () => !stopping }))

  const rival = (holder: string) =>
    whileHeld("clock", { ttl: "3 seconds", lookEvery: "200 millis" })(
      Effect.gen(function* () {
        const { guard } = yield* Fence
        yield* Effect.repeat(
          Postgres.transactionOn(sql)(
            Effect.andThen(guard, sql`INSERT INTO lease_writes (token, holder) SELECT token, ${holder} FROM leases WHERE name = 'clock'`),
          ),
          Schedule.spaced("50 millis"),
        )
      }),
    )

  const stored = Effect.map(sql<{ n: number }>`SELECT count(*)::int AS n FROM signals`, ([row]) => row!.n)
  const report = Effect.gen(function* () {
    const [leases] = yield* sql<{ writes: number }>`SELECT count(*)::int AS writes FROM lease_writes`
    yield* say({ sent, stored: yield* stored, leaseWrites: leases!.writes })
  })

  yield* Effect.forkScoped(Pipeline.run)
  for (const holder of ["one", "two"]) yield* Effect.forkScoped(rival(holder))
  const writing = yield* Effect.forkScoped(source)
  yield* Effect.forkScoped(Effect.repeat(report, Schedule.spaced("200 millis")))
  yield* Effect.callback<void>(
    (resume) =>
      void createInterface({ input: process.stdin }).on("line", (line) => {
        silent = line === "silence"
        if (line === "stop") resume(Effect.void)
      }),
  )
  stopping = true
  yield* Fiber.join(writing)
  while ((yield* consumer.unread(groups.process)).messages > 0) yield* Effect.sleep("50 millis")

  const [checks] = yield* sql<{ backwards: number; shared: number; letters: number }>`
    SELECT (SELECT count(*)::int FROM (SELECT token, lag(token) OVER (ORDER BY n) AS before FROM lease_writes) w WHERE token < before) AS backwards,
      (SELECT count(*)::int FROM (SELECT FROM lease_writes GROUP BY token HAVING count(DISTINCT holder) > 1) w) AS shared,
      (SELECT count(*)::int FROM dlq_events) AS letters`
  const expired = yield* sql`SELECT 1 FROM bus_groups WHERE expired_at IS NOT NULL`
  yield* say({
    sent,
    stored: yield* stored,
    ...checks,
    expired: expired.length,
    kept: (yield* consumer.unread("away")).messages,
    ended: true,
  })
})

const bus = kafka === undefined ? PgBus.layer({ minAge: 0, trimEvery: "200 millis" }) : KafkaBus.layer(kafka)
const layers = Layer.mergeAll(PgSignalStore.layer, DeadLetters.layer, LiveFeed.layerMemory, VelocityCache.layerMemory).pipe(
  Layer.provideMerge(bus),
  Layer.provideMerge(Postgres.layer({ ...connection, password: Redacted.make(connection.password), poolSize: 8 })),
  Layer.provideMerge(
    Layer.mergeAll(Readiness.layer, Metrics.layerTest, Settings.layerWith({}), Logging.layer({ level: "warn", format: "pretty" })),
  ),
)
await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(layers)))
process.exit(0)
