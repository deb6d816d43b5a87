import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import { freshTopic } from "../../../domain/test/Received.ts"
import * as KafkaBus from "../../src/kafka/KafkaBus.ts"
import { run } from "./BrokerLoss.ts"
import { clients, cluster, missing } from "./TestKafka.ts"

describe.skipIf(missing !== null).for(clients)("Brokers that die, %s", (client) => {
  it.live(
    "loses nothing that was acknowledged while each of three brokers is killed under load",
    () =>
      Effect.gen(function* () {
        const kafka = yield* cluster(3)
        const loss = yield* run(kafka, freshTopic(12)).pipe(
          Effect.scoped,
          Effect.provide(KafkaBus.layer({ brokers: kafka.addresses, client })),
        )
        process.stdout.write(`${client}: ${JSON.stringify(loss)}\n`)
        assert.strictEqual(loss.lost, 0)
        assert.strictEqual(loss.disordered, 0)
        assert.strictEqual(loss.undelivered, 0)
        assert.isAtLeast(loss.acknowledged, 20_000)
      }).pipe(Effect.scoped),
    600_000,
  )
})
