import type { Observed } from "@signalflow/domain/signals/SignalEvent"
import * as Migrations from "@signalflow/platform/postgres/migrations/Migrations"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Effect, Redacted, References } from "effect"
import { fileURLToPath } from "node:url"
import { cpuOfAll } from "./machine.ts"
import type { Options, Result } from "./Bench.ts"
import { type Peer, peer as findPeer } from "./peer.ts"
import { describeWork, eventsOf, isSame, workOf, workQuery } from "./peerRecords.ts"
import { minus, type Round, startBus, startWorker, type Worker } from "./rounds.ts"
import { type Servers, startServers } from "./servers.ts"
import { observations, texts } from "./signals.ts"
import type { Client, Profile } from "./worker.ts"

const COUNT = 20_000
const ROUNDS = 5
/** Runs that are not counted: until then Node is still compiling. The first is told apart, as what a start costs. */
const WARMING = 8
/** Runs that are not counted after the peer's: while a worker idles, Node takes its heap and some of its code back, and a busy one never idles. */
const AFTER_IDLING = 2
const PEER_TOPIC = "peer.signals"
const PEER = "peer, process.py --redis-mode batch --batch 500"
const TEMPLATE = "template_signalflow"

/** One of our workers: a row of the table. */
interface Variant {
  readonly name: string
  readonly profile: Profile
  readonly client: Client
}

const likePeer: ReadonlyArray<Variant> = [
  { name: "ours, profile peer", profile: "peer", client: "platformatic" },
  { name: "ours, profile peer, KAFKA_CLIENT=kafkajs", profile: "peer", client: "kafkajs" },
]
const product: Variant = { name: "ours, everything read, announced and scored", profile: "product", client: "platformatic" }

