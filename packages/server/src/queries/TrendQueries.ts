import { type TrendPage, type TrendState, TrendingTopic } from "@signalflow/domain/api/Trends"
import { Clock, Context, Effect, Layer, Result, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
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

/** The ranking that the last aggregation made. */
export class TrendQueries extends Context.Service<
  TrendQueries,
  { readonly trending: (query: TrendQuery) => Effect.Effect<TrendPage, SqlError> }
>()("@signalflow/server/TrendQueries") {
  static readonly layer = Layer.effect(
    TrendQueries,
    Effect.gen(function* () {
      const sql = yield* SqlClient

      const trending = Effect.fn("TrendQueries.trending")(function* (query: TrendQuery) {
        const where: Array<Fragment> = [sql`true`]
        if (query.state !== undefined) where.push(sql`trend->>'state' = ${query.state}`)
        if (query.platform !== undefined)
          where.push(sql`trend->'platforms' @> jsonb_build_array(jsonb_build_object('platform', ${query.platform}::text))`)
        const rows = yield* sql<{ topic: string; trend: unknown }>`
          SELECT topic, trend FROM topic_trends WHERE ${sql.and(where)} ORDER BY rank, topic LIMIT ${query.page_size ?? PAGE_SIZE}`
        const results: Array<TrendingTopic> = []
        for (const { topic, trend } of rows) {
          const decoded = decodeTopic(trend)
          if (Result.isSuccess(decoded)) results.push(decoded.success)
          else yield* Effect.logWarning(`The trend of ${JSON.stringify(topic)} is left out: ${decoded.failure.message}`)
        }
        const [place] = yield* sql<{ as_of: Date | null; first: Date | null }>`
          SELECT (SELECT max(as_of) FROM topic_trends) AS as_of, (SELECT min(bucket) FROM platform_timeseries) AS first`
        const until = place?.as_of?.getTime() ?? (yield* Clock.currentTimeMillis)
        const hours = place?.first == null ? 0 : Math.max(0, (until - place.first.getTime()) / HOUR)
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
