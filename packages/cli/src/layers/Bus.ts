import { discoveryTopics } from "@signalflow/domain/sources/Discovered"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import { fromSettings } from "@signalflow/platform/kafka/KafkaOptions"
import * as PgBus from "@signalflow/platform/postgres/bus/PgBus"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer } from "effect"

/** How far back `tail` reaches on the embedded bus into topics that no group reads. */
const KEPT = "24 hours"

/** The bus of the settings: Kafka where `KAFKA_BOOTSTRAP_SERVERS` names brokers, else a table in PostgreSQL. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const settings = yield* Settings
    const readiness = yield* Readiness
    const meter = yield* Metrics
    const onState = (state: "ok" | "down", why?: string) => readiness.report("bus", state, why)
    return settings.KAFKA_BOOTSTRAP_SERVERS.length > 0
      ? KafkaBus.layer({ ...fromSettings(settings), onState, meter })
      : PgBus.layer({
          minAge: settings.BUS_MIN_AGE,
          keep: { topics: Object.values(discoveryTopics(settings)).map(({ name }) => name), age: KEPT },
          onState,
          meter,
        })
  }),
)
