import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Schedule, Schema } from "effect"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import { load, type Migration, MigrationError } from "./MigrationFiles.ts"
import { backoff } from "../../flow/Backoff.ts"
import { isTransient } from "../Postgres.ts"
import { explain, isRefusal } from "../ConnectionAdvice.ts"
import { describe, sqlState, toNumber } from "../Sql.ts"
import type { Statement } from "../Statements.ts"

export { MigrationError }

/** A row of `schema_migrations`. */
export interface Applied {
  readonly version: number
  readonly name: string
  readonly checksum: string
  readonly appliedAt: Date
  readonly durationMs: number
}

export interface Status {
  /** The database's version; 0: no migration was applied. */
  readonly version: number
  readonly applied: ReadonlyArray<Applied>
  readonly pending: ReadonlyArray<Migration>
}

const TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(), duration_ms integer NOT NULL)`

const UNDEFINED_TABLE = "42P01"

const APPLIED = "SELECT version, name, checksum, applied_at, duration_ms FROM schema_migrations ORDER BY version"

const Rows = Schema.Array(
  Schema.Struct({ version: Schema.Int, name: Schema.String, checksum: Schema.String, applied_at: Schema.Date, duration_ms: Schema.Int }),
)

const decode = (rows: unknown): ReadonlyArray<Applied> =>
  Schema.decodeUnknownSync(Rows)(rows).map(({ applied_at, duration_ms, ...row }) => ({
    ...row,
    appliedAt: applied_at,
    durationMs: duration_ms,
  }))

const readApplied = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  return decode(yield* sql.unsafe(APPLIED))
}).pipe(Effect.catch((error) => (sqlState(error) === UNDEFINED_TABLE ? Effect.succeed<ReadonlyArray<Applied>>([]) : Effect.fail(error))))

const compare = (files: ReadonlyArray<Migration>, applied: ReadonlyArray<Applied>) =>
  Effect.gen(function* () {
    const version = applied.at(-1)?.version ?? 0
    const newest = files.at(-1)?.version ?? 0
    if (version > newest) {
      return yield* new MigrationError({
        message: `The database is at version ${version} and this program knows versions up to ${newest}: use the newer program that migrated it`,
      })
    }
    for (const { version, checksum } of applied) {
      const file = files[version - 1]!
      if (file.checksum === checksum) continue
      return yield* new MigrationError({
        message: `${file.file} was changed after it had been applied to this database: restore it, and put the change into a V${newest + 1}__….sql`,
      })
    }
    return { version, applied, pending: files.slice(version) } satisfies Status
  })

/** What was applied and what is pending. Changes nothing. */
export const status = (directory: string): Effect.Effect<Status, MigrationError | SqlError, PgClient.PgClient> =>
  Effect.gen(function* () {
    return yield* compare(yield* load(directory), yield* readApplied)
  })

/** The pending migrations with their statements, as `migrate` would run them. Changes nothing. */
export const dryRun = (directory: string): Effect.Effect<ReadonlyArray<Migration>, MigrationError | SqlError, PgClient.PgClient> =>
  Effect.map(status(directory), ({ pending }) => pending)

const failed = (migration: Migration, statement: Statement, index: number, error: SqlError) => {
  const { position } = (error.reason.cause ?? {}) as { position?: string | number }
  const before = statement.text.slice(0, Math.max(0, Number(position ?? 1) - 1))
  const line = statement.line + before.split("\n").length - 1
  const left =
    migration.transaction || index === 0
      ? "Nothing of this file was applied"
      : `It runs without a transaction: its first ${index} of ${migration.statements.length} statements remain applied, so make them repeatable`
  return new MigrationError({ message: `${migration.file}, line ${line}: ${describe(error)}. ${left}`, cause: error })
}

/** All on one connection: the advisory lock belongs to its session, and a lost session must not leave the other half running. */
const apply = (connection: Connection, migration: Migration) =>
  Effect.gen(function* () {
    const execute = (text: string, params: ReadonlyArray<unknown> = []) => connection.executeUnprepared(text, params, undefined)
    const began = performance.now()
    const body = Effect.gen(function* () {
      for (const [index, statement] of migration.statements.entries()) {
        yield* Effect.mapError(execute(statement.text), (error) => failed(migration, statement, index, error))
      }
      yield* execute("INSERT INTO schema_migrations (version, name, checksum, duration_ms) VALUES ($1, $2, $3, $4)", [
        migration.version,
        migration.name,
        migration.checksum,
        Math.round(performance.now() - began),
      ])
    })
    if (!migration.transaction) return yield* body
    yield* execute("BEGIN")
    yield* body.pipe(
      Effect.andThen(execute("COMMIT")),
      Effect.onError(() => Effect.ignore(execute("ROLLBACK"))),
    )
  })

/** Any constant that no other user of the server's advisory locks takes. */
const LOCK = 7_305_140_623_451_102n

const lock = (connection: Connection) => {
  const tried = Effect.map(
    connection.executeUnprepared("SELECT pg_try_advisory_lock($1) AS locked", [LOCK], undefined),
    (rows) => (rows[0] as { locked: boolean }).locked,
  )
  const wait = Effect.repeat(tried, { until: (locked) => locked, schedule: Schedule.spaced("200 millis") })
  return Effect.flatMap(tried, (locked) =>
    locked ? Effect.void : Effect.andThen(Effect.logInfo("Another program is migrating this database: waiting for it"), wait),
  )
}

/** Brings the database to the newest version and returns what it applied; one program at a time, the others wait. */
export const migrate = (directory: string): Effect.Effect<ReadonlyArray<Migration>, MigrationError | SqlError, PgClient.PgClient> =>
  Effect.gen(function* () {
    const files = yield* load(directory)
    const sql = yield* PgClient.PgClient
    const connection = yield* sql.reserve
    const execute = (text: string) => connection.executeUnprepared(text, [], undefined)
    yield* Effect.acquireRelease(execute("SET statement_timeout = 0"), () => Effect.ignore(execute("RESET statement_timeout")))
    yield* Effect.acquireRelease(lock(connection), () => Effect.ignore(execute(`SELECT pg_advisory_unlock(${LOCK})`)), {
      interruptible: true,
    })
    yield* execute(TABLE)
    const { pending } = yield* compare(files, decode(yield* execute(APPLIED)))
    for (const migration of pending) {
      yield* apply(connection, migration)
      yield* Effect.logInfo(`Applied ${migration.file}`)
    }
    return pending
  }).pipe(Effect.scoped)

/**
 * Waits until the database is at `version` or newer, and returns its version. Older programs work on a newer database
 * (migrations first widen, later narrow), so a newer one is told, not refused.
 */
export const waitFor = (version: number): Effect.Effect<number, SqlError, PgClient.PgClient> => {
  // A server that is not to be trusted is no more so later.
  const isAway = (error: SqlError) => isTransient(error) && !isRefusal(error)
  const look = Effect.map(readApplied, (applied) => applied.at(-1)?.version ?? 0)
  const patient = look.pipe(
    Effect.tapError((error) => (isAway(error) ? Effect.logWarning(`The database is not available: ${explain(error)}`) : Effect.void)),
    Effect.retry({ while: isAway, schedule: backoff() }),
  )
  const tell = (found: number) =>
    Effect.logInfo(`The database is at version ${found} and this program needs ${version}: run "signalflow migrate". Waiting`)
  return Effect.gen(function* () {
    let found = toNumber(yield* patient)
    if (found < version) {
      yield* tell(found)
      found = yield* Effect.repeat(patient, { until: (now) => now >= version, schedule: Schedule.spaced("1 second") })
    }
    if (found > version) yield* Effect.logInfo(`The database is at version ${found}, newer than this program's ${version}`)
    return found
  })
}
