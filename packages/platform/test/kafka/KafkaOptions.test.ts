import { assert, it } from "@effect/vitest"
import { Settings } from "@signalflow/domain/settings/Settings"
import { ConfigProvider, Effect, Redacted } from "effect"
import { fromSettings } from "../../src/kafka/KafkaOptions.ts"

const read = (env: Record<string, string>) =>
  Effect.map(Effect.provideService(Settings.read, ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })), fromSettings)

it.effect("reads brokers, library, TLS and sign-in from the settings", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* read({ KAFKA_BOOTSTRAP_SERVERS: "kafka-1:9092, kafka-2:9092" }), {
      brokers: ["kafka-1:9092", "kafka-2:9092"],
      clientId: "signalflow",
      client: "platformatic",
      ssl: false,
    })
    const { sasl, ssl, client } = yield* read({
      KAFKA_BOOTSTRAP_SERVERS: "kafka:9093",
      KAFKA_CLIENT: "kafkajs",
      KAFKA_SSL: "true",
      KAFKA_SASL_MECHANISM: "scram-sha-512",
      KAFKA_SASL_USERNAME: "signalflow",
      KAFKA_SASL_PASSWORD: "not-for-logs",
    })
    assert.strictEqual(client, "kafkajs")
    assert.isTrue(ssl)
    assert.strictEqual(sasl!.mechanism, "scram-sha-512")
    assert.strictEqual(sasl!.username, "signalflow")
    assert.strictEqual(Redacted.value(sasl!.password), "not-for-logs")
    assert.notInclude(JSON.stringify(sasl), "not-for-logs")
  }),
)

it.effect("refuses a Kafka setting that cannot be used, by name", () =>
  Effect.gen(function* () {
    const { message } = yield* Effect.flip(
      read({ KAFKA_BOOTSTRAP_SERVERS: "kafka://x:9092", KAFKA_CLIENT: "librdkafka", KAFKA_SSL: "yes" }),
    )
    for (const name of ["KAFKA_BOOTSTRAP_SERVERS", "KAFKA_CLIENT", "KAFKA_SSL"]) assert.include(message, name)
  }),
)
