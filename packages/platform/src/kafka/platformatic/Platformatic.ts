import { Admin, type BaseOptions } from "@platformatic/kafka"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { backoff } from "../../flow/Backoff.ts"
import { KafkaDriver, type KafkaError } from "../KafkaDriver.ts"
import type { KafkaConnection } from "../KafkaOptions.ts"
import { kafkaProblem } from "../KafkaProblems.ts"
import { isProtocolError, problem } from "./PlatformaticErrors.ts"
import { joinWith } from "./PlatformaticMember.ts"
import * as PlatformaticProducer from "./PlatformaticProducer.ts"

const EARLIEST = -2n
const LATEST = -1n

const MECHANISMS = { plain: "PLAIN", "scram-sha-256": "SCRAM-SHA-256", "scram-sha-512": "SCRAM-SHA-512" } as const

const baseOf = ({ brokers, clientId, ssl, sasl }: KafkaConnection): BaseOptions => ({
  clientId: clientId ?? "signalflow",
  bootstrapBrokers: [...brokers],
  connectTimeout: 1_000,
  requestTimeout: 5_000,
  timeout: 10_000,
  retries: 5,
  retryDelay: 200,
  metadataMaxAge: 5_000,
  autocreateTopics: false,
  ...(ssl === true ? { tls: {} } : {}),
  ...(sasl === undefined
    ? {}
    : { sasl: { mechanism: MECHANISMS[sasl.mechanism], username: sasl.username, password: Redacted.value(sasl.password) } }),
})

const soon = Schedule.max([backoff("1 second"), Schedule.recurs(8)])

const make = (options: KafkaConnection) =>
  Effect.gen(function* () {
    const base = baseOf(options)
    const failed = kafkaProblem(problem, options)
    const admin = new Admin(base)
    yield* Effect.addFinalizer(() =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(() => admin.close()),
          "2 seconds",
        ),
      ),
    )
    yield* Effect.tryPromise({ try: () => admin.metadata({ topics: [] }), catch: failed("Kafka cannot be used") })
    const ask = <A>(about: string, request: () => Promise<A>): Effect.Effect<A, KafkaError> =>
      Effect.retry(Effect.tryPromise({ try: request, catch: failed(about) }), soon)

    const offsets = async (topic: string, timestamp: bigint) => {
      const metadata = await admin.metadata({ topics: [topic] })
      const partitions = metadata.topics.get(topic)!.partitions.map((_, partitionIndex) => ({ partitionIndex, timestamp }))
      const [found] = await admin.listOffsets({ topics: [{ name: topic, partitions }] })
      return new Map(found!.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))
    }

    return KafkaDriver.of({
      brokers: Effect.map(
        ask("The brokers are not known", () => admin.metadata({ topics: [], forceUpdate: true })),
        ({ brokers }) => brokers.size,
      ),
      topics: (names) =>
        ask("The topics are not known", async () => {
          const present = new Set(await admin.listTopics())
          const known = names.filter((name) => present.has(name))
          if (known.length === 0) return []
          const { topics } = await admin.metadata({ topics: known, forceUpdate: true })
          return known.flatMap((name) => {
            const partitions = topics.get(name)?.partitions ?? []
            if (partitions.length === 0) return []
            return [{ name, partitions: partitions.length, replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)) }]
          })
        }),
      create: (topics, config) =>
        Effect.asVoid(
          ask(`The topics ${topics.map(({ name }) => name).join(", ")} were not made`, () =>
            admin
              .createTopics({
                topics: topics.map(({ name, partitions, replicas }) => ({ topic: name, partitions, replicas })),
                configs: Object.entries(config).map(([name, value]) => ({ name, value })),
              })
              .catch((error: unknown) => {
                // Another process was first.
                if (!isProtocolError(error, "TOPIC_ALREADY_EXISTS")) throw error
              }),
          ),
        ),
      bounds: (topic) =>
        ask(`The offsets of ${topic} are not known`, async () => {
          const [lows, highs] = await Promise.all([offsets(topic, EARLIEST), offsets(topic, LATEST)])
          return [...highs].map(([partition, high]) => ({ partition, low: lows.get(partition) ?? 0, high }))
        }),
      offsetsAt: (topic, time) =>
        ask(`The offsets of ${topic} are not known`, async () => {
          const [highs, found] = await Promise.all([offsets(topic, LATEST), offsets(topic, BigInt(Math.max(0, Math.floor(time))))])
          return [...found].map(([partition, offset]) => ({ partition, offset: offset < 0 ? (highs.get(partition) ?? 0) : offset }))
        }),
      committed: (group) =>
        ask(`The offsets of group ${group} are not known`, async () => {
          const groups = await admin.listConsumerGroupOffsets({ groups: [group] }).catch((error: unknown) => {
            if (isProtocolError(error, "GROUP_ID_NOT_FOUND")) return []
            throw error
          })
          return groups.flatMap(({ topics }) =>
            topics.flatMap(({ name, partitions }) =>
              partitions.flatMap(({ partitionIndex, committedOffset }) =>
                committedOffset < 0n ? [] : [{ topic: name, partition: partitionIndex, offset: Number(committedOffset) }],
              ),
            ),
          )
        }),
      send: yield* PlatformaticProducer.make(base, failed),
      join: joinWith(base, failed),
    })
  })

/** Kafka through @platformatic/kafka. The layer fails where no broker can be used. */
export const layer = (options: KafkaConnection): Layer.Layer<KafkaDriver, KafkaError> => Layer.effect(KafkaDriver, make(options))
