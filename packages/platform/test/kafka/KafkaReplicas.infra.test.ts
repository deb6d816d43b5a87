import { assert, it } from "@effect/vitest"
import { SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { Context, Effect, Layer } from "effect"
import kafkajs from "kafkajs"
import { describe } from "vitest"
import { freshTopic, record } from "../../../domain/test/Received.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { clients, cluster, missing } from "./TestKafka.ts"

describe.skipIf(missing !== null)("Kafka with three brokers", () => {
  it.live(
    "makes topics with three replicas, and refuses one that has fewer, naming both numbers",
    () =>
      Effect.gen(function* () {
        const { addresses } = yield* cluster(3)
        const admin = new kafkajs.Kafka({ brokers: [...addresses], logLevel: kafkajs.logLevel.NOTHING }).admin()
        yield* Effect.acquireRelease(
          Effect.promise(() => admin.connect()),
          () => Effect.promise(() => admin.disconnect()),
        )
        for (const client of clients) {
          const [poor, ours] = [freshTopic(2), freshTopic(2)]
          yield* Effect.promise(() =>
            admin.createTopics({ topics: [{ topic: poor.name, numPartitions: 2, replicationFactor: 1 }], waitForLeaders: true }),
          )
          const refused = yield* Effect.flip(Layer.build(KafkaBus.layer({ brokers: addresses, client, topics: [poor] })))
          assert.include(refused.message, `Topic ${poor.name} has 1 replicas and needs 3 with 3 brokers`)

          const bus = yield* Layer.build(KafkaBus.layer({ brokers: addresses, client, topics: [ours] }))
          const error = yield* Effect.flip(Context.get(bus, SignalPublisher).publish([record(poor, "k", "1")]))
          assert.include(error.message, `Topic ${poor.name} has 1 replicas and needs 3`)
          yield* Context.get(bus, SignalPublisher).publish([record(ours, "k", "1")])
          const { topics } = yield* Effect.promise(() => admin.fetchTopicMetadata({ topics: [ours.name] }))
          assert.isTrue(topics[0]!.partitions.every(({ replicas }) => replicas.length === 3))
          const { resources } = yield* Effect.promise(() =>
            admin.describeConfigs({
              includeSynonyms: false,
              resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: ours.name, configNames: ["min.insync.replicas"] }],
            }),
          )
          assert.strictEqual(resources[0]!.configEntries[0]!.configValue, "2")
        }
      }).pipe(Effect.scoped),
    300_000,
  )
})
