import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@signalflow/simulator/Simulator"
import { Effect } from "effect"
import * as TestKafka from "../../../platform/test/kafka/TestKafka.ts"
import * as RealPostgres from "../../../platform/test/postgres/RealPostgres.ts"
import * as TestRedis from "../../../platform/test/redis/TestRedis.ts"
import { patiently, plantedIn, signIn } from "../Client.ts"
import { runCommand } from "../Command.ts"
import { environment } from "../Environment.ts"
import { type FleetProcess, startService } from "../FleetProcess.ts"
import { HOURS } from "../RunningProgram.ts"

const missing = TestKafka.missing ?? RealPostgres.missing ?? TestRedis.missing

const servers = Effect.gen(function* () {
  const postgres = yield* RealPostgres.testServer()
  const kafka = yield* TestKafka.cluster(1)
  const redis = yield* TestRedis.testServer()
  return {
    DATABASE_URL: `postgresql://${postgres.username}:${postgres.password}@127.0.0.1:${postgres.port}/${postgres.database}`,
    KAFKA_BOOTSTRAP_SERVERS: kafka.addresses.join(","),
    REDIS_URL: redis.url,
  }
})

const service = (args: ReadonlyArray<string>, settings: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.promise(() => startService(args, settings)),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL")),
  )

const is = (name: string, why: RegExp | null) => (ready: { dependencies: ReadonlyArray<{ name: string; why: string | null }> }) =>
  ready.dependencies.some((part) => part.name === name && (why === null ? part.why === null : why.test(part.why ?? "")))

const stopped = async (process: FleetProcess) => {
  const asked = performance.now()
  assert.strictEqual(await process.stop(), 0, process.output())
  assert.isBelow(performance.now() - asked, 10_000)
}

describe.skipIf(missing !== null)("a fleet", () => {
  it.live(
    "waits for its schema, serves what its services read, and ends in order",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ seed: 6, historyHours: HOURS, lookbackHours: HOURS + 2 })
        const settings = { ...(environment("/nonexistent", simulator.url, HOURS + 1) as Record<string, string>), ...(yield* servers) }
        const aggregate = yield* service(["aggregate"], settings)
        yield* Effect.promise(async () => {
          const waiting = await aggregate.until("waiting for the schema", is("schema", /signalflow migrate/))
          assert.strictEqual(waiting.status, "unready")
          const migrated = await runCommand(["migrate"], settings)
          assert.strictEqual(migrated.code, 0, migrated.err)
          await aggregate.until(
            "ready",
            ({ status, dependencies }) => status === "ready" && dependencies.some(({ name }) => name === "aggregation"),
          )
        })
        const [ingest, waiting, first, second, serve] = yield* Effect.all([
          service(["ingest"], settings),
          service(["ingest"], settings),
          service(["process"], settings),
          service(["process"], settings),
          service(["serve"], { ...settings, LOG_LEVEL: "info" }),
        ])
        yield* Effect.promise(async () => {
          const listening = () => /Listening at (http:\/\/[^;"]+)/.exec(serve.output())?.[1]
          await patiently("serve listens", async () => listening() !== undefined).catch((cause) =>
            assert.fail(`${cause}: ${serve.output()}`),
          )
          const base = listening()!
          assert.notInclude(serve.output(), "#code=")
          const linked = await runCommand(["link", "--json"], { ...settings, PORT: new URL(base).port })
          const { code } = JSON.parse(linked.out) as { code: string }
          const { served, live } = await signIn(base, code)
          await live(simulator)
          const planted = plantedIn(simulator)
          assert.isAbove(planted().length, 100)
          await served(planted)
        })
        yield* Effect.promise(async () => {
          const held = is("ingest", null)
          const readers = [ingest, waiting]
          const [one, other] = held((await ingest.ready())!) ? readers : readers.toReversed()
          await one!.until("reading", held)
          await other!.until("waiting", is("ingest", /shard 0 is read by .*, process \d+; this process takes over/))
          one!.child.kill("SIGKILL")
          await other!.until("the one that reads now", held)
          await Promise.all([other!, first, second, aggregate, serve].map(stopped))
        })
      }).pipe(Effect.scoped),
    240_000,
  )
})