/** Counted runs of a variant, the peer's in turn with them, and what the first uncounted one cost. */
interface Measured {
  readonly variant: Variant
  readonly ours: Array<Round>
  readonly theirs: Array<Round>
  readonly cold: number
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

const round2 = (value: number) => Math.round(value * 100) / 100

/** The medians of several runs, as one row of the table. */
const resultOf = (name: string, n: number, data: string, rounds: ReadonlyArray<Round>): Result & { readonly perCpuSecond: number } => {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  const per1000 = (ms: number) => round2((ms / n) * 1_000)
  const worker = of(({ worker }) => worker)
  return {
    name,
    n,
    data,
    signalsPerSecond: (n / of(({ wall }) => wall)) * 1_000,
    cpuMsPer1000: per1000(worker),
    perCpuSecond: Math.round((n / worker) * 1_000),
    rssMb: of(({ rssMb }) => rssMb),
    detail: {
      runs: rounds.length,
      "worker CPU ms per 1,000, lowest and highest": `${per1000(Math.min(...rounds.map((round) => round.worker)))} to ${per1000(Math.max(...rounds.map((round) => round.worker)))}`,
      "PostgreSQL CPU ms per 1,000": per1000(of(({ postgres }) => postgres)),
      "Redis CPU ms per 1,000": per1000(of(({ redis }) => redis)),
      "Kafka CPU ms per 1,000": per1000(of(({ kafka }) => kafka)),
      result: describeWork(rounds[0]!.work),
    },
  }
}

const prepareDatabase = (servers: Servers) => {
  const { host, port, username, password } = servers.postgres
  servers.postgres.psql(`create database ${TEMPLATE}`)
  return Effect.runPromise(
    Migrations.migrate(fileURLToPath(new URL("../sql", import.meta.url))).pipe(
      Effect.provide(Postgres.layer({ host, port, username, password: Redacted.make(password), database: TEMPLATE })),
      Effect.provideService(References.MinimumLogLevel, "Warn"),
    ),
  )
}

const recordsOf = async (found: ReturnType<typeof findPeer>, n: number) => {
  if (typeof found !== "string")
    return { data: `${n.toLocaleString("en")} records of ../shared/peers/make_signals.py`, events: eventsOf(found.records()) }
  const { name, texts: from } = await texts()
  return { data: `${name}, 30 % re-observations`, events: [...observations(n, 0.3, from, Date.now())] as ReadonlyArray<Observed> }
}

/**
 * Kafka → decode → read → velocity → PostgreSQL and Redis → acknowledgement, in a worker process of its own, in turn with the peer's
 * fastest variant on the same servers. Every run begins with an empty database and an empty Redis, and counts from the first records in
 * hand. Ours are runs of one process that has been up for a while, which is told beside them with what its first run cost.
 */
export const measure = async ({ n = COUNT, profile = "product", rounds = ROUNDS, batch }: Options): Promise<ReadonlyArray<Result>> => {
  const peer = findPeer(n)
  const { data, events } = await recordsOf(peer, n)
  const servers = await startServers()
  const bus = startBus(servers)
  const measured: Array<Measured> = []
  const busy: Array<number> = []
  try {
    await prepareDatabase(servers)
    await bus.register()
    const run = async (worker: Worker): Promise<Round> => {
      const database = "ours"
      servers.postgres.psql(`create database ${database} template ${TEMPLATE}`)
      servers.flushRedis()
      await bus.publish(events)
      const [all, before] = [cpuOfAll(), performance.now()]
      const one = await worker.round(database, events.length)
      servers.postgres.psql(`drop database ${database}`)
      busy.push((cpuOfAll() - all - one.worker - one.postgres - one.redis - one.kafka) / (performance.now() - before))
      return one
    }
    const peerRun = async (theirs: Peer): Promise<Round> => {
      servers.flushRedis()
      const before = servers.cpu()
      const { wall_s, cpu_s } = await theirs.run({
        broker: servers.broker,
        topic: PEER_TOPIC,
        dsn: `postgresql://postgres:${servers.postgres.password}@127.0.0.1:${servers.postgres.port}/peer`,
        redis: `${servers.redis.url}/9`,
      })
      const used = minus(servers.cpu(), before)
      return {
        wall: wall_s * 1_000,
        worker: cpu_s * 1_000,
        rssMb: 0,
        ...used,
        work: workOf(servers.postgres.psql(workQuery("velocity"), "peer")),
      }
    }
    const isBeside = profile === "peer" && typeof peer !== "string"
    if (isBeside) {
      servers.postgres.psql("create database peer")
      await peer.load(servers.broker, PEER_TOPIC)
    }
    for (const variant of profile === "peer" ? [...likePeer, product] : [product]) {
      const worker = await startWorker(servers, { profile: variant.profile, client: variant.client, batch })
      const one: Measured = { variant, ours: [], theirs: [], cold: (await run(worker)).worker }
      for (let i = 1; i < WARMING; i++) await run(worker)
      for (let round = 0; round < rounds; round++) {
        if (one.theirs.length > 0) for (let i = 0; i < AFTER_IDLING; i++) await run(worker)
        one.ours.push(await run(worker))
        if (isBeside && variant.profile === "peer") one.theirs.push(await peerRun(peer))
      }
      await worker.stop()
      measured.push(one)
    }
  } finally {
    await bus.stop()
    await servers.stop()
  }
  const results = measured.map(({ variant, ours, theirs, cold }): Result => {
    const plain = resultOf(variant.name, n, data, ours)
    const result = {
      ...plain,
      detail: {
        ...plain.detail,
        ...(batch === undefined ? {} : { BATCH_SIZE: batch }),
        "uncounted runs before": WARMING,
        "worker CPU ms per 1,000 in the first of them": round2((cold / n) * 1_000),
        "cores that others used meanwhile": round2(median(busy)),
        ...(variant.profile === "peer" && typeof peer === "string" ? { peer: `not run: ${peer}` } : {}),
      },
    }
    const [first] = theirs
    if (first === undefined) return result
    const different = ours.find(({ work }) => !isSame(work, first.work))
    if (different !== undefined)
      throw new Error(`not the same work: ours ${describeWork(different.work)}; the peer's ${describeWork(first.work)}`)
    const other = resultOf(PEER, n, data, theirs)
    return {
      ...result,
      peer: { signalsPerSecond: other.signalsPerSecond!, cpuMsPer1000: other.cpuMsPer1000!, perCpuSecond: other.perCpuSecond },
      ratio: {
        signalsPerSecond: result.signalsPerSecond! / other.signalsPerSecond!,
        perCpuSecond: result.perCpuSecond / other.perCpuSecond,
      },
    }
  })
  const theirs = measured.flatMap((one) => one.theirs)
  return theirs.length === 0 ? results : [...results, resultOf(PEER, n, data, theirs)]
}
