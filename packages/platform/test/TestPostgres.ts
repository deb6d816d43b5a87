import type * as PgClient from "@effect/sql-pg/PgClient"
import { Clock, Context, Effect, Layer, References } from "effect"
import * as SqlClient from "effect/sql/SqlClient"
import { createHash, randomBytes } from "node:crypto"
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Embedded from "../src/postgres/embedded/EmbeddedPostgres.ts"
import { migrate } from "../src/postgres/migrations/Migrations.ts"
import * as Postgres from "../src/postgres/Postgres.ts"

/** The project's migrations. */
export const migrations = fileURLToPath(new URL("../../../sql", import.meta.url))

const checkout = createHash("sha256").update(migrations).digest("hex").slice(0, 8)
const directory = join(tmpdir(), `signalflow-test-${userInfo().uid}-${checkout}`)

/** The data is thrown away, so nothing waits for the disk. */
const settings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "200",
  shared_buffers: "64MB",
  max_wal_size: "512MB",
  autovacuum_naptime: "300s",
}

const open = Embedded.make({ directory, database: "signalflow", settings })

/** One server for all test processes of a checkout: the first starts it, the last stops it; damaged data is made anew. */
const server = open.pipe(
  Effect.catch(() =>
    Effect.andThen(
      Effect.sync(() => rmSync(directory, { recursive: true, force: true })),
      open,
    ),
  ),
)

/** A database of the test's own and how to reach it, e.g. from a child process. */
export class TestPostgres extends Context.Service<TestPostgres, Embedded.EmbeddedServer>()("@signalflow/platform/test/TestPostgres") {}

const OLD_MINUTES = 30

/** What killed runs left behind: their names tell when they were made. */
const sweep = (sql: SqlClient.SqlClient, template: string) =>
  Effect.gen(function* () {
    const rows = yield* sql<{ datname: string }>`
      SELECT datname FROM pg_database d WHERE (datname LIKE 'test\\_%' OR datname LIKE 'template\\_%') AND datname <> ${template}
        AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)`
    for (const { datname } of rows) {
      const made = Number(datname.split("_")[1])
      if (Date.now() - made < OLD_MINUTES * 60_000) continue
      yield* Effect.ignore(sql`DROP DATABASE IF EXISTS ${sql(datname)}`)
    }
  })

const version = (files: string) => {
  const hash = createHash("sha256")
  if (existsSync(files))
    for (const file of readdirSync(files).toSorted())
      if (statSync(join(files, file)).isFile()) hash.update(file).update(readFileSync(join(files, file)))
  return hash.digest("hex").slice(0, 16)
}

const withDatabase = <A, E>(
  base: Embedded.EmbeddedServer,
  database: string,
  effect: Effect.Effect<A, E, PgClient.PgClient | SqlClient.SqlClient>,
) => effect.pipe(Effect.provide(Postgres.layer({ ...pick(base), database, poolSize: 2 })))

const pick = ({ host, port, username, password }: Embedded.EmbeddedServer) => ({ host, port, username, password })

/** Migrated once for each content of the migrations, then copied. */
const template = (base: Embedded.EmbeddedServer) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const content = version(migrations)
    const known = sql<{
      datname: string
    }>`SELECT datname FROM pg_database WHERE datname LIKE ${`template\\_%\\_${content}`} ORDER BY datname DESC LIMIT 1`
    const make = Effect.gen(function* () {
      const again = (yield* known)[0]
      if (again !== undefined) return again.datname
      const name = `template_${Date.now()}_${content}`
      yield* sql`CREATE DATABASE ${sql(`half_${name}`)}`
      yield* withDatabase(base, `half_${name}`, migrate(migrations))
      yield* sql`ALTER DATABASE ${sql(`half_${name}`)} RENAME TO ${sql(name)}`
      yield* sweep(sql, name)
      return name
    })
    const found = (yield* known)[0]
    if (found !== undefined) return found.datname
    const connection = yield* sql.reserve
    yield* Effect.acquireRelease(connection.executeUnprepared("SELECT pg_advisory_lock(1)", [], undefined), () =>
      Effect.ignore(connection.executeUnprepared("SELECT pg_advisory_unlock(1)", [], undefined)),
    )
    return yield* make
  }).pipe(Effect.scoped)

const database = (base: Embedded.EmbeddedServer, migrated: boolean) =>
  Effect.acquireRelease(
    withDatabase(
      base,
      "signalflow",
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const name = `test_${Date.now()}_${process.pid}_${randomBytes(4).toString("hex")}`
        const from = migrated ? yield* template(base) : "template1"
        yield* sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(from)} STRATEGY file_copy`
        return name
      }),
    ),
    (name) =>
      Effect.ignore(
        withDatabase(
          base,
          "signalflow",
          Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`),
        ),
      ),
  )

const testDatabase = (migrated: boolean) =>
  Layer.effect(
    TestPostgres,
    Effect.gen(function* () {
      const base = yield* server
      return { ...base, database: yield* database(base, migrated) }
    }).pipe(Effect.provideService(Clock.Clock, Clock.Clock.defaultValue()), Effect.provideService(References.MinimumLogLevel, "Warn")),
  )

const connected = (options: Postgres.PoolOptions) =>
  Layer.unwrap(Effect.map(TestPostgres, (server) => Postgres.layer({ ...pick(server), database: server.database, ...options })))

/** A fresh database with all migrations applied, dropped when the scope closes. Each `provide` gives another. */
export const layerWith = (options: Postgres.PoolOptions) => Layer.provideMerge(connected(options), testDatabase(true)).pipe(Layer.orDie)

export const layer = layerWith({})

/** The same without migrations. */
export const layerEmptyWith = (options: Postgres.PoolOptions) =>
  Layer.provideMerge(connected(options), testDatabase(false)).pipe(Layer.orDie)

export const layerEmpty = layerEmptyWith({})

export type Provided = Layer.Success<typeof layer>
