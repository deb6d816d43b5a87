import { PgClient } from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import { Readiness } from "@signalflow/domain/Readiness"
import { migrate } from "@signalflow/platform/postgres/migrations/Migrations"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer } from "effect"
import { connectionTo, missing, replicaOf, testServer, until } from "../../../platform/test/postgres/RealPostgres.ts"
import { migrations } from "../../../platform/test/TestPostgres.ts"
import { SignalQueries } from "../../src/signals/SignalQueries.ts"
import { SourceQueries } from "../../src/sources/SourceQueries.ts"
import { TrendQueries } from "../../src/trends/TrendQueries.ts"
import { insertSignals } from "../queries/SignalRows.ts"

describe.skipIf(missing !== null)("queries with a replica", () => {
  it.live("read what may be a little old there, and sources as they were just configured", () =>
    Effect.gen(function* () {
      const primary = yield* testServer()
      const replica = yield* replicaOf(primary)
      const database = Layer.effectDiscard(migrate(migrations)).pipe(Layer.provideMerge(Postgres.layer(connectionTo(primary))))
      const needs = Layer.mergeAll(database, Readiness.layer, Metrics.layerTest)
      const queries = Layer.mergeAll(SignalQueries.layer, TrendQueries.layer, SourceQueries.layer).pipe(
        Layer.provideMerge(Reads.layerWith({ replica: connectionTo(replica), maxLag: "1 minute" })),
      )
      yield* Effect.gen(function* () {
        const feed = yield* SignalQueries
        const trends = yield* TrendQueries
        const sources = yield* SourceQueries
        const ids = Effect.map(feed.page({}), ({ results }) => results.map(({ id }) => String(id)))
        const configure = (target: string) =>
          Effect.flatMap(
            PgClient,
            (sql) =>
              sql`insert into source_configs (platform, target, tier, active, options, shard) values ('bluesky', ${target}, 'fast', true, '{}', 0)`,
          )
        const now = Date.now()

        yield* insertSignals([{ id: "bluesky:1", at: now }])
        yield* configure("first")
        yield* until(
          Effect.flatMap(Reads, (sql) => sql<{ there: boolean }>`select pg_is_in_recovery() as there`),
          ([row]) => row!.there,
        )
        yield* until(ids, (found) => found.length === 1)

        replica.psql("select pg_wal_replay_pause()")
        yield* insertSignals([{ id: "bluesky:2", at: now }])
        yield* configure("second")
        assert.deepStrictEqual(yield* ids, ["bluesky:1"])
        assert.strictEqual((yield* trends.trending({})).asOf, null)
        const listed = yield* sources.list
        assert.deepStrictEqual(
          listed.map(({ target, signalsLastHour }) => [target, signalsLastHour]),
          [
            ["first", 1],
            ["second", 1],
          ],
        )
        assert.notMatch(yield* (yield* Metrics).render, /reads_total\{server="again"\}/)

        yield* Effect.promise(() => replica.stop("immediate"))
        assert.sameMembers(yield* ids, ["bluesky:1", "bluesky:2"])
        assert.strictEqual((yield* sources.list)[0]?.signalsLastHour, 2)
        yield* trends.trending({})
      }).pipe(Effect.provide(queries.pipe(Layer.provideMerge(needs))))
    }).pipe(Effect.scoped),
  )
})
