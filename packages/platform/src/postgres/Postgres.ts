import * as PgClient from "@effect/sql-pg/PgClient"
import { Duration, Effect, Layer, type Redacted } from "effect"
import * as SqlClient from "effect/sql/SqlClient"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import { readFileSync } from "node:fs"
import { EmbeddedPostgres } from "./embedded/EmbeddedPostgres.ts"
import { sqlState } from "./Sql.ts"

export interface PostgresConnection {
  /** Wins over the fields below it. */
  readonly url?: Redacted.Redacted | undefined
  /** A name, an address, or the directory of a unix socket. */
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly database?: string | undefined
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  readonly ssl?: PgClient.PgClientConfig["ssl"]
  /** File with the certificates that sign the server's; default: those of the system. */
  readonly sslRootCertificates?: string | undefined
}

export interface PoolOptions {
  /** Connections at most; default 10. */
  readonly poolSize?: number | undefined
  /** Longest time of one statement; default 30 seconds. */
  readonly statementTimeout?: Duration.Input | undefined
  /** Shown by `pg_stat_activity`; default `signalflow`. */
  readonly applicationName?: string | undefined
}

export interface PostgresOptions extends PostgresConnection, PoolOptions {}

const unreadable = (file: string, cause: unknown) => {
  const message = `POSTGRES_SSLROOTCERT is ${JSON.stringify(file)}: ${cause instanceof Error ? cause.message : String(cause)}`
  return new SqlError({ reason: new UnknownError({ cause: new Error(message, { cause }), message, operation: "connect" }) })
}

const readCertificates = (file: string) =>
  Effect.try({
    try: () => {
      const text = readFileSync(file, "utf8")
      if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error("there is no certificate in this file")
      return text
    },
    catch: (cause) => unreadable(file, cause),
  })

type Place = Pick<PgClient.PgClientConfig, "url" | "host" | "port" | "database" | "username" | "password" | "ssl">

/** The connection in the driver's words, with the certificates that it trusts. */
export const placeOf = (to: PostgresConnection): Effect.Effect<Place, SqlError> => {
  const { url, sslRootCertificates: file, ssl } = to
  const { host, port, database, username, password } = url === undefined ? to : ({} as PostgresConnection)
  const place = { url, host, port, database, username, password, ssl }
  if (file === undefined || ssl === undefined || ssl === false) return Effect.succeed(place)
  return Effect.map(readCertificates(file), (ca) => ({ ...place, ssl: { ...(ssl === true ? {} : ssl), ca } }))
}

const poolConfig = (options: PostgresOptions): Effect.Effect<PgClient.PgPoolConfig, SqlError> =>
  Effect.map(placeOf(options), (place) => ({
    ...place,
    maxConnections: options.poolSize ?? 10,
    applicationName: options.applicationName ?? "signalflow",
    startupParameters: {
      statement_timeout: String(Math.round(Duration.toMillis(Duration.fromInputUnsafe(options.statementTimeout ?? "30 seconds")))),
      // A program that was stopped in a transaction holds its rows until then.
      idle_in_transaction_session_timeout: "20000",
      timezone: "UTC",
    },
    keepAlive: "30 seconds",
  }))

/**
 * A pool of connections, opened when they are needed: a server that is unavailable fails the queries, not the layer,
 * and they succeed again when it is back.
 */
export const layer = (options: PostgresOptions): Layer.Layer<PgClient.PgClient | SqlClient.SqlClient, SqlError> =>
  Layer.unwrap(Effect.map(poolConfig(options), PgClient.layer))

/** The same, on this project's embedded server. */
export const layerEmbedded = (
  options: PoolOptions = {},
): Layer.Layer<PgClient.PgClient | SqlClient.SqlClient, SqlError, EmbeddedPostgres> =>
  Layer.unwrap(
    Effect.map(EmbeddedPostgres, ({ host, port, database, username, password }) =>
      layer({ host, port, database, username, password, ...options }),
    ),
  )

/** Classes of SQLSTATE, and single ones, that time or another attempt heals. */
const TRANSIENT = ["08", "25P03", "40001", "40P01", "53", "55P03", "57014", "57P01", "57P02", "57P03", "57P05", "58000", "58030", "25006"]

/** Whether the same statement may succeed later: the network, a restart, a deadlock, a full disk; not a wrong row or wrong SQL. */
export const isTransient = (error: SqlError): boolean => {
  const state = sqlState(error)
  // Every SQLSTATE has a digit; EPIPE is the socket's.
  if (state !== undefined && /^(?=.*\d)[0-9A-Z]{5}$/.test(state)) return TRANSIENT.some((prefix) => state.startsWith(prefix))
  return error.reason._tag === "ConnectionError"
}

export const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && (error as { _tag?: unknown })._tag === "SqlError"

const failing = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
  Effect.catchDefect(effect, (defect) => (isSqlError(defect) ? Effect.fail(defect) : Effect.die(defect)))

/**
 * Runs `effect` in one transaction of `sql`. Unlike `sql.withTransaction`, which dies when the connection is lost under it
 * (its ROLLBACK then fails), this fails with the error, so that it can be tried again.
 */
export const transactionOn =
  (sql: SqlClient.SqlClient) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    failing(sql.withTransaction(effect))

/** The same on the client of the context. */
export const transaction = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R | SqlClient.SqlClient> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => transactionOn(sql)(effect))
