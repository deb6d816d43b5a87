import type * as PgClient from "@effect/sql-pg/PgClient"
import * as LiveFeed from "@signalflow/domain/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { isSet, Settings, type SettingValues } from "@signalflow/domain/Settings"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import { EmbeddedPostgres } from "@signalflow/platform/postgres/EmbeddedPostgres"
import * as Migrations from "@signalflow/platform/postgres/Migrations"
import * as PgSourceConfigs from "@signalflow/platform/postgres/PgSourceConfigs"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Context, Effect, Layer, Redacted } from "effect"
import * as Bus from "./Bus.ts"
import { sqlDirectory } from "./Paths.ts"

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

const connection = (settings: SettingValues) =>
  isSet(settings.DATABASE_URL)
    ? Layer.succeed(DatabaseConnection, { url: settings.DATABASE_URL })
    : Layer.effect(
        DatabaseConnection,
        Effect.map(EmbeddedPostgres, ({ host, port, database, username, password }) => ({ host, port, database, username, password })),
      ).pipe(Layer.provide(EmbeddedPostgres.layer({ directory: settings.DATA_DIR, database: DATABASE })))

/** A pool on the database of the settings: `DATABASE_URL`, or the embedded server, started or joined. Nothing is migrated. */
export const databaseUnmigrated = (applicationName: string) =>
  Layer.unwrap(
    Effect.map(Settings, (settings) =>
      Layer.unwrap(Effect.map(DatabaseConnection, (to) => Postgres.layer({ ...to, ...poolOf(settings, applicationName) }))).pipe(
        Layer.provideMerge(connection(settings)),
      ),
    ),
  )

/** The same with every migration applied, after `before`. */
export const database = <E = never>(applicationName: string, before: Effect.Effect<void, E, PgClient.PgClient> = Effect.void) =>
  Layer.effectDiscard(Effect.andThen(before, Migrations.migrate(sqlDirectory))).pipe(
    Layer.provideMerge(databaseUnmigrated(applicationName)),
  )

/** Bus, source configuration, and a live feed in this process. */
export const ports = Layer.unwrap(
  Effect.map(Settings, (settings) =>
    Layer.mergeAll(
      Bus.layer,
      PgSourceConfigs.layer({ pollEvery: `${settings.SCHEDULER_CONFIG_POLL_S} seconds` }),
      LiveFeed.layerMemory,
      VelocityCache.layerMemory,
    ),
  ),
).pipe(Layer.provideMerge(Layer.mergeAll(Readiness.layer, Metrics.layer)))

/** What a worker thread is given to reach the same database; it holds the password, and stays within this process. */
export const plainConnection = (to: Postgres.PostgresConnection) => ({
  ...to,
  url: to.url === undefined ? undefined : Redacted.value(to.url),
  password: to.password === undefined ? undefined : Redacted.value(to.password),
})
