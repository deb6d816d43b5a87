import { describe, it } from "@effect/vitest"
import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import { Effect, Layer } from "effect"
import * as TestKafka from "../../platform/test/kafka/TestKafka.ts"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { around, removal, round } from "./DeadLetterRound.ts"

const bus = Layer.unwrap(Effect.map(TestKafka.TestKafka, ({ addresses }) => KafkaBus.layer({ brokers: addresses }))).pipe(
  Layer.provide(TestKafka.layer(1)),
)
const Test = around.pipe(Layer.provideMerge(bus), Layer.provideMerge(TestPostgres.layer))

describe.skipIf(TestKafka.missing !== null)("dead letters on Kafka", () => {
  it.live(
    "poison goes to its topic and the table, alone; a replay meets its letter, three park it, and at last it is processed (guarantee 5)",
    () => round.pipe(Effect.scoped, Effect.provide(Test)),
    180_000,
  )

  it.live(
    "nothing of what was removed stays among the letters, or comes back by a record that is read late (guarantee 4)",
    () => removal.pipe(Effect.scoped, Effect.provide(Test)),
    180_000,
  )
})
