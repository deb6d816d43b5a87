import { groups } from "@signalflow/domain/bus/Groups"
import * as PgClient from "@effect/sql-pg/PgClient"
import { SignalConsumer, type SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { subscription } from "@signalflow/process/pipeline/Pipeline"
import { Effect, Layer, Redacted } from "effect"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { startKafka } from "../kafka.ts"
import { freePort } from "../ports.ts"
import { startPostgres } from "../postgres.ts"
import { startRedis } from "../redis.ts"
import * as Chaos from "./Chaos.ts"
import { Commits, install, listen } from "./Commits.ts"
import * as Load from "./Load.ts"
import { Plan } from "./Plan.ts"
import * as Services from "./Services.ts"
import { traces } from "./Traces.ts"
import { Truth } from "./Truth.ts"
import { verify } from "./Verification.ts"

const DATABASE = "signalflow"
const WRITERS = 4

export interface Options {
  readonly seed: number
  readonly seconds: number
  readonly perSecond: number
  /** Longest time to wait, after the load, until everything is stored and counted. */
  readonly patience: number
  readonly say: (line: string) => void
}

export interface Report {
  readonly seed: number
  readonly published: number
  readonly longestPublishMs: number
  readonly signals: number
  readonly history: number
  readonly windows: number
  /** From the end of the load until nothing was unread and no window marked. */
  readonly settledMs: number
  readonly failures: ReadonlyArray<{ readonly what: string; readonly stallMs: number; readonly partitionStallMs: number }>
  readonly stops: ReadonlyArray<string>
  readonly problems: ReadonlyArray<string>
}

const until = async (what: string, forMs: number, holds: () => Promise<string | null>, say: (line: string) => void) => {
  const deadline = Date.now() + forMs
  let saidAt = Date.now()
  for (;;) {
    const missing = await holds().catch(String)
    if (missing === null) return
    if (Date.now() - saidAt > 30_000) {
      saidAt = Date.now()
      say(`waiting until ${what}: ${missing}`)
    }
    if (Date.now() > deadline) throw new Error(`${what}, not within ${forMs / 1_000} s: ${missing}`)
    await sleep(500)
  }
}

/** The fleet on real servers, under load, while each part of it fails once; then everything stored is compared with what was planted. */
export const run = async (options: Options): Promise<Report> => {
  const { seed, seconds, perSecond, say } = options
  const directory = mkdtempSync(join(tmpdir(), "signalflow-fleet-"))
  chmodSync(directory, 0o755)
  const cleanups: Array<() => unknown> = []
  try {
    const kafka = await startKafka(3)
    cleanups.push(kafka.stop)
    const redis = await startRedis({ maxmemory: "256mb", "maxmemory-policy": "allkeys-lru" })
    cleanups.push(redis.stop)
    const postgres = await startPostgres({ settings: { shared_buffers: "128MB", max_connections: "100", max_wal_size: "1GB" } })
    cleanups.push(postgres.destroy)
    postgres.psql(`create database ${DATABASE}`)
    say(`seed ${seed}: ${perSecond} events a second for ${seconds} s; logs in ${directory}`)

    const url = `postgresql://${postgres.username}:${postgres.password}@${postgres.host}:${postgres.port}/${DATABASE}`
    const environment = async (): Promise<NodeJS.ProcessEnv> => ({
      PATH: process.env["PATH"],
      HOME: directory,
      HOST: "127.0.0.1",
      METRICS_PORT: String(await freePort()),
      DLQ_PORT: String(await freePort()),
      DATABASE_URL: url,
      REDIS_URL: redis.url,
      KAFKA_BOOTSTRAP_SERVERS: kafka.addresses.join(","),
      KAFKA_CLIENT: process.env["KAFKA_CLIENT"],
      AGGREGATE_EVERY: "10 seconds",
      LOG_LEVEL: "info",
    })
    execFileSync(process.execPath, [Services.command, "migrate"], {
      env: await environment(),
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
    })

    const bus = KafkaBus.layer({ brokers: kafka.addresses, clientId: "fleet" })
    const database = Postgres.layer({ url: Redacted.make(url), poolSize: 3, applicationName: "fleet", statementTimeout: "5 minutes" })
    const layers = Layer.mergeAll(bus, database).pipe(Layer.provide(Logging.layer({ level: "error", format: "pretty" })))

    const program = Effect.gen(function* () {
      const consumer = yield* SignalConsumer
      const sql = yield* PgClient.PgClient
      const inContext = Effect.runPromiseWith(yield* Effect.context<SignalConsumer | SignalPublisher | PgClient.PgClient>())
      yield* consumer.register(subscription)
      yield* install
      const commits = new Commits()
      yield* Effect.forkScoped(listen(commits))

      const start = async (name: string, args: ReadonlyArray<string>) => {
        const env = await environment()
        const service = Services.supervise(directory, name, args, env)
        cleanups.push(service.stop)
        return { service, ready: `http://127.0.0.1:${env["METRICS_PORT"]}/ready` }
      }
      const names = ["process-1", "process-2", "process-3", "aggregate", "dead-letters"]
      const started = yield* Effect.promise(() => Promise.all(names.map((name) => start(name, [name.replace(/-\d$/, "")]))))
      yield* Effect.promise(() => Promise.all(started.map(({ ready }) => Services.answers(ready, 60_000))))
      const services = started.map(({ service }) => service)
      const processes = services.slice(0, 3)
      say("every service is ready")

      const startedAt = Date.now()
      commits.begin(startedAt)
      const truth = new Truth()
      const sent: Load.Sent = { count: 0, longest: 0, keys: new Map() }
      const plans = Array.from({ length: WRITERS }, (_, writer) => new Plan(seed, writer, startedAt, seconds * 1_000))
      const load = Effect.forEach(plans, (plan) => Load.run(plan, truth, sent, startedAt, perSecond / WRITERS, seconds), {
        concurrency: "unbounded",
        discard: true,
      })

      const at = () => `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`
      const targets: Chaos.Targets = { kafka, redis, postgres, processes, keys: sent.keys }
      const chaos = Promise.all(
        Chaos.plan(seed, seconds).map(async ({ failure, after }) => {
          await sleep(after - (Date.now() - startedAt))
          const happening = await Chaos.cause(failure, targets, seed, seconds, (what) => say(`${at()}: ${what}`))
          say(`${at()}: whole again after ${happening.what}`)
          return happening
        }),
      )
      yield* load
      const loadedAt = Date.now()
      say(`${at()}: ${sent.count} events published`)
      const happenings = (yield* Effect.promise(() => chaos)).toSorted((a, b) => a.from - b.from)

      const unread = () =>
        inContext(
          Effect.map(Effect.timeout(consumer.unread(groups.process), "20 seconds"), ({ messages }) =>
            messages === 0 ? null : `${messages} messages unread`,
          ),
        )
      const marked = () =>
        inContext(
          Effect.map(sql<{ n: number }>`select count(*)::int as n from touched_windows`, ([row]) =>
            row!.n === 0 ? null : `${row!.n} windows marked`,
          ),
        )
      yield* Effect.promise(() => until("everything is stored", options.patience, unread, say))
      const storedAt = Date.now()
      for (const plan of plans) yield* Load.finish(plan, truth, sent)
      yield* Effect.promise(() => until("everything is stored", options.patience, unread, say))
      yield* Effect.promise(() => until("every window is computed", options.patience, marked, say))
      const settledAt = Date.now()
      say(`${at()}: nothing unread, no window marked`)

      const stops = yield* Effect.promise(() =>
        Promise.all(services.map(async (service) => ({ name: service.name, ...(await service.stop()) }))),
      )
      const verdict = yield* verify(truth)
      say(`${at()}: compared; ${verdict.problems.length === 0 ? "all as planted" : verdict.problems.join("; ")}`)
      const found = yield* Effect.promise(() => traces(truth, postgres, DATABASE, redis))
      const problems = [
        ...verdict.problems,
        ...services.flatMap(({ crashes }) => crashes),
        ...stops.flatMap(({ name, code, took }) =>
          code === 0 && took <= 10_000
            ? []
            : [`${name} stopped with ${code === null ? "SIGKILL" : `exit code ${code}`} after ${Math.round(took)} ms`],
        ),
        ...found.map((one) => `a deleted text is still there: ${one}`),
      ]
      return {
        seed,
        published: sent.count,
        longestPublishMs: sent.longest,
        signals: verdict.signals,
        history: verdict.history,
        windows: verdict.windows,
        settledMs: settledAt - loadedAt,
        failures: happenings.map(({ what, from, until }, n) => {
          const next = happenings[n + 1]?.from ?? storedAt
          const { fleet, partition } = commits.stall(from, Math.max(until, next))
          return { what, stallMs: fleet, partitionStallMs: partition }
        }),
        stops: stops.map(({ name, took }) => `${name} ${Math.round(took)} ms`),
        problems,
      } satisfies Report
    })
    const report = await Effect.runPromise(Effect.provide(Effect.scoped(program), layers))
    if (report.problems.length === 0) rmSync(directory, { recursive: true, force: true })
    return report
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup()
  }
}

/** A report for a person. */
export const table = (report: Report): string =>
  [
    `${report.published} events published (longest publish ${report.longestPublishMs} ms), ${report.signals} signals and ${report.history} observations stored, ${report.windows} windows; settled ${(report.settledMs / 1_000).toFixed(1)} s after the load`,
    "",
    "| failure | longest time without a stored signal, s | the same of one partition, s |",
    "|---|---|---|",
    ...report.failures.map(
      ({ what, stallMs, partitionStallMs }) => `| ${what} | ${(stallMs / 1_000).toFixed(1)} | ${(partitionStallMs / 1_000).toFixed(1)} |`,
    ),
    "",
    `stopped in: ${report.stops.join(", ")}`,
    ...report.problems.map((problem) => `✗ ${problem}`),
    report.problems.length === 0 ? "nothing lost, nothing doubled, every window as planted" : `failed with seed ${report.seed}`,
  ].join("\n")
