import { groups } from "@signalflow/domain/bus/Groups"
import "@signalflow/platform/EngineFlags"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import { type BusRecord, SignalConsumer, SignalPublisher, signalRecord } from "@signalflow/domain/bus/SignalBus"
import { EmbeddedPostgres } from "@signalflow/platform/postgres/embedded/EmbeddedPostgres"
import * as Migrations from "@signalflow/platform/postgres/migrations/Migrations"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { DeadLetters } from "@signalflow/process/deadletters/DeadLetters"
import * as PgSignalStore from "@signalflow/process/store/PgSignalStore"
import * as Pipeline from "@signalflow/process/pipeline/Pipeline"
import { Effect, Fiber, Layer } from "effect"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { cpuOfChildren } from "./machine.ts"
import type { Options, Result } from "./Bench.ts"
import { observations, texts } from "./signals.ts"
import { workerTable } from "./workerTable.ts"

const AGAIN = 0.3

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

/** Megabytes that are still in use after a collection: what tells a leak from garbage. */
const keptMb = () => {
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** The page and the table of a fleet's servers are others than those of the embedded database. */
export const page = ({ bus }: Options) => (bus === "kafka" ? "performance.md" : undefined)
export const table = (results: ReadonlyArray<Result>) =>
  results.some(({ perCpuSecond }) => perCpuSecond !== undefined) ? workerTable(results) : undefined

/** Bus → decode → read → commit → ack on an embedded database of its own: everything the pipeline does, nothing beside it. */
export const measure = async (options: Options) =>
  options.bus === "kafka" ? (await import("./kafkaPipeline.ts")).measure(options) : embedded(options)

const embedded = async ({ n = 100_000 }: Options): Promise<ReadonlyArray<Result>> => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-bench-"))
  // Or root's database user could not pass.
  chmodSync(directory, 0o755)
  const from = await texts()
  const database = EmbeddedPostgres.layer({ directory, database: "bench" })
  const layers = Layer.mergeAll(
    PgBus.layer({}),
    PgSignalStore.layer,
    DeadLetters.layer,
    LiveFeed.layerMemory,
    VelocityCache.layerMemory,
  ).pipe(
    Layer.provideMerge(Layer.effectDiscard(Migrations.migrate(fileURLToPath(new URL("../sql", import.meta.url))))),
    Layer.provideMerge(Postgres.layerEmbedded({ poolSize: 6 })),
    Layer.provideMerge(database),
    Layer.provideMerge(
      Layer.mergeAll(Readiness.layer, Metrics.layerTest, Settings.layerWith({}), Logging.layer({ level: "warn", format: "pretty" })),
    ),
  )
  const program = Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const bus = yield* SignalPublisher
    const consumer = yield* SignalConsumer
    const { pid } = yield* EmbeddedPostgres
    yield* consumer.register(Pipeline.subscription)
    const ids = new Set<string>()
    let batch: Array<BusRecord> = []
    for (const event of observations(n, AGAIN, from.texts, Date.now())) {
      ids.add(event.signal.id)
      if (batch.push(signalRecord(event)) < 500) continue
      yield* bus.publish(batch)
      batch = []
    }
    yield* bus.publish(batch)
    const expected = ids.size
    ids.clear()

    const nodeBefore = process.cpuUsage()
    const postgresBefore = cpuOfChildren(pid)
    const rss: Array<number> = []
    const kept: Array<number> = [keptMb()]
    const started = performance.now()
    const fiber = yield* Effect.forkChild(Pipeline.run)
    while ((yield* consumer.unread(groups.process)).messages > 0) {
      rss.push(process.memoryUsage.rss() / 2 ** 20)
      yield* Effect.sleep("200 millis")
      if (rss.length % 10 === 0) kept.push(keptMb())
    }
    const seconds = (performance.now() - started) / 1_000
    const node = process.cpuUsage(nodeBefore)
    const nodeMs = (node.user + node.system) / 1_000
    const postgresMs = cpuOfChildren(pid) - postgresBefore
    yield* Fiber.interrupt(fiber)

    const rows = (yield* sql<{ rows: number }>`select count(*)::int as rows from signals`)[0]!.rows
    if (rows !== expected) throw new Error(`${rows} rows for ${expected} signals`)
    const quarter = (values: ReadonlyArray<number>, k: number) =>
      Math.round(Math.max(...values.slice(Math.floor((k * values.length) / 4), Math.ceil(((k + 1) * values.length) / 4)), 0))
    return {
      name: "pipeline, embedded PostgreSQL",
      n,
      data: `${from.name}, ${AGAIN * 100} % re-observations`,
      signalsPerSecond: n / seconds,
      cpuMsPer1000: (nodeMs + postgresMs) / (n / 1_000),
      rssMb: Math.max(...rss),
      detail: {
        seconds: seconds.toFixed(1),
        "Node CPU ms per 1,000": (nodeMs / (n / 1_000)).toFixed(1),
        "PostgreSQL CPU ms per 1,000": (postgresMs / (n / 1_000)).toFixed(1),
        "peak RSS MB by quarter of the run": [0, 1, 2, 3].map((k) => quarter(rss, k)).join("/"),
        "heap MB after collection by quarter": [0, 1, 2, 3].map((k) => quarter(kept, k)).join("/"),
      },
    } satisfies Result
  })
  try {
    return [await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(layers)))]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
