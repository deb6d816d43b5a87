import { partitionOf, signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { random } from "@signalflow/simulator/Random"
import kafkajs from "kafkajs"
import { setTimeout as sleep } from "node:timers/promises"
import type { KafkaCluster } from "../kafka.ts"
import type { PostgresServer } from "../postgres.ts"
import type { RedisServer } from "../redis.ts"
import type { Service } from "./Services.ts"

export type Failure = "broker" | "process" | "redis" | "postgres" | "pause"

export interface Happening {
  readonly failure: Failure
  readonly what: string
  readonly from: number
  /** When what failed was whole again. */
  readonly until: number
}

export interface Planned {
  readonly failure: Failure
  /** Milliseconds after the start of the load. */
  readonly after: number
}

const PAUSE = 40_000

/** Each failure once, in an order and at moments that the seed gives: one in each fifth of the time, so that each is seen for itself. */
export const plan = (seed: number, seconds: number): ReadonlyArray<Planned> => {
  const { next, int } = random(seed, 0xc4a05)
  const left: Array<Failure> = ["broker", "process", "redis", "postgres", "pause"]
  const slot = (seconds * 1_000 * 0.9) / left.length
  return Array.from({ length: left.length }, (_, n) => ({
    failure: left.splice(int(left.length), 1)[0]!,
    after: Math.round(seconds * 1_000 * 0.06 + slot * (n + 0.5 * next())),
  }))
}

export interface Targets {
  readonly kafka: KafkaCluster
  readonly redis: RedisServer
  readonly postgres: PostgresServer
  readonly processes: ReadonlyArray<Service>
  readonly keys: ReadonlyMap<string, number>
}

/** The id of the broker that leads the partition with the most messages. */
const leaderOfBusiest = async ({ kafka, keys }: Targets): Promise<{ readonly broker: number; readonly partition: number }> => {
  const sent = Array.from({ length: signalsNormalised.partitions }, () => 0)
  for (const [key, count] of keys) sent[partitionOf(key, sent.length)]! += count
  const partition = sent.indexOf(Math.max(...sent))
  const admin = new kafkajs.Kafka({ brokers: [...kafka.addresses], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [signalsNormalised.name] })
    return { partition, broker: topics[0]!.partitions.find(({ partitionId }) => partitionId === partition)!.leader }
  } finally {
    await admin.disconnect()
  }
}

/** Lets it happen, waits until what failed is whole again, and says what it was. */
export const cause = async (
  failure: Failure,
  targets: Targets,
  seed: number,
  seconds: number,
  say: (what: string) => void,
): Promise<Happening> => {
  const { int } = random(seed, failure.length, 7)
  const chosen = int(targets.processes.length)
  const from = Date.now()
  const done = (what: string): Happening => ({ failure, what, from, until: Date.now() })
  switch (failure) {
    case "broker": {
      const { broker, partition } = await leaderOfBusiest(targets)
      const target = targets.kafka.brokers.find(({ id }) => id === broker)!
      const what = `kill -9 of broker ${broker}, leader of partition ${partition}`
      say(what)
      await target.kill("SIGKILL")
      await sleep(8_000)
      await target.start()
      return done(what)
    }
    case "process": {
      const target = targets.processes[chosen]!
      const what = `kill -9 of ${target.name}`
      say(what)
      target.signal("SIGKILL")
      await sleep(5_000)
      return done(what)
    }
    case "redis": {
      const what = "kill -9 of Redis"
      say(what)
      await targets.redis.kill("SIGKILL")
      await sleep(4_000)
      await targets.redis.start()
      return done(what)
    }
    case "postgres": {
      const what = "restart of PostgreSQL"
      say(what)
      await targets.postgres.stop("fast")
      await sleep(1_000)
      await targets.postgres.start()
      return done(what)
    }
    case "pause": {
      const target = targets.processes[(chosen + 1) % targets.processes.length]!
      const length = Math.min(PAUSE, seconds * 250)
      const what = `${target.name} stopped for ${length / 1_000} s`
      say(what)
      target.signal("SIGSTOP")
      await sleep(length)
      target.signal("SIGCONT")
      return done(what)
    }
  }
}
