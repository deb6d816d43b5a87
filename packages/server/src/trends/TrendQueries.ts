import { type TrendPage, type TrendState, TrendingTopic } from "@signalflow/domain/api/Trends"
import { BUCKET } from "@signalflow/domain/Time"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import { Context, Effect, Layer, Result, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"

const PAGE_SIZE = 50
/** A day is the shortest rhythm that people post by. */
const HISTORY_NEEDED_HOURS = 24
const HOUR = 3_600_000

export interface TrendQuery {
  readonly page_size?: number
  readonly platform?: string
  readonly state?: TrendState
}

const decodeTopic = Schema.decodeUnknownResult(TrendingTopic)

/** The ranking that the last aggregation made: of all platforms together, or of one alone. */
export class TrendQueries extends Context.Service<
  TrendQueries,
  { readonly trending: (query: TrendQuery) => Effect.Effect<TrendPage, SqlError> }
>()("@signalflow/server/TrendQueries") {
  static readonly layer = Layer.effect(
    TrendQueries,
    Effect.gen(function* () {
      const sql = yield* Reads

      const trending = Effect.fn("TrendQueries.trending")(function* (query: TrendQuery) {
        const own = query.platform === undefined ? sql`true` : sql`platform = ${query.platform}`
        const where: Array<Fragment> = [own]
        if (query.state !== undefined) where.push(sql`trend->>'state' = ${query.state}`)
        const ranking = query.platform === undefined ? sql`topic_trends` : sql`platform_trends`
        const rows = yield* sql<{ topic: string; trend: unknown }>`
          SELECT topic, trend FROM ${ranking} WHERE ${sql.and(where)} ORDER BY rank, topic LIMIT ${query.page_size ?? PAGE_SIZE}`
        const results: Array<TrendingTopic> = []
        for (const { topic, trend } of rows) {
          const decoded = decodeTopic(trend)
          if (Result.isSuccess(decoded)) results.push(decoded.success)
          else yield* Effect.logWarning(`The trend of ${JSON.stringify(topic)} is left out: ${decoded.failure.message}`)
        }
        // Buckets that hold something, not the age of the oldest: a post may bear the date of a year ago.
        const [place] = yield* sql<{ as_of: Date | null; buckets: number | null }>`
          SELECT (SELECT max(as_of) FROM topic_trends) AS as_of,
            (SELECT max(n) FROM (SELECT count(*)::int4 AS n FROM platform_timeseries WHERE ${own} GROUP BY platform) AS platforms) AS buckets`
        const hours = ((place?.buckets ?? 0) * BUCKET) / HOUR
        return {
          asOf: place?.as_of?.toISOString() ?? null,
          historyHours: Math.round(hours * 100) / 100,
          historyNeededHours: HISTORY_NEEDED_HOURS,
          results,
        }
      })

      return TrendQueries.of({ trending })
    }),
  )
}
