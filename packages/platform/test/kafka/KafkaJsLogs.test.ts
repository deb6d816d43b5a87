import { assert, it } from "@effect/vitest"
import { Effect, Logger, References } from "effect"
import kafkajs, { type LogEntry } from "kafkajs"
import * as KafkaJsLogs from "../../src/kafka/kafkajs/KafkaJsLogs.ts"

const entry = (level: kafkajs.logLevel, message: string, more: object = {}): LogEntry => ({
  namespace: "Connection",
  label: "",
  level,
  log: { message, timestamp: "", logger: "kafkajs", ...more },
})

it.effect("puts what kafkajs says into our log: its errors once, what it retries and single refusals only for who asks", () =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
    const context = yield* Effect.context<never>().pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(References.MinimumLogLevel, "Debug"),
    )
    const write = KafkaJsLogs.make(context)(kafkajs.logLevel.INFO)
    const { ERROR, INFO } = kafkajs.logLevel
    write(entry(ERROR, "Connection error", { broker: "127.0.0.1:9", error: "ECONNREFUSED" }))
    write(entry(ERROR, "Connection error", { broker: "127.0.0.1:9", error: "ECONNREFUSED" }))
    write(entry(ERROR, "Response Heartbeat(key: 12, version: 3)", { error: "The group is rebalancing", groupId: "g" }))
    write(entry(INFO, "Consumer has joined the group", { groupId: "g" }))
    assert.deepStrictEqual(lines, [
      "Info Kafka Connection: Connection error, broker 127.0.0.1:9, error ECONNREFUSED",
      "Debug Kafka Connection: Connection error, broker 127.0.0.1:9, error ECONNREFUSED",
      "Debug Kafka Connection: Response Heartbeat(key: 12, version: 3), groupId g, error The group is rebalancing",
      "Debug Kafka Connection: Consumer has joined the group, groupId g",
    ])
  }),
)
