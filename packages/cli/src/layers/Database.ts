import type * as PgClient from "@effect/sql-pg/PgClient"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { EmbeddedPostgres } from "@signalflow/platform/postgres/embedded/EmbeddedPostgres"
import { load } from "@signalflow/platform/postgres/migrations/MigrationFiles"
import * as Migrations from "@signalflow/platform/postgres/migrations/Migrations"
import * as PgSourceConfigs from "@signalflow/platform/postgres/PgSourceConfigs"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { fromSettings } from "@signalflow/platform/postgres/PostgresSettings"
import { verify } from "@signalflow/platform/postgres/ConnectionAdvice"
import { KeyPlace } from "@signalflow/platform/secrets/InstanceKeys"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Context, Effect, Layer, Redacted } from "effect"
import { join } from "node:path"
import * as Bus from "./Bus.ts"
import { sqlDirectory } from "./Paths.ts"
import * as SharedState from "./Caches.ts"

export const DATABASE = "signalflow"

/** How to reach the database that this process uses: for its worker threads, which open pools of their own. */
export class DatabaseConnection extends Context.Service<DatabaseConnection, Postgres.PostgresConnection>()(
  "@signalflow/cli/DatabaseConnection",
) {}

const poolOf = (settings: SettingValues, applicationName: string) => ({
  poolSize: settings.DATABASE_POOL,
  statementTimeout: settings.DATABASE_STATEMENT_TIMEOUT,
  applicationName,
})

const connection = (settings: SettingValues) => {
  const given = fromSettings(settings)
  return given !== null
    ? Layer.succeed(DatabaseConnection, given)
    : Layer.effect(
        DatabaseConnection,
        Effect.map(EmbeddedPostgres, ({ host, port, database, username, password }) => ({ host, port, database, username, password })),
      ).pipe(Layer.provide(EmbeddedPostgres.layer({ directory: settings.DATA_DIR, database: DATABASE })))
}

/** Keys of an embedded database are files beside it; one of the user's own is reached from other machines too, which settings tell. */
const keyPlace = (settings: SettingValues) =>
  Layer.succeed(KeyPlace, {
    folder: fromSettings(settings) === null ? join(settings.DATA_DIR, "keys") : null,
    given: { "author-hash": settings.AUTHOR_HASH_SECRET },
  })

/** A pool on the database of the settings: `DATABASE_URL`, or the embedded server, started or joined. Nothing is migrated. */
export const databaseUnmigrated = (applicationName: string) =>
  Layer.unwrap(
    Effect.map(Settings, (settings) =>
      Layer.unwrap(Effect.map(DatabaseConnection, (to) => Postgres.layer({ ...to, ...poolOf(settings, applicationName) }))).pipe(
        Layer.provideMerge(connection(settings)),
        Layer.provideMerge(keyPlace(settings)),
      ),
    ),
  )

/** The embedded database is brought to the version of this program; one that was given is migrated by `signalflow migrate` alone. */
export const schema = Effect.gen(function* () {
  if (fromSettings(yield* Settings) === null) return yield* Migrations.migrate(sqlDirectory)
  const version = yield* Migrations.waitFor((yield* load(sqlDirectory)).at(-1)!.version)
  yield* verify
  return version
})

/** The same pool on a database of this program's version, after `before`. */
export const database = <E = never>(applicationName: string, before: Effect.Effect<void, E, PgClient.PgClient> = Effect.void) =>
  Layer.effectDiscard(Effect.andThen(before, schema)).pipe(Layer.provideMerge(databaseUnmigrated(applicationName)))

/** What a process says of itself. */
export const observed = Layer.mergeAll(Readiness.layer, Metrics.layer)

/** Bus and source configuration, as the settings say. */
export const busAndSources = Layer.unwrap(
  Effect.map(Settings, (settings) =>
    Layer.merge(Bus.layer, PgSourceConfigs.layer({ pollEvery: `${settings.SCHEDULER_CONFIG_POLL_S} seconds` })),
  ),
)

/** The same with live feed and velocity cache. */
export const ports = Layer.merge(busAndSources, SharedState.layer).pipe(Layer.provideMerge(observed))

/** What a worker thread is given to reach the same database; it holds the password, and stays within this process. */
export const plainConnection = (to: Postgres.PostgresConnection) => ({
  ...to,
  url: to.url === undefined ? undefined : Redacted.value(to.url),
  password: to.password === undefined ? undefined : Redacted.value(to.password),
})
