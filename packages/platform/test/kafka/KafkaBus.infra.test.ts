import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { suite } from "../../../domain/test/SignalBusSuite.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { clients, layer, missing, TestKafka } from "./TestKafka.ts"

describe.skipIf(missing !== null)("Kafka", () => {
  for (const client of clients) {
    const bus = Layer.unwrap(Effect.map(TestKafka, ({ addresses }) => KafkaBus.layer({ brokers: addresses, client }))).pipe(
      Layer.provide(layer(1)),
    )
    suite(`Kafka, ${client}`, bus, { removes: "by expiry" })
  }
})
