import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { suite } from "../../../domain/test/SignalBusSuite.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { layer, missing, TestKafka } from "./TestKafka.ts"

const bus = Layer.unwrap(Effect.map(TestKafka, ({ addresses }) => KafkaBus.layer({ brokers: addresses }))).pipe(Layer.provide(layer(1)))

describe.skipIf(missing !== null)("Kafka", () => {
  suite("Kafka, kafkajs", bus, { removes: "by expiry" })
})
