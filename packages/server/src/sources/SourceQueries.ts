import type { SourceView } from "@signalflow/domain/api/Sources"
import { SourceState, Tier, tierMillis } from "@signalflow/domain/sources/Source"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

const HOUR = 3_600_000
/** A source that has said nothing for so long, or for three of its intervals, has not told the truth lately. */
const SILENCE = 10 * 60_000

const Row = Schema.Struct({
  platform: Schema.String,
  target: Schema.String,
  tier: Tier,
  interval_ms: Schema.NullOr(Schema.Int),
  active: Schema.Boolean,
  shard: Schema.Int,
  /** Whether an ingest program reads its shard now; null = none ever did. */
  held: Schema.NullOr(Schema.Boolean),
  state: Schema.NullOr(SourceState),
  why: Schema.NullOr(Schema.String),
  last_success: Schema.NullOr(Schema.Date),
  lag_ms: Schema.NullOr(Schema.Union([Schema.BigInt, Schema.Int])),
  quota_left: Schema.NullOr(Schema.Int),
  warm_start: Schema.NullOr(Schema.Finite),
  at: Schema.NullOr(Schema.Date),
})
export type SourceRow = typeof Row.Type

const decodeRows = Schema.decodeUnknownEffect(Schema.Array(Row))

const minutes = (millis: number): string => `${Math.max(1, Math.round(millis / 60_000))} min`

/** What a row says, and what its silence says: a source whose process is gone cannot report that it is. */
export const stateOf = (row: SourceRow, now: number): Pick<SourceView, "state" | "why"> => {
  if (!row.active) return { state: "off", why: row.why ?? "paused" }
  if (row.held === false || (row.held === null && row.shard !== 0))
    return { state: "off", why: `no ingest program reads shard ${row.shard}` }
  if (row.state === null || row.at === null) return { state: "off", why: "has not started yet" }
  const silent = now - Math.max(row.at.getTime(), row.last_success?.getTime() ?? 0)
  const patience = Math.max(SILENCE, 3 * (row.interval_ms ?? tierMillis[row.tier]))
  if (row.state === "live" && silent > patience) return { state: "degraded", why: `has not reported for ${minutes(silent)}` }
  return { state: row.state, why: row.why }
}

/** Every target with its health. */
export class SourceQueries extends Context.Service<SourceQueries, { readonly list: Effect.Effect<ReadonlyArray<SourceView>, SqlError> }>()(
  "@signalflow/server/SourceQueries",
) {
  static readonly layer = Layer.effect(
    SourceQueries,
    Effect.gen(function* () {
      // Whoever has just changed a source must see it.
      const sql = yield* SqlClient
      const reads = yield* Reads
      const list = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const raw = yield* sql`
          SELECT c.platform, c.target, c.tier, c.interval_ms, c.active, c.shard, l.expires_at > clock_timestamp() AS held, h.state, h.why, h.last_success, h.lag_ms, h.quota_left, h.warm_start, h.at
          FROM source_configs c
          LEFT JOIN lease_expiries l ON l.name = 'ingest ' || c.shard
          LEFT JOIN source_health h ON h.platform = c.platform AND h.target = c.target
          ORDER BY c.platform, c.target LIMIT 1000`
        const rows = yield* decodeRows(raw).pipe(Effect.orDie)
        const counted = yield* reads<{ platform: string; signals: number }>`
          SELECT platform, count(*)::int4 AS signals FROM signals WHERE counted_at > ${new Date(now - HOUR)} GROUP BY platform`
        const lastHour = new Map(counted.map(({ platform, signals }) => [platform, signals]))
        return rows.map((row): SourceView => ({
          platform: row.platform,
          target: row.target,
          tier: row.tier,
          active: row.active,
          ...stateOf(row, now),
          lastSuccess: row.last_success?.toISOString() ?? null,
          lagSeconds: row.lag_ms === null ? null : Number(row.lag_ms) / 1_000,
          quotaLeft: row.quota_left,
          warmStart: row.warm_start,
          signalsLastHour: lastHour.get(row.platform) ?? 0,
        }))
      })
      return SourceQueries.of({ list })
    }),
  )
}
