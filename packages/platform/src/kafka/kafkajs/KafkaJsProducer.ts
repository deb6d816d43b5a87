import { Effect, type Scope } from "effect"
import kafkajs, { type Kafka, type Producer } from "kafkajs"
import type { KafkaDriver, KafkaError } from "../KafkaDriver.ts"
import { encodeText } from "../KafkaText.ts"
import { typeOf } from "./KafkaJsErrors.ts"
import { snappy } from "./Snappy.ts"

const { CompressionCodecs, CompressionTypes, Partitioners } = kafkajs
CompressionCodecs[CompressionTypes.Snappy] = snappy

/** The broker and the producer no longer agree on what was sent: only a new producer can go on. */
const WORN_OUT = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "DUPLICATE_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
])

/** Idempotent, acknowledged by all in-sync replicas, tried again for as long as it takes. */
export const make = (
  kafka: Kafka,
  failed: (about: string) => (cause: unknown) => KafkaError,
): Effect.Effect<KafkaDriver["Service"]["send"], KafkaError, Scope.Scope> =>
  Effect.gen(function* () {
    const open = async () => {
      const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        metadataMaxAge: 5_000,
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
        retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1_000 },
      })
      await producer.connect()
      return producer
    }
    const connect = Effect.tryPromise({ try: open, catch: failed("Kafka's producer cannot connect") })
    let current = yield* connect.pipe(Effect.map((producer) => Promise.resolve(producer)))
    const close = (producer: Promise<Producer>) =>
      Effect.ignore(
        Effect.timeout(
          Effect.tryPromise(async () => (await producer).disconnect()),
          "2 seconds",
        ),
      )
    yield* Effect.addFinalizer(() => close(current))

    const sendTo =
      (topic: string, messages: Parameters<Producer["send"]>[0]["messages"]) =>
      async (used: Promise<Producer>): Promise<void> => {
        await (await used).send({ topic, acks: -1, timeout: 10_000, compression: CompressionTypes.Snappy, messages })
      }

    return ({ topic, partition }, outgoing) =>
      Effect.tryPromise({
        try: async () => {
          const send = sendTo(
            topic,
            outgoing.map(({ key, value, headers }) => ({
              partition,
              key: encodeText(key),
              value: encodeText(value),
              headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, encodeText(text)])),
            })),
          )
          const used = current
          try {
            await send(used)
          } catch (error) {
            if (!WORN_OUT.has(typeOf(error) ?? "")) throw error
            if (used === current) {
              current = open()
              current.catch(() => {})
              void used.then((producer) => producer.disconnect()).catch(() => {})
            }
            await send(current)
          }
        },
        catch: failed(`${outgoing.length} messages were not stored in ${topic}, partition ${partition}`),
      })
  })
