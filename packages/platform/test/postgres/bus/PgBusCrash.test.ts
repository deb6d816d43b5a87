import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import { Effect, Layer, Redacted } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { eventually, until } from "../../../../domain/test/Received.ts"
import * as PgBus from "../../../src/postgres/bus/PgBus.ts"
import * as TestPostgres from "../../TestPostgres.ts"

const topic = { name: "crash", partitions: 6 }

const KILLS = 6

/** A child that says a number after each thing it has done. */
const start = (role: string, connection: string, from: number, onLine: (said: number) => void) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const program = fileURLToPath(new URL("busProgram.ts", import.meta.url))
      const child = spawn(process.execPath, [program, role, connection, String(from)], { stdio: ["ignore", "pipe", "inherit"] })
      createInterface({ input: child.stdout }).on("line", (line) => onLine(Number(line)))
      return child
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL")),
  )

const killed = (child: ChildProcess) =>
  Effect.promise(async () => {
    const ended = new Promise((resolve) => child.on("close", resolve))
    child.kill("SIGKILL")
    await ended
  })

it.live(
  "loses nothing that was acknowledged, and keeps the order of each key, when publisher and consumer are killed at random",
  () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { host, port, username, password, database } = yield* TestPostgres.TestPostgres
      const connection = JSON.stringify({ host, port, username, database, password: Redacted.value(password) })
      yield* sql`CREATE TABLE seen (id bigint GENERATED ALWAYS AS IDENTITY, key text NOT NULL, value integer NOT NULL)`
      yield* (yield* SignalConsumer).register({ group: "crash", topics: [topic] })
      let acknowledged = 0
      let consumed = 0
      for (let round = 0; round < KILLS; round++) {
        const [published, read] = [acknowledged, consumed]
        const publisher = yield* start("publish", connection, acknowledged, (said) => void (acknowledged = said))
        const consumer = yield* start("consume", connection, 0, (said) => void (consumed += said))
        const some = () => 100 + Math.floor(Math.random() * 400)
        const [enoughPublished, enoughRead] = [published + some(), read + some()]
        const first = round % 2 === 0 ? publisher : consumer
        yield* until(() => acknowledged >= enoughPublished && consumed >= enoughRead)
        yield* killed(first)
        yield* killed(first === publisher ? consumer : publisher)
      }
      yield* start("consume", connection, 0, () => {})
      const bus = yield* SignalConsumer
      yield* eventually(bus.unread("crash"), ({ messages }) => messages === 0)

      const rows = yield* sql<{ key: string; value: number }>`SELECT key, value FROM seen ORDER BY id`
      const seen = new Set(rows.map(({ value }) => value))
      const lost = Array.from({ length: acknowledged }, (_, value) => value).filter((value) => !seen.has(value))
      assert.deepStrictEqual(lost, [])
      const newest = new Map<string, number>()
      for (const { key, value } of rows) {
        const before = newest.get(key) ?? value % 50
        assert.isAtMost(value, before + 50, `${key} went from ${before} to ${value}`)
        newest.set(key, Math.max(before, value))
      }
      yield* eventually(sql`SELECT 1 FROM bus_messages`, (rest) => rest.length === 0)
    }).pipe(Effect.scoped, Effect.provide(PgBus.layer({ minAge: 0, trimEvery: "50 millis" }).pipe(Layer.provideMerge(TestPostgres.layer)))),
  120_000,
)
