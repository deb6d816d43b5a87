import * as PgClient from "@effect/sql-pg/PgClient"
import { Context, Effect, Layer } from "effect"
import * as SqlClient from "effect/sql/SqlClient"

/** Connections for what users ask: few, so that a crowd queues here and not before the pipeline. */
export const USER_CONNECTIONS = 4
const IDLE = "30 seconds"

/** The same database by a pool of its own; connections that nobody needs are closed. */
const pool = (connections: number, what: string) =>
  Layer.unwrap(
    Effect.map(PgClient.PgClient, ({ config }) =>
      PgClient.layer({
        ...config,
        minConnections: 0,
        maxConnections: connections,
        idleTimeout: IDLE,
        applicationName: `${config.applicationName ?? "signalflow"} ${what}`.slice(0, 63),
      }),
    ),
  )

/** For the requests of users. */
export const layer = pool(USER_CONNECTIONS, "users")

/** One connection that tells whether the database answers, whatever waits elsewhere. */
export class Ping extends Context.Service<Ping, SqlClient.SqlClient>()("@signalflow/server/Ping") {
  static readonly layer = Layer.effect(Ping, SqlClient.SqlClient).pipe(Layer.provide(pool(1, "ready")))
}
