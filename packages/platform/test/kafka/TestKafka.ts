import { Context, Effect, Layer } from "effect"
import { type KafkaCluster, kafkaMissing, startKafka } from "../../../../infra/test/kafka.ts"

/** Why tests with Kafka are skipped here, or null. */
export const missing = kafkaMissing()

/** Every library that the bus can use. */
export const clients = ["platformatic", "kafkajs"] as const

/** Brokers of the test's own. */
export class TestKafka extends Context.Service<TestKafka, KafkaCluster>()("@signalflow/platform/test/TestKafka") {}

export const cluster = (brokers: 1 | 3, extra?: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.promise(() => startKafka(brokers, extra)),
    (kafka) => Effect.promise(() => kafka.stop()),
  )

export const layer = (brokers: 1 | 3, extra?: Readonly<Record<string, string>>) => Layer.effect(TestKafka, cluster(brokers, extra))
