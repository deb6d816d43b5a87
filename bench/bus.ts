import { signalsNormalised } from "@signalflow/domain/BusTopic"
import { ackAll, type BusRecord, SignalConsumer, SignalPublisher } from "@signalflow/domain/SignalBus"
import * as EmbeddedPostgres from "@signalflow/platform/postgres/EmbeddedPostgres"
import { migrate } from "@signalflow/platform/postgres/Migrations"
import * as PgBus from "@signalflow/platform/postgres/PgBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Effect, Layer, References, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { cpuOfChildren } from "./machine.ts"
import type { Options, Result } from "./main.ts"

const BATCH = 500
const topics = [signalsNormalised]

let made = 0
const words =
  "the a new release of model chip database runs faster than last year and people on the street say it is great or terrible".split(" ")
const sentence = (length: number) =>
  Array.from({ length }, (_, n) => words[(made * 7 + n * 13 + ((made * n) % 11)) % words.length]).join(" ")

const records = (count: number): ReadonlyArray<BusRecord> =>
  Array.from({ length: count }, () => {
    const id = `hackernews:${++made}`
    const signal = {
      id,
      platform: "hackernews",
      kind: "story",
      title: sentence(10),
      body: sentence(40),
      author: `user${made % 5_000}`,
      score: made % 300,
    }
    return {
      topic: signalsNormalised,
      key: id,
      value: JSON.stringify({
        _tag: "Observed",
        signal: { ...signal, permalink: `https://news.ycombinator.com/item?id=${made}`, observedAt: Date.now() },
      }),
      headers: {
        schema_version: "1",
        "content-type": "application/json",
        traceparent: `00-${String(made).padStart(32, "0")}-0000000000000001-01`,
      },
    }
  })

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { pid } = yield* EmbeddedPostgres.EmbeddedPostgres
    const [began, cpu, server] = [performance.now(), process.cpuUsage(), cpuOfChildren(pid)]
    const result = yield* effect
    const used = process.cpuUsage(cpu)
    return { result, ms: performance.now() - began, nodeMs: (used.user + used.system) / 1_000, postgresMs: cpuOfChildren(pid) - server }
  })

const quantile = (sorted: ReadonlyArray<number>, q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
const round = (value: number) => Math.round(value * 100) / 100

const take = (group: string, count: number) =>
  Effect.gen(function* () {
    let left = count
    yield* (yield* SignalConsumer).deliveries({ group, topics }).pipe(
      Stream.groupedWithin(BATCH, "250 millis"),
      Stream.mapEffect((batch) => {
        left -= batch.length
        return ackAll(batch)
      }),
      Stream.takeUntil(() => left <= 0),
      Stream.runDrain,
    )
  })

const latency = (samples: number) =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const taken: Array<number> = []
    let arrived = (_at: number) => {}
    yield* consumer.deliveries({ group: "bench", topics }).pipe(
      Stream.runForEach((delivery) => {
        const at = performance.now()
        return Effect.map(delivery.lane.ack([delivery.offset]), () => arrived(at))
      }),
      Effect.forkScoped,
    )
    for (let n = 0; n < samples; n++) {
      const delivered = new Promise<number>((resolve) => (arrived = resolve))
      const began = performance.now()
      yield* publish(records(1))
      taken.push((yield* Effect.promise(() => delivered)) - began)
    }
    return taken.slice(5).sort((a, b) => a - b)
  }).pipe(Effect.scoped)

/** What a consumer that starts with so much unread waits for its first delivery, and what the bus's own questions cost. */
const backlog = (unread: number) =>
  Effect.gen(function* () {
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const behind = (yield* consumer.unread("bench")).messages
    for (let n = behind; n < unread; n += 5_000) yield* publish(records(Math.min(5_000, unread - n)))
    const first = () => timed(consumer.deliveries({ group: "bench", topics }).pipe(Stream.take(1), Stream.runDrain))
    const starts = [yield* first(), yield* first(), yield* first()].map(({ ms }) => ms).sort((a, b) => a - b)
    const asked = yield* timed(consumer.unread("bench"))
    const thousand = yield* timed(take("bench", 1_000))
    return { unread, firstDeliveryMs: round(starts[1]!), unreadMs: round(asked.ms), thousandMs: round(thousand.ms) }
  })

const program = (n: number) =>
  Effect.gen(function* () {
    yield* migrate(fileURLToPath(new URL("../sql", import.meta.url)))
    const sql = yield* SqlClient
    const { publish } = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    yield* consumer.register({ group: "bench", topics })
    yield* publish(records(BATCH))
    yield* take("bench", BATCH)
    const batches = Array.from({ length: Math.ceil(n / BATCH) }, () => records(BATCH))
    const data = `made-up signals of ${Math.round(batches[0]!.reduce((sum, { value }) => sum + value.length, 0) / BATCH)} characters, ${BATCH} a batch`
    const throughput = ({ ms, nodeMs, postgresMs }: { ms: number; nodeMs: number; postgresMs: number }) => ({
      n,
      data,
      signalsPerSecond: (n / ms) * 1_000,
      cpuMsPer1000: ((nodeMs + postgresMs) / n) * 1_000,
      rssMb: process.memoryUsage.rss() / 2 ** 20,
      detail: { usPerSignal: round((ms / n) * 1_000), nodeUs: round((nodeMs / n) * 1_000), postgresUs: round((postgresMs / n) * 1_000) },
    })
    const published = throughput(yield* timed(Effect.forEach(batches, publish, { discard: true })))
    const delivered = throughput(yield* timed(take("bench", batches.length * BATCH)))
    const waits = yield* latency(300)
    yield* Effect.gen(function* () {
      while ((yield* sql`SELECT 1 FROM bus_messages LIMIT 1`).length > 0) yield* Effect.sleep("20 millis")
    })
    const small = yield* backlog(Math.max(5_000, n))
    const large = yield* backlog(Math.max(50_000, n * 10))
    const { unread: _, ...ofSmall } = small
    const { unread: __, ...ofLarge } = large
    return [
      { name: "publish", ...published },
      { name: "deliver and acknowledge", ...delivered },
      { name: "publish to delivery, one at a time", n: waits.length, data, p50Ms: quantile(waits, 0.5), p99Ms: quantile(waits, 0.99) },
      { name: "start with a small backlog", n: small.unread, data, detail: ofSmall },
      { name: "start with ten times as much", n: large.unread, data, detail: ofLarge },
    ] satisfies ReadonlyArray<Result>
  })

/**
 * The embedded bus on a database of its own, with its default settings (every commit reaches the disk): publishing and delivering,
 * latency of single messages, and what a start costs with a small and a large backlog.
 */
export const measure = async ({ n = 100_000 }: Options): Promise<ReadonlyArray<Result>> => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-bench-"))
  chmodSync(directory, 0o755)
  try {
    const server = EmbeddedPostgres.EmbeddedPostgres.layer({ directory: join(directory, ".signalflow"), database: "signalflow" })
    const bus = PgBus.layer({ minAge: 0, trimEvery: "1 second" }).pipe(
      Layer.provideMerge(Postgres.layerEmbedded()),
      Layer.provideMerge(server),
    )
    return await Effect.runPromise(program(n).pipe(Effect.provide(bus), Effect.provideService(References.MinimumLogLevel, "Warn")))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
