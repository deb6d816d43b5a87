import { Effect, Layer, Redacted, Schedule } from "effect"
import { backoff } from "../../flow/Backoff.ts"
import kafkajs, { type KafkaConfig } from "kafkajs"
import { KafkaDriver, type KafkaError } from "../KafkaDriver.ts"
import type { KafkaConnection } from "../KafkaOptions.ts"
import { kafkaProblem } from "../KafkaProblems.ts"
import { problem, typeOf } from "./KafkaJsErrors.ts"
import { joinWith } from "./KafkaJsMember.ts"
import * as KafkaJsLogs from "./KafkaJsLogs.ts"
import * as KafkaJsProducer from "./KafkaJsProducer.ts"
import { quietTimers } from "./KafkaJsWarnings.ts"

quietTimers()

const CONNECT = { connectionTimeout: 1_000, requestTimeout: 5_000 }

const saslOf = ({ sasl }: KafkaConnection): Pick<KafkaConfig, "sasl"> => {
  if (sasl === undefined) return {}
  const { mechanism, username } = sasl
  const password = Redacted.value(sasl.password)
  if (mechanism === "plain") return { sasl: { mechanism, username, password } }
  return mechanism === "scram-sha-256" ? { sasl: { mechanism, username, password } } : { sasl: { mechanism, username, password } }
}

/** Time heals a coordinator that is moving and a broker that is starting. */
const soon = Schedule.max([backoff("1 second"), Schedule.recurs(8)])

const make = (options: KafkaConnection) =>
  Effect.gen(function* () {
    const kafka = new kafkajs.Kafka({
      ...CONNECT,
      ...saslOf(options),
      brokers: [...options.brokers],
      clientId: options.clientId ?? "signalflow",
      ssl: options.ssl ?? false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
      logLevel: kafkajs.logLevel.INFO,
      logCreator: KafkaJsLogs.make(yield* Effect.context<never>()),
    })
    const failed = kafkaProblem(problem, options)
    const admin = kafka.admin()
    yield* Effect.acquireRelease(Effect.tryPromise({ try: () => admin.connect(), catch: failed("Kafka cannot be used") }), () =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(() => admin.disconnect()),
          "2 seconds",
        ),
      ),
    )
    const ask = <A>(about: string, request: () => Promise<A>): Effect.Effect<A, KafkaError> =>
      Effect.retry(Effect.tryPromise({ try: request, catch: failed(about) }), soon)

    return KafkaDriver.of({
      brokers: Effect.map(
        ask("The brokers are not known", () => admin.describeCluster()),
        ({ brokers }) => brokers.length,
      ),
      topics: (names) =>
        ask("The topics are not known", async () => {
          const present = new Set(await admin.listTopics())
          const known = names.filter((name) => present.has(name))
          if (known.length === 0) return []
          const { topics } = await admin.fetchTopicMetadata({ topics: known })
          return topics.map(({ name, partitions }) => ({
            name,
            partitions: partitions.length,
            replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
          }))
        }),
      create: (topics, config) =>
        Effect.asVoid(
          ask(`The topics ${topics.map(({ name }) => name).join(", ")} were not made`, () =>
            admin
              .createTopics({
                waitForLeaders: true,
                topics: topics.map(({ name, partitions, replicas }) => ({
                  topic: name,
                  numPartitions: partitions,
                  replicationFactor: replicas,
                  configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
                })),
              })
              .catch((error: unknown) => {
                // Another process was first.
                if (typeOf(error) !== "TOPIC_ALREADY_EXISTS") throw error
              }),
          ),
        ),
      bounds: (topic) =>
        ask(`The offsets of ${topic} are not known`, async () =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) })),
        ),
      offsetsAt: (topic, time) =>
        ask(`The offsets of ${topic} are not known`, async () =>
          (await admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, time))).map(({ partition, offset }) => ({
            partition,
            offset: Number(offset),
          })),
        ),
      committed: (groupId) =>
        ask(`The offsets of group ${groupId} are not known`, async () =>
          (await admin.fetchOffsets({ groupId })).flatMap(({ topic, partitions }) =>
            partitions.flatMap(({ partition, offset }) => (Number(offset) < 0 ? [] : [{ topic, partition, offset: Number(offset) }])),
          ),
        ),
      send: yield* KafkaJsProducer.make(kafka, failed),
      join: joinWith(kafka, failed),
    })
  })

/** Kafka through kafkajs. The layer fails where no broker can be used. */
export const layer = (options: KafkaConnection): Layer.Layer<KafkaDriver, KafkaError> => Layer.effect(KafkaDriver, make(options))
