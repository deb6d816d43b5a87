import { Platform } from "@signalflow/domain/signals/Platform"
import { type SourceHealth, SourceState } from "@signalflow/domain/sources/Source"
import { Context, Effect, Layer, Schema } from "effect"
import * as SqlClient from "effect/sql/SqlClient"

export class HealthError extends Schema.TaggedError<HealthError>()("HealthError", {
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

/** What every source last said of itself. */
export class Health extends Context.Service<
  Health,
  {
    readonly report: (health: SourceHealth) => Effect.Effect<void, HealthError>
    readonly all: Effect.Effect<ReadonlyArray<SourceHealth>, HealthError>
  }
>()("@signalflow/ingest/health/SourceHealth") {
  static readonly layerMemory = Layer.sync(Health, () => {
    const known = new Map<string, SourceHealth>()
    return Health.of({
      report: (health) => Effect.sync(() => void known.set(`${health.platform}/${health.target}`, health)),
      all: Effect.sync(() => [...known.values()]),
    })
  })

  static readonly layer = Layer.effect(
    Health,
    Effect.map(SqlClient.SqlClient, (sql) => {
      const date = (ms: number | null) => (ms === null ? null : new Date(ms))
      const failed = (what: string) =>
        Effect.mapError((cause: unknown) => new HealthError({ message: `Source health cannot be ${what}`, cause }))
      return Health.of({
        report: (health) =>
          sql`insert into source_health (platform, target, state, why, last_success, lag_ms, read_until, quota_left, warm_start, at)
              values (${health.platform}, ${health.target}, ${health.state}, ${health.why}::text, ${date(health.lastSuccess)}::timestamptz, ${health.lagMs}::int8,
                ${date(health.readUntil)}::timestamptz, ${health.quotaLeft}::int4, ${health.warmStart}::float8, ${date(health.at)}::timestamptz)
              on conflict (platform, target) do update set state = excluded.state, why = excluded.why, last_success = excluded.last_success,
                lag_ms = excluded.lag_ms, read_until = excluded.read_until, quota_left = excluded.quota_left, warm_start = excluded.warm_start, at = excluded.at`.pipe(
            Effect.asVoid,
            failed("stored"),
          ),
        all: sql`select platform, target, state, why, last_success, lag_ms, read_until, quota_left, warm_start, at
                 from source_health order by platform, target`.pipe(
          Effect.flatMap(Schema.decodeUnknownEffect(Schema.Array(Row))),
          Effect.map((rows) => rows.map(fromRow)),
          failed("read"),
        ),
      })
    }),
  )
}

const Row = Schema.Struct({
  platform: Platform,
  target: Schema.String,
  state: SourceState,
  why: Schema.NullOr(Schema.String),
  last_success: Schema.NullOr(Schema.Date),
  lag_ms: Schema.NullOr(Schema.Union([Schema.BigInt, Schema.Number])),
  read_until: Schema.NullOr(Schema.Date),
  quota_left: Schema.NullOr(Schema.Number),
  warm_start: Schema.NullOr(Schema.Number),
  at: Schema.Date,
})

const fromRow = (row: typeof Row.Type): SourceHealth => ({
  platform: row.platform,
  target: row.target,
  state: row.state,
  why: row.why,
  lastSuccess: row.last_success?.getTime() ?? null,
  lagMs: row.lag_ms === null ? null : Number(row.lag_ms),
  readUntil: row.read_until?.getTime() ?? null,
  quotaLeft: row.quota_left,
  warmStart: row.warm_start,
  at: row.at.getTime(),
})
