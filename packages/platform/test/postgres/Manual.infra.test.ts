import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Readiness } from "@signalflow/domain/Readiness"
import { defaults, definitions, Settings } from "@signalflow/domain/settings/Settings"
import { Effect, Layer, Redacted } from "effect"
import { readFileSync } from "node:fs"
import { migrate } from "../../src/postgres/migrations/Migrations.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import { fromSettings } from "../../src/postgres/PostgresSettings.ts"
import { verify } from "../../src/postgres/ConnectionAdvice.ts"
import { Reads } from "../../src/postgres/replica/Reads.ts"
import { Metrics } from "../../src/telemetry/Metrics.ts"
import { migrations } from "../TestPostgres.ts"
import { missing, replicaOf, testServer, until } from "./RealPostgres.ts"

const manual = readFileSync(new URL("../../../../docs/postgresql.md", import.meta.url), "utf8")

describe.skipIf(missing !== null)("docs/postgresql.md", () => {
  it.live("names rights that are enough to migrate, to sum up history and to read from a replica", () =>
    Effect.gen(function* () {
      const server = yield* testServer()
      for (const [, statement] of manual.matchAll(/^ {4}(create .*;)$/gm)) server.psql(statement!)
      const replica = yield* replicaOf(server)
      const settings = {
        ...defaults,
        POSTGRES_HOST: server.host,
        POSTGRES_PORT: server.port,
        POSTGRES_PASSWORD: Redacted.make("secret"),
        POSTGRES_REPLICA_HOST: replica.host,
        POSTGRES_REPLICA_PORT: replica.port,
      }
      yield* Effect.gen(function* () {
        yield* verify
        yield* migrate(migrations)
        const primary = yield* PgClient.PgClient
        for (const [, statement] of manual.matchAll(/`(select [a-z_]+\([^`]*\))`/g)) yield* primary.unsafe(statement!)
        const sql = yield* Reads
        const place = sql<{ replica: boolean; user: string }>`SELECT pg_is_in_recovery() AS replica, current_user::text AS user`
        const [found] = yield* until(place, (rows) => rows[0]!.replica)
        assert.strictEqual(found?.user, "signalflow")
      }).pipe(
        Effect.provide(
          Reads.layer.pipe(
            Layer.provideMerge(
              Layer.mergeAll(Postgres.layer(fromSettings(settings)!), Settings.layerWith(settings), Readiness.layer, Metrics.layerTest),
            ),
          ),
        ),
      )
    }).pipe(Effect.scoped),
  )

  it.effect("names settings, metrics and files that exist", () =>
    Effect.gen(function* () {
      for (const [, name] of manual.matchAll(/`((?:POSTGRES|DATABASE|REPLICA|RETENTION)_[A-Z_]+)`/g)) assert.property(definitions, name!)
      const metrics = yield* Metrics
      metrics.replica(true, 1)
      metrics.read("again")
      const page = yield* metrics.render
      for (const [, name] of manual.matchAll(/`(signalflow_(?!admin\b)[a-z_]+)/g)) assert.include(page, `# TYPE ${name} `)
      for (const [, file] of manual.matchAll(/`(packages\/[\w/.]+)`/g)) readFileSync(new URL(`../../../../${file}`, import.meta.url))
    }).pipe(Effect.provide(Metrics.layerTest)),
  )
})
