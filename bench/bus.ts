import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { ackAll, type BusRecord, SignalConsumer, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import type { PgClient } from "@effect/sql-pg/PgClient"
import * as EmbeddedPostgres from "@signalflow/platform/postgres/embedded/EmbeddedPostgres"
import { migrate } from "@signalflow/platform/postgres/migrations/Migrations"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Effect, Layer, References, Stream } from "effect"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { cpuOfChildren } from "./machine.ts"
import type { Options, Result } from "./Bench.ts"

const BATCH = 500
export const topics = [signalsNormalised]

let made = 0
const words =
  "the a new release of model chip database runs faster than last year and people on the street say it is great or terrible".split(" ")
const sentence = (length: number) =>
  Array.from({ length }, (_, n) => words[(made * 7 + n * 13 + ((made * n) % 11)) % words.length]).join(" ")

/** Made-up signals, each with a key of its own. */
export const records = (count: number): ReadonlyArray<BusRecord> =>
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

/** What it took, with the CPU of this process and of the database server. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { pid } = yield* EmbeddedPostgres.EmbeddedPostgres
    const [began, cpu, server] = [performance.now(), process.cpuUsage(), cpuOfChildren(pid)]
    const result = yield* effect
    const used = process.cpuUsage(cpu)
    return { result, ms: performance.now() - began, nodeMs: (used.user + used.system) / 1_000, postgresMs: cpuOfChildren(pid) - server }
  })

export const quantile = (sorted: ReadonlyArray<number>, q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
export const round = (value: number) => Math.round(value * 100) / 100

/** Delivers and acknowledges, in batches. */
export const take = (group: string, count: number) =>
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

const program = (n: number) =>
  Effect.gen(function* () {
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
    return [
      { name: "publish", ...published },
      { name: "deliver and acknowledge", ...delivered },
      { name: "publish to delivery, one at a time", n: waits.length, data, p50Ms: quantile(waits, 0.5), p99Ms: quantile(waits, 0.99) },
    ] satisfies ReadonlyArray<Result>
  })

/** Runs on an embedded bus with a database of its own, with its default settings: every commit reaches the disk. */
export const onBus = async <A, E>(
  options: PgBus.PgBusOptions,
  program: Effect.Effect<A, E, SignalPublisher | SignalConsumer | PgClient | EmbeddedPostgres.EmbeddedPostgres>,
): Promise<A> => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-bench-"))
  chmodSync(directory, 0o755)
  try {
    const server = EmbeddedPostgres.EmbeddedPostgres.layer({ directory: join(directory, ".signalflow"), database: "signalflow" })
    const bus = PgBus.layer(options).pipe(
      Layer.provideMerge(Layer.effectDiscard(migrate(fileURLToPath(new URL("../sql", import.meta.url))))),
      Layer.provideMerge(Postgres.layerEmbedded()),
      Layer.provideMerge(server),
    )
    return await Effect.runPromise(program.pipe(Effect.provide(bus), Effect.provideService(References.MinimumLogLevel, "Warn")))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The embedded bus: publishing and delivering, and the latency of single messages. */
export const measure = ({ n = 100_000 }: Options): Promise<ReadonlyArray<Result>> => onBus({ minAge: 0, trimEvery: "1 second" }, program(n))
