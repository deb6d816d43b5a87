import { Context, Effect, Layer } from "effect"
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client"
import manifest from "../../package.json" with { type: "json" }
import { boundedLabel } from "./BoundedLabel.ts"

export type Stage = "ingest" | "process" | "serve"
export type Outcome = "received" | "sent" | "dropped" | "failed"

export interface MetricsShape {
  readonly contentType: string
  /** All metrics as Prometheus text. */
  readonly render: Effect.Effect<string>

  // Plain functions, to be called once per batch.

  /** `signalflow_<stage>_<outcome>_total{platform,reason}`; `reason` says why something was dropped or failed. */
  readonly count: (stage: Stage, outcome: Outcome, platform: string, n: number, reason?: string) => void
  /** One batch written, or tried: its time and fate. */
  readonly batch: (status: "ok" | "error", seconds: number) => void
  /** One read from the bus. */
  readonly poll: (seconds: number) => void
  /** Messages that a read has brought. */
  readonly consumed: (topic: string, messages: number) => void
  readonly deadLetters: (n: number) => void
  /** Letters that wait for somebody, and those that were given up. */
  readonly letters: (open: number, parked: number) => void
  /** From the upstream's event to the browser's frame. */
  readonly endToEnd: (platform: string, seconds: number) => void
  readonly sourceLag: (platform: string, target: string, seconds: number) => void
  readonly sourceQuota: (platform: string, target: string, left: number) => void
  readonly sourceState: (platform: string, target: string, state: "live" | "degraded" | "off") => void
  readonly busUnread: (group: string, topic: string, messages: number) => void
  readonly velocityCache: (entries: number) => void
  readonly liveClients: (clients: number) => void
  /** Frames that a slow client was not sent. */
  readonly framesSkipped: (n: number) => void
  readonly pool: (size: number, inUse: number) => void
  /** One HTTP response: `route` is a template such as `/dlq/{id}`, never a path; seconds from the request's headers to the last byte of the response. */
  readonly httpRequest: (route: string, status: number, seconds: number) => void
  /** Whether the read replica is used, and how far it is behind; null: not known. */
  readonly replica: (used: boolean, behindSeconds: number | null) => void
  /** A read and the server that answered it; `again`: the primary, after the replica had failed it. */
  readonly read: (server: "primary" | "replica" | "again") => void
}

const stages: ReadonlyArray<Stage> = ["ingest", "process", "serve"]
const outcomes: ReadonlyArray<Outcome> = ["received", "sent", "dropped", "failed"]
const states = ["live", "degraded", "off"] as const

const SHORT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const LONG = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900]

const stageMetrics = (registers: Array<Registry>) => {
  const counters = new Map<string, Counter<"platform" | "reason">>()
  for (const stage of stages) {
    for (const outcome of outcomes) {
      const name = `signalflow_${stage}_${outcome}_total`
      counters.set(
        `${stage} ${outcome}`,
        new Counter({ name, help: `Records ${outcome} by ${stage}`, labelNames: ["platform", "reason"], registers }),
      )
    }
  }
  return counters
}

