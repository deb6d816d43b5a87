import * as PgClient from "@effect/sql-pg/PgClient"
import { SourceConfig } from "@signalflow/domain/sources/Source"
import { SourceConfigs, SourceConfigsError } from "@signalflow/domain/sources/SourceConfigs"
import { Duration, Effect, Layer, Option, Schema, Stream } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { transactionOn } from "./Postgres.ts"
import { bool, describe, int4, jsonText, text } from "./Sql.ts"
import * as Wakeups from "./bus/Notifications.ts"

const CHANNEL = "signalflow_sources"

export interface PgSourceConfigsOptions {
  /** How long a change that notified nobody may go unseen: one made with SQL by hand. Default 60 seconds. */
  readonly pollEvery?: Duration.Input
}

const decode = Schema.decodeUnknownOption(SourceConfig)

const failed = (what: string) => (cause: SqlError) => new SourceConfigsError({ message: `${what}: ${describe(cause)}`, cause })

const make = (options: PgSourceConfigsOptions) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const wakeups = yield* Wakeups.make(sql, CHANNEL)
    const pollEvery = Duration.fromInputUnsafe(options.pollEvery ?? "60 seconds")
    const refused = new Set<string>()

    /** A row that somebody wrote by hand and that means nothing is told once and left out; the others count. */
    const read = (row: Record<string, unknown>) => {
      const config = decode(row)
      if (Option.isSome(config)) return Effect.succeed([config.value])
      const name = `${String(row["platform"])} ${String(row["target"])}`
      if (refused.has(name)) return Effect.succeed([])
      refused.add(name)
      return Effect.as(Effect.logWarning(`source_configs holds ${name}, which cannot be used; its row is ignored`), [])
    }

    const list = sql<Record<string, unknown>>`
      SELECT platform, target, tier, interval_ms AS "intervalMs", options, active, shard
      FROM source_configs ORDER BY platform COLLATE "C", target COLLATE "C"`.pipe(
      Effect.mapError(failed("The sources were not read")),
      Effect.flatMap((rows) => Effect.map(Effect.forEach(rows, read), (configs) => configs.flat())),
    )

    const values = (configs: ReadonlyArray<SourceConfig>) => sql`
      SELECT DISTINCT ON (u.platform, u.target) u.platform, u.target, u.tier, u.interval_ms, u.options::jsonb, u.active, u.shard
      FROM unnest(${text(configs.map(({ platform }) => platform))}::text[], ${text(configs.map(({ target }) => target))}::text[],
        ${text(configs.map(({ tier }) => tier))}::text[], ${int4(configs.map(({ intervalMs }) => intervalMs))}::int4[],
        ${jsonText(configs.map(({ options }) => options))}::text[], ${bool(configs.map(({ active }) => active))}::bool[],
        ${int4(configs.map(({ shard }) => shard))}::int4[]) WITH ORDINALITY
        AS u (platform, target, tier, interval_ms, options, active, shard, n)
      ORDER BY u.platform, u.target, u.n`

    const changing = <A>(what: string, statement: Effect.Effect<A, SqlError>) =>
      transactionOn(sql)(Effect.tap(statement, () => sql`SELECT pg_notify(${CHANNEL}, '')`)).pipe(Effect.mapError(failed(what)))

    const changes = Stream.unwrap(
      Effect.map(wakeups, (wake) => {
        let last: string | null = null
        return Stream.fromEffectRepeat(
          Effect.gen(function* () {
            while (true) {
              wake.closeUnsafe()
              const configs = yield* list
              const now = JSON.stringify(configs)
              if (now !== last) {
                last = now
                return configs
              }
              yield* Effect.timeoutOption(wake.await, pollEvery)
            }
          }),
        )
      }),
    )

    return SourceConfigs.of({
      list,
      changes,
      put: (config) =>
        changing(
          `${config.platform} ${config.target} was not stored`,
          sql`
            INSERT INTO source_configs (platform, target, tier, interval_ms, options, active, shard) ${values([config])}
            ON CONFLICT (platform, target) DO UPDATE SET tier = excluded.tier, interval_ms = excluded.interval_ms, options = excluded.options,
              active = excluded.active, shard = excluded.shard, updated_at = now()`,
        ).pipe(Effect.asVoid),
      putDefaults: (configs) =>
        configs.length === 0
          ? Effect.void
          : changing(
              "The default sources were not stored",
              sql`
                INSERT INTO source_configs (platform, target, tier, interval_ms, options, active, shard) ${values(configs)}
                ON CONFLICT (platform, target) DO NOTHING`,
            ).pipe(Effect.asVoid),
      remove: (platform, target) =>
        changing(
          `${platform} ${target} was not removed`,
          Effect.tap(
            sql`DELETE FROM source_configs WHERE platform = ${platform} AND target = ${target} RETURNING 1 AS gone`,
            () => sql`SELECT forget_orphaned_positions(${platform})`,
          ),
        ).pipe(Effect.map((rows) => rows.length > 0)),
    })
  })

/** Which targets are watched, in PostgreSQL; a change reaches every process at once. */
export const layer = (options: PgSourceConfigsOptions = {}): Layer.Layer<SourceConfigs, never, PgClient.PgClient> =>
  Layer.effect(SourceConfigs, make(options))
