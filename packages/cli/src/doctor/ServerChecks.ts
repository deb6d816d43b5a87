import * as PgClient from "@effect/sql-pg/PgClient"
import { Settings } from "@signalflow/domain/settings/Settings"
import * as KafkaBus from "@signalflow/platform/kafka/KafkaBus"
import { fromSettings } from "@signalflow/platform/kafka/KafkaOptions"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { replicaFromSettings } from "@signalflow/platform/postgres/PostgresSettings"
import { describe } from "@signalflow/platform/postgres/Sql"
import * as Redis from "@signalflow/platform/redis/Redis"
import { Effect, Layer } from "effect"
import { failed, ok, warning } from "./Check.ts"

const PATIENCE = "10 seconds"

/** Kafka as the bus itself reaches it: brokers, sign-in, and the shape of the topics. */
export const kafka = Effect.gen(function* () {
  const settings = yield* Settings
  const brokers = settings.KAFKA_BOOTSTRAP_SERVERS.join(", ")
  let silent = `${brokers} did not answer within ${PATIENCE}`
  const onState = (_: "ok" | "down", why?: string) => Effect.sync(() => void (silent = why ?? silent))
  return yield* Effect.scoped(Layer.build(KafkaBus.layer({ ...fromSettings(settings), onState }))).pipe(
    Effect.as(ok("kafka", `${brokers} answers`)),
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () => Effect.succeed(failed("kafka", silent, "Check KAFKA_BOOTSTRAP_SERVERS, and that its brokers run.")),
    }),
    Effect.catch(({ message }) =>
      Effect.succeed(failed("kafka", message, "Check KAFKA_BOOTSTRAP_SERVERS, KAFKA_SSL and KAFKA_SASL_*; see docs/bus.md.")),
    ),
  )
})

/** A Redis that is unavailable costs speed and live frames, never a signal. */
export const redis = Effect.gen(function* () {
  const { REDIS_URL } = yield* Settings
  const ping = Effect.gen(function* () {
    const connection = yield* (yield* Redis.Redis).connect("cache")
    yield* connection.use((client) => client.ping())
    return ok("redis", "answers")
  })
  return yield* ping.pipe(
    Effect.scoped,
    Effect.provide(Redis.layer({ url: REDIS_URL })),
    Effect.timeout(PATIENCE),
    Effect.catch(({ message }) => Effect.succeed(failed("redis", message, "Check REDIS_URL; see docs/redis.md."))),
  )
})

export const replica = Effect.gen(function* () {
  const connection = replicaFromSettings(yield* Settings)
  if (connection === null) return ok("replica", "none")
  const look = Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql<{ recovery: boolean; lag: number | null }>`select pg_is_in_recovery() as recovery,
      extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 as lag`,
  )
  const todo = "Reads go to the primary until it is well. Check POSTGRES_REPLICA_HOST and POSTGRES_REPLICA_PORT."
  return yield* look.pipe(
    Effect.provide(Postgres.layer({ ...connection, poolSize: 2, applicationName: "signalflow doctor" })),
    Effect.map(([row]) =>
      row?.recovery === true
        ? ok("replica", row.lag === null ? "follows" : `follows; last change replayed ${Math.round(row.lag)} s ago`)
        : warning("replica", "is not a replica: it takes writes", todo),
    ),
    Effect.catch((error) => Effect.succeed(warning("replica", describe(error), todo))),
  )
})