const make = (processMetrics: boolean): MetricsShape => {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string = never>(name: string, help: string, labelNames: ReadonlyArray<L> = []) =>
    new Counter<L>({ name, help, labelNames, registers })
  const gauge = <L extends string = never>(name: string, help: string, labelNames: ReadonlyArray<L> = []) =>
    new Gauge<L>({ name, help, labelNames, registers })
  const histogram = <L extends string = never>(name: string, help: string, buckets: Array<number>, labelNames: ReadonlyArray<L> = []) =>
    new Histogram<L>({ name, help, buckets, labelNames, registers })

  const counters = stageMetrics(registers)
  gauge("signalflow_build_info", "1, labelled by the version of SignalFlow and of Node", ["version", "node"]).set(
    { version: manifest.version, node: process.versions.node },
    1,
  )
  const flush = histogram("signalflow_process_batch_flush_seconds", "Time to write one batch", SHORT)
  const busPoll = histogram("signalflow_bus_poll_seconds", "Time of one read from the bus", SHORT)
  const endToEnd = histogram("signalflow_end_to_end_seconds", "From the upstream's event to the live frame", LONG, ["platform"])
  const sourceLag = gauge("signalflow_source_lag_seconds", "How far a source is behind its upstream", ["platform", "target"])
  const sourceQuota = gauge("signalflow_source_quota_left", "Requests or units that the upstream still allows", ["platform", "target"])
  const sourceState = gauge("signalflow_source_state", "1 at the state a source is in", ["platform", "target", "state"])
  const unread = gauge("signalflow_bus_unread", "Messages that a group has not acknowledged", ["group", "topic"])
  const velocityCache = gauge("signalflow_velocity_cache_size", "Signals whose last observation is cached")
  const liveClients = gauge("signalflow_live_clients", "Connected live clients")
  const letters = gauge("signalflow_dead_letters", "Dead letters that wait for somebody, and those that were parked", ["state"])
  const framesSkipped = counter("signalflow_live_frames_skipped_total", "Live frames that slow clients were not sent")
  const httpRequests = histogram("signalflow_http_request_seconds", "Time of an HTTP request", SHORT, ["route", "status"])
  const poolSize = gauge("signalflow_database_pool_size", "Connections the pool may open")
  const poolInUse = gauge("signalflow_database_pool_in_use", "Connections in use")

  const replicaUsed = gauge("signalflow_database_replica_used", "1 while reads go to the replica")
  const replicaLag = gauge("signalflow_database_replica_lag_seconds", "How far the read replica is behind at most; NaN: not known")
  const reads = counter("signalflow_database_reads_total", "Reads that may go to the replica, by the server that answered", ["server"])

  // The names that dashboards made for the Reddit processor read.
  const redditMessages = counter("reddit_processor_messages_total", "Messages consumed", ["topic"])
  const redditBatches = counter("reddit_processor_batches_total", "Batches written", ["status"])
  const redditDeadLetters = counter("reddit_processor_dlq_messages_total", "Messages sent to the dead letters")
  const redditFlush = histogram("reddit_processor_batch_flush_seconds", "Time to write one batch", SHORT)
  const redditPoll = histogram("reddit_processor_kafka_poll_seconds", "Time of one read from the bus", SHORT)
  const redditVelocityCache = gauge("reddit_processor_velocity_cache_size", "Signals whose last observation is cached")
  const redditPool = gauge("reddit_processor_db_pool_available", "Connections not in use")

  const platforms = boundedLabel(32)
  const targets = boundedLabel(500)
  const targetOf = (target: string) => targets(target.replace(/[^a-zA-Z0-9_.-]+/g, "_").slice(0, 64))
  const reasons = boundedLabel(64)
  const topics = boundedLabel(64)
  const groups = boundedLabel(32)
  // Observed for every signal: finding the child by its labels would cost more than counting.
  const ends = new Map<string, { readonly observe: (seconds: number) => void }>()
  const endOf = (platform: string) => {
    const end = ends.get(platform) ?? endToEnd.labels({ platform })
    ends.set(platform, end)
    return end
  }
  const page = processMetrics ? Registry.merge([registry, processRegistry()]) : registry

  return {
    contentType: registry.contentType,
    render: Effect.promise(() => page.metrics()),
    count: (stage, outcome, platform, n, reason = "") => {
      if (n > 0) counters.get(`${stage} ${outcome}`)!.inc({ platform: platforms(platform), reason: reasons(reason) }, n)
    },
    batch: (status, seconds) => {
      flush.observe(seconds)
      redditFlush.observe(seconds)
      redditBatches.inc({ status })
    },
    poll: (seconds) => {
      busPoll.observe(seconds)
      redditPoll.observe(seconds)
    },
    consumed: (topic, messages) => redditMessages.inc({ topic: topics(topic) }, messages),
    deadLetters: (n) => redditDeadLetters.inc(n),
    letters: (open, parked) => {
      letters.set({ state: "open" }, open)
      letters.set({ state: "parked" }, parked)
    },
    endToEnd: (platform, seconds) => endOf(platforms(platform)).observe(Math.max(0, seconds)),
    sourceLag: (platform, target, seconds) => sourceLag.set({ platform: platforms(platform), target: targetOf(target) }, seconds),
    sourceQuota: (platform, target, left) => sourceQuota.set({ platform: platforms(platform), target: targetOf(target) }, left),
    sourceState: (platform, target, current) => {
      for (const state of states)
        sourceState.set({ platform: platforms(platform), target: targetOf(target), state }, state === current ? 1 : 0)
    },
    busUnread: (group, topic, messages) => unread.set({ group: groups(group), topic: topics(topic) }, messages),
    velocityCache: (entries) => {
      velocityCache.set(entries)
      redditVelocityCache.set(entries)
    },
    liveClients: (clients) => liveClients.set(clients),
    framesSkipped: (n) => framesSkipped.inc(n),
    pool: (size, inUse) => {
      poolSize.set(size)
      poolInUse.set(inUse)
      redditPool.set(size - inUse)
    },
    httpRequest: (route, status, seconds) => httpRequests.observe({ route, status: String(status) }, seconds),
    replica: (used, behindSeconds) => {
      replicaUsed.set(used ? 1 : 0)
      replicaLag.set(behindSeconds ?? NaN)
    },
    read: (server) => reads.inc({ server }),
  }
}

let ofProcess: Registry | undefined

/** CPU, memory, event loop and collections are the process's: watched once, however many registries there are. */
const processRegistry = (): Registry => {
  if (ofProcess === undefined) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}

/** What a bus tells of its reading. */
export type BusMeter = Pick<MetricsShape, "poll" | "consumed">

/** What this process counts and times, for Prometheus. */
export class Metrics extends Context.Service<Metrics, MetricsShape>()("@signalflow/platform/Metrics") {
  /** A registry of its own for each build, with the process's metrics beside it. */
  static readonly layer = Layer.sync(Metrics, () => make(true))
  /** The same without the process's metrics. */
  static readonly layerTest = Layer.sync(Metrics, () => make(false))
}
