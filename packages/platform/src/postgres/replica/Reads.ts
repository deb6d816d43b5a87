import * as PgClient from "@effect/sql-pg/PgClient"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { Context, type Duration, Effect, Layer } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import type { Borrower } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import { Metrics } from "../../telemetry/Metrics.ts"
import { isSqlError, placeOf, type PostgresConnection } from "../Postgres.ts"
import { replicaFromSettings } from "../PostgresSettings.ts"
import * as ReplicaConnections from "./ReplicaConnections.ts"
import * as ReplicaMonitor from "./ReplicaMonitor.ts"
import { sqlState } from "../Sql.ts"

export interface ReplicaOptions {
  readonly replica: PostgresConnection
  /** What a read shows is never older than this. */
  readonly maxLag: Duration.Input
}

/** The replica is at fault, and away for now. */
const AWAY = ["08", "28", "57P"]
/** The replica is at fault for this one: a conflict with recovery, no room, or a schema that it has not replayed yet. */
const ITS_FAULT = [...AWAY, "40001", "40P01", "53", "58", "42P01", "42703", "42883"]

const among = (error: SqlError, states: ReadonlyArray<string>): boolean => {
  const state = sqlState(error)
  if (error.reason._tag === "ConnectionError" || error.reason._tag === "AuthenticationError") return true
  return state !== undefined && states.some((prefix) => state.startsWith(prefix))
}

const isItsFault = (error: unknown): error is SqlError | ReplicaConnections.NotNow =>
  error instanceof ReplicaConnections.NotNow || (isSqlError(error) && among(error, ITS_FAULT))

const NAME = "replica"

const routed = (primary: PgClient.PgClient, options: ReplicaOptions) =>
  Effect.gen(function* () {
    const readiness = yield* Readiness
    const metrics = yield* Metrics
    // Pool size, time-outs and name are the primary's.
    const config: PgClient.PgPoolConfig = { ...primary.config, ...(yield* placeOf(options.replica)) }

    let told: boolean | null = null
    const onState = ({ usable, why, behind }: ReplicaMonitor.ReplicaState) =>
      Effect.gen(function* () {
        metrics.replica(usable, behind === null ? null : behind / 1_000)
        yield* readiness.report(NAME, usable ? "ok" : "degraded", why === null ? undefined : `Reads go to the primary: ${why}`)
        if (told === usable) return
        if (!usable) yield* Effect.logWarning(`The replica is not read, and reads go to the primary: ${why}`)
        else yield* Effect.logInfo("Reads go to the replica")
        told = usable
      })
    const monitor = yield* ReplicaMonitor.make({ primary: primary.config, replica: config, maxLag: options.maxLag, onState })
    const lend = yield* ReplicaConnections.make(config, monitor)

    const onPrimary: Borrower = (f) => Effect.scoped(Effect.flatMap(primary.reserve, f))
    const borrower: Borrower = (f) =>
      Effect.suspend(() => {
        if (!monitor.usable()) {
          metrics.read("primary")
          return onPrimary(f)
        }
        return lend(f).pipe(
          Effect.tap(() => Effect.sync(() => metrics.read("replica"))),
          Effect.catchIf(isItsFault, (error) => {
            if (isSqlError(error) && among(error, AWAY)) monitor.lost(error)
            metrics.read("again")
            return onPrimary(f)
          }),
        )
      })
    return yield* SqlClient.make({
      acquirer: primary.reserve,
      transactionAcquirer: primary.reserve,
      borrower,
      compiler: PgClient.makeCompiler(),
      driver: "pg",
      spanAttributes: [["db.system.name", "postgresql"]],
    }).pipe(Effect.provide(Reactivity.layer))
  })

/**
 * For statements that only read and may show the state of up to `REPLICA_MAX_LAG` ago: one at a time, outside transactions.
 * They run on the replica where there is one that is fresh enough, else on the primary, and again there if the replica fails them.
 */
export class Reads extends Context.Service<Reads, SqlClient.SqlClient>()("@signalflow/platform/Reads") {
  /** Every read on the primary. */
  static readonly layerPrimary: Layer.Layer<Reads, never, SqlClient.SqlClient> = Layer.effect(Reads, SqlClient.SqlClient)

  static readonly layerWith = (options: ReplicaOptions): Layer.Layer<Reads, SqlError, PgClient.PgClient | Readiness | Metrics> =>
    Layer.effect(
      Reads,
      Effect.flatMap(PgClient.PgClient, (primary) => routed(primary, options)),
    )

  /** As the settings say: without `POSTGRES_REPLICA_HOST`, the primary. */
  static readonly layer = Layer.unwrap(
    Effect.map(Settings, (settings): Layer.Layer<Reads, SqlError, PgClient.PgClient | SqlClient.SqlClient | Readiness | Metrics> => {
      const replica = replicaFromSettings(settings)
      return replica === null ? Reads.layerPrimary : Reads.layerWith({ replica, maxLag: settings.REPLICA_MAX_LAG })
    }),
  )
}
