import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { clients, layer, missing, TestKafka } from "../../platform/test/kafka/TestKafka.ts"
import { suite } from "./FutureVersionSuite.ts"

describe.skipIf(missing !== null)("Kafka", () => {
  for (const client of clients)
    suite(
      client,
      Layer.unwrap(Effect.map(TestKafka, ({ addresses }) => KafkaBus.layer({ brokers: addresses, client }))).pipe(Layer.provide(layer(1))),
    )
})
