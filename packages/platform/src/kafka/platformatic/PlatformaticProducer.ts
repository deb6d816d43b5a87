import { type BaseOptions, Producer } from "@platformatic/kafka"
import { Effect, type Scope } from "effect"
import type { KafkaDriver, KafkaError } from "../KafkaDriver.ts"
import { encodeText } from "../KafkaText.ts"
import { isProtocolError } from "./PlatformaticErrors.ts"

const PATIENCE_MS = 12_000
const PAUSE_MS = 200

/** What no second attempt heals. */
const FINAL = ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "TOPIC_AUTHORIZATION_FAILED", "INVALID_TOPIC_EXCEPTION"]

/** The broker and the producer no longer agree on what was sent: only a new producer can go on. */
const WORN_OUT = [
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "DUPLICATE_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
]

const open = (base: BaseOptions) => new Producer({ ...base, idempotent: true, acks: -1, retries: 10, compression: "snappy" })

/** Idempotent, acknowledged by all in-sync replicas; a send that fails is sent again, by another producer when it keeps failing. */
export const make = (
  base: BaseOptions,
  failed: (about: string) => (cause: unknown) => KafkaError,
): Effect.Effect<KafkaDriver["Service"]["send"], KafkaError, Scope.Scope> =>
  Effect.gen(function* () {
    let current = open(base)
    let closed = false
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        closed = true
        return Effect.ignore(
          Effect.timeout(
            Effect.tryPromise(() => current.close(true)),
            "2 seconds",
          ),
        )
      }),
    )
    const replace = (used: Producer) => {
      if (used !== current || closed) return
      current = open(base)
      used.close(true).catch(() => {})
    }

    return ({ topic, partition }, outgoing) =>
      Effect.tryPromise({
        try: async (signal) => {
          const messages = outgoing.map(({ key, value, headers }) => ({
            topic,
            partition,
            key: encodeText(key),
            value: encodeText(value),
            headers: new Map(Object.entries(headers).map(([name, text]) => [encodeText(name), encodeText(text)])),
          }))
          let since = performance.now()
          while (true) {
            const used = current
            try {
              await used.send({ messages })
              return
            } catch (error) {
              if (isProtocolError(error, ...FINAL) || signal.aborted || closed) throw error
              if (isProtocolError(error, ...WORN_OUT) || performance.now() - since > PATIENCE_MS) {
                replace(used)
                since = performance.now()
              }
              await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
            }
          }
        },
        catch: failed(`${outgoing.length} messages were not stored in ${topic}, partition ${partition}`),
      })
  })
