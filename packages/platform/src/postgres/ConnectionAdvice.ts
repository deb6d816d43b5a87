import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { describe, sqlState } from "./Sql.ts"

/** The server that the settings name cannot be used as it is; the message says what to change. */
export class PostgresUnusable extends Schema.TaggedError<PostgresUnusable>()("PostgresUnusable", {
  message: Schema.String,
  cause: Schema.optional(Schema.Defect()),
}) {}

const WHERE = "check POSTGRES_HOST and POSTGRES_PORT (or DATABASE_URL), and that PostgreSQL runs there"
const WHO = "check POSTGRES_USER and POSTGRES_PASSWORD (or DATABASE_URL)"
const TRUST = "POSTGRES_SSLROOTCERT must name the file with the certificate of the authority that signed the server's"
const NAME = "POSTGRES_HOST must be a name that the server's certificate bears"
const ENCRYPT = "the server may want TLS: set POSTGRES_SSLMODE to require or verify-full"

const RENEW = "the server needs a new certificate"
const NO_TLS = "does not support TLS"

const advice: Readonly<Record<string, string>> = {
  ENOTFOUND: WHERE,
  EAI_AGAIN: WHERE,
  ECONNREFUSED: WHERE,
  EHOSTUNREACH: WHERE,
  ENETUNREACH: WHERE,
  ETIMEDOUT: WHERE,
  ENOENT: WHERE,
  "28P01": WHO,
  "3D000": "make this database, or check POSTGRES_DB (or DATABASE_URL)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: TRUST,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: TRUST,
  SELF_SIGNED_CERT_IN_CHAIN: TRUST,
  DEPTH_ZERO_SELF_SIGNED_CERT: TRUST,
  CERT_HAS_EXPIRED: RENEW,
  ERR_TLS_CERT_ALTNAME_INVALID: NAME,
}

/** Whether this side refuses the server: its certificate is not to be trusted, or it has no TLS. */
export const isRefusal = (error: SqlError): boolean => {
  const todo = advice[sqlState(error) ?? ""]
  return todo === TRUST || todo === NAME || todo === RENEW || describe(error).includes(NO_TLS)
}

const adviceFor = (error: SqlError, text: string): string | undefined => {
  const code = sqlState(error)
  if (code !== undefined && advice[code] !== undefined) return advice[code]
  if (text.includes("no encryption")) return ENCRYPT
  if (text.includes(NO_TLS)) return "set POSTGRES_SSLMODE to disable, or switch TLS on in the server"
  if (text.includes("requested password")) return WHO
  return text.includes("Connection timed out") ? WHERE : undefined
}

/** Why the server cannot be reached, and which setting to look at, in one line. */
export const explain = (error: SqlError): string => {
  const text = describe(error).replace(/; if the root CA is installed locally, try running Node.js with --use-system-ca/, "")
  const todo = adviceFor(error, text)
  return todo === undefined ? text : `${text}: ${todo}`
}

const OLDEST = 15

/** Asks the server for a first answer, so that a wrong setting is told at start: it must be a primary, and not too old. */
export const verify: Effect.Effect<void, PostgresUnusable, PgClient.PgClient> = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql<{ version: number; replica: boolean }>`
    SELECT current_setting('server_version_num')::int4 / 10000 AS version, pg_is_in_recovery() AS replica`
  const { version, replica } = rows[0]!
  if (version < OLDEST) return yield* new PostgresUnusable({ message: `PostgreSQL ${version} is too old: use ${OLDEST} or newer` })
  if (replica) {
    return yield* new PostgresUnusable({
      message:
        "The PostgreSQL of POSTGRES_HOST (or DATABASE_URL) is a read replica: name the primary there, and this one in POSTGRES_REPLICA_HOST",
    })
  }
}).pipe(Effect.catchTag("SqlError", (cause) => new PostgresUnusable({ message: `PostgreSQL cannot be used: ${explain(cause)}`, cause })))
