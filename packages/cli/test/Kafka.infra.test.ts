import { describe, it } from "@effect/vitest"
import * as Simulator from "@signalflow/simulator/Simulator"
import { Effect } from "effect"
import { join } from "node:path"
import * as TestKafka from "../../platform/test/kafka/TestKafka.ts"
import { directory, HOURS, story, up } from "./RunningProgram.ts"

describe.skipIf(TestKafka.missing !== null)("the program on Kafka", () => {
  it.live(
    "serves every planted signal, sends a new one and its removal to the browser, and stops in order",
    () =>
      Effect.gen(function* () {
        const kafka = yield* TestKafka.cluster(1)
        const simulator = yield* Simulator.make({ seed: 5, historyHours: HOURS, lookbackHours: HOURS + 2 })
        const child = yield* up(join(yield* directory, "data"), simulator.url, { KAFKA_BOOTSTRAP_SERVERS: kafka.addresses.join(",") })
        yield* Effect.promise(() => story(simulator, child))
      }).pipe(Effect.scoped),
    300_000,
  )
})
