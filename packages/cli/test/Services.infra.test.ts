import { assert, describe, it } from "@effect/vitest"
import type { LiveFrame } from "@signalflow/domain/LiveFrame"
import * as Simulator from "@signalflow/simulator/Simulator"
import { Effect } from "effect"
import { setTimeout as sleep } from "node:timers/promises"
import { WebSocket } from "ws"
import { kafkaMissing, startKafka } from "../../../infra/test/kafka.ts"
import { postgresMissing, startPostgres } from "../../../infra/test/postgres.ts"
import { redisMissing, startRedis } from "../../../infra/test/redis.ts"
import { environment } from "./Environment.ts"
import { type FleetProcess, runCommand, startService } from "./FleetProcess.ts"
import { HOURS, patiently } from "./RunningProgram.ts"

const missing = kafkaMissing() ?? postgresMissing() ?? redisMissing()

const servers = Effect.gen(function* () {
  const postgres = yield* Effect.acquireRelease(
    Effect.promise(() => startPostgres()),
    (server) => Effect.promise(() => server.destroy()),
  )
  const kafka = yield* Effect.acquireRelease(
    Effect.promise(() => startKafka(1)),
    (cluster) => Effect.promise(() => cluster.stop()),
  )
  const redis = yield* Effect.acquireRelease(
    Effect.promise(() => startRedis()),
    (server) => Effect.promise(() => server.stop()),
  )
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
          const base = await new Promise<string>((resolve, reject) => {
            const look = async () => {
              for (let waited = 0; waited < 60_000; waited += 200) {
                const found = /Listening at (http:\/\/[^;"]+)/.exec(serve.output())?.[1]
                if (found !== undefined) return resolve(found)
                await sleep(200)
              }
              reject(new Error(`serve did not start: ${serve.output()}`))
            }
            void look()
          })
          assert.notInclude(serve.output(), "#code=")
          const linked = await runCommand(["link", "--json"], { ...settings, PORT: new URL(base).port })
          const { code } = JSON.parse(linked.out) as { code: string }
          const json = async <A>(path: string, init: RequestInit = {}) => (await (await fetch(base + path, init)).json()) as A
          const { access } = await json<{ access: string }>("/api/token/link", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ code }),
          })
          const get = <A>(path: string) => json<A>(path, { headers: { authorization: `Bearer ${access}` } })

          const socket = new WebSocket(`${base.replace("http", "ws")}/ws/signals/`, { headers: { origin: base } })
          const frames: Array<LiveFrame> = []
          socket.on("message", (data) => frames.push(JSON.parse(String(data)) as LiveFrame))
          await new Promise((open, fail) => socket.once("open", open).once("error", fail))
          socket.send(JSON.stringify({ type: "auth", token: access }))
          socket.send(JSON.stringify({ type: "subscribe" }))
          await patiently("hello", async () => frames.some(({ type }) => type === "hello"))
          const { id } = simulator.publish()
          await patiently("a frame by way of Redis", async () => frames.some((frame) => frame.type === "signal" && frame.signal.id === id))
          simulator.retract(id)
          await patiently("the frame of its removal", async () => frames.some((frame) => frame.type === "removed" && frame.id === id))
          socket.close()

          const asOf = Date.now()
          const planted = () =>
            new Set(
              simulator
                .truth({ until: asOf, limit: 100_000 })
                .signals.filter(({ removed }) => removed === null)
                .map((signal) => signal.id),
            )
          assert.isAbove(planted().size, 100)
          let missing: ReadonlyArray<string> = []
          await patiently("every planted signal is served", async () => {
            await sleep(8_000)
            let cursor: string | null = null
            const missed = planted()
            do {
              const page: { results: ReadonlyArray<{ id: string }>; next: string | null } = await get(
                `/api/v1/signals/?page_size=200${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
              )
              for (const row of page.results) missed.delete(row.id)
              cursor = page.next
            } while (cursor !== null)
            missing = [...missed]
            return missing.length === 0
          }).catch((cause) => assert.fail(`${cause}; missing ${missing.length}: ${missing.slice(0, 5).join(", ")}`))
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
