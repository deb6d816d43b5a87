import { Admin } from "@platformatic/kafka"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { freshTopic, until } from "../../../domain/test/Received.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { KafkaDriver, type Place } from "../../src/kafka/KafkaDriver.ts"
import { layer as testKafka, missing, TestKafka } from "./TestKafka.ts"

const GROUP = "refused"

/** Puts every member out of the group, as a broker does with one that was silent for too long. */
const putOut = Effect.gen(function* () {
  const { addresses } = yield* TestKafka
  yield* Effect.promise(async () => {
    const admin = new Admin({ clientId: "test", bootstrapBrokers: [...addresses] })
    await admin.removeMembersFromConsumerGroup({ groupId: GROUP, members: null })
    await admin.close()
  })
})

// kafkajs has no such habit: what it commits after a first batch is tried once.
describe.skipIf(missing !== null)("Kafka, platformatic", () => {
  const driver = Layer.unwrap(
    Effect.flatMap(TestKafka, ({ addresses }) => KafkaBus.driverOf({ brokers: addresses, client: "platformatic" })),
  )

  layer(driver.pipe(Layer.provideMerge(testKafka(1))), { excludeTestServices: true })("a commit that is refused", (it) => {
    it.effect(
      "fails at once and joins nothing: the group would be rebalanced by each of them, and refuse the next",
      () =>
        Effect.gen(function* () {
          const { create, join } = yield* KafkaDriver
          const topic = freshTopic(2)
          yield* create([{ ...topic, replicas: 1 }], {})
          let assigned = 0
          let places: ReadonlyArray<Place> = []
          const member = yield* join(GROUP, [topic.name], {
            assigned: async (now) => {
              assigned++
              places = now
            },
            batch: async (_place, _from, next) => next,
            polled: () => {},
            failed: () => {},
          })
          const commit = Effect.suspend(() => member.commit(places.map((place) => ({ ...place, offset: 0 }))))
          // Its heartbeat may be quicker than we are and join anew before the commit; hardly five times in a row.
          let joined = true
          for (let attempt = 0; joined && attempt < 5; attempt++) {
            yield* until(() => places.length === 2)
            yield* commit
            const before = assigned
            yield* putOut
            yield* Effect.flip(commit)
            joined = assigned !== before
            yield* until(() => assigned > before)
          }
          assert.isFalse(joined)
          // Its next heartbeat does, and then it is taken.
          yield* commit
        }).pipe(Effect.scoped, Effect.timeout("60 seconds")),
      80_000,
    )
  })
})
