import * as PgClient from "@effect/sql-pg/PgClient"
import { bucketOf } from "@signalflow/domain/Time"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Effect } from "effect"

/** What windows and rankings read of a signal; the rest of the row is filled in. */
export interface SignalRow {
  readonly id: string
  readonly platform: string
  readonly author: string | null
  readonly community?: string | null
  readonly text: string
  readonly topics: ReadonlyArray<string>
  readonly countedAt: number
  readonly sentiment: number | null
  readonly hidden: boolean
  readonly heat: number
  readonly score: number | null
}

export interface HistoryRow {
  readonly id: string
  readonly observedAt: number
  readonly score: number | null
  readonly velocity: number | null
}

const CHUNK = 2_000

const chunks = <A>(rows: ReadonlyArray<A>) =>
  Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, i) => rows.slice(i * CHUNK, (i + 1) * CHUNK))

/** Writes signals as the pipeline's writer leaves them: the newest row of each id. */
export const write = (rows: ReadonlyArray<SignalRow>) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    for (const part of chunks(rows)) {
      yield* sql`
        insert into signals (id, platform, kind, author, community, title, body, permalink, score, published_at, observed_at, received_at, counted_at,
          meta, sentiment_compound, keywords, entities, topics, text_hash, model, trending_score, is_trending, heat, hidden)
        select u.id, u.platform, 'post', u.author, u.community, u.text, '', 'https://example.org/', u.score, u.at, u.at, u.at, u.at,
          '{}', u.sentiment, '{}', '{}', u.topics::text[], md5(u.text), 0, 0, false, u.heat, u.hidden
        from unnest(${Sql.text(part.map((row) => row.id))}::text[], ${Sql.text(part.map((row) => row.platform))}::text[],
          ${Sql.text(part.map((row) => row.author))}::text[], ${Sql.text(part.map((row) => row.community ?? null))}::text[],
          ${Sql.text(part.map((row) => row.text))}::text[],
          ${Sql.int4(part.map((row) => row.score))}::int4[], ${Sql.timestamptz(part.map((row) => row.countedAt))}::timestamptz[],
          ${Sql.float8(part.map((row) => row.sentiment))}::float8[], ${Sql.arrayText(part.map((row) => row.topics))}::text[],
          ${Sql.float8(part.map((row) => row.heat))}::float8[], ${Sql.bool(part.map((row) => row.hidden))}::bool[])
          as u(id, platform, author, community, text, score, at, sentiment, topics, heat, hidden)
        on conflict (id) do update set author = excluded.author, community = excluded.community, title = excluded.title, text_hash = excluded.text_hash,
          topics = excluded.topics, counted_at = excluded.counted_at, sentiment_compound = excluded.sentiment_compound, hidden = excluded.hidden`
    }
  })

export const writeHistory = (rows: ReadonlyArray<HistoryRow>) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const days = new Set(rows.map((row) => new Date(row.observedAt).toISOString().slice(0, 10)))
    for (const day of days) yield* sql`select ensure_history_partition(${day}::date)`
    for (const part of chunks(rows)) {
      yield* sql`
        insert into signal_metrics_history (signal_id, observed_at, score, score_velocity)
        select * from unnest(${Sql.text(part.map((row) => row.id))}::text[], ${Sql.timestamptz(part.map((row) => row.observedAt))}::timestamptz[],
          ${Sql.int4(part.map((row) => row.score))}::int4[], ${Sql.float8(part.map((row) => row.velocity))}::float8[])
        on conflict do nothing`
    }
  })

export const remove = (ids: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`delete from signal_metrics_history where signal_id = any(${Sql.text(ids)}::text[])`
    yield* sql`delete from signals where id = any(${Sql.text(ids)}::text[])`
  })

/** Marks the buckets of these (platform, time)s, as often as they are given. */
export const mark = (touched: ReadonlyArray<{ readonly platform: string; readonly at: number }>) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`
      insert into touched_windows (platform, bucket)
      select * from unnest(${Sql.text(touched.map(({ platform }) => platform))}::text[],
        ${Sql.timestamptz(touched.map(({ at }) => bucketOf(at)))}::timestamptz[])`
  })
