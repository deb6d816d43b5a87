import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import * as SqlClient from "effect/sql/SqlClient"
import { BUCKET } from "@signalflow/domain/Time"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import { Fence } from "@signalflow/platform/postgres/leases/Fence"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { voice } from "./Voice.ts"

/** A (platform, 15-minute bucket) whose windows are computed again. */
export interface Bucket {
  readonly platform: string
  readonly bucket: Date
}

/** What one transaction did. `marked` = how many buckets it found, at most `limit`; those older than `horizon` are only un-marked. */
export interface Recomputed {
  readonly marked: number
  readonly recomputed: number
  readonly marks: number
  readonly written: number
  readonly deleted: number
}

/** Texts shorter than this are said alike by chance ("congratulations!"); from here on an equal text is a copy. */
export const COPY_LENGTH = 20

/**
 * Every window of the given buckets, from the signals themselves. A copy (equal text) is credited to whoever said it first in its bucket,
 * so that it adds a signal but no author; signals that name no author are all of one author, their outlet (`voice`). Sums are of integers, so that
 * the order of the rows cannot change a mean.
 */
const writeWindows = (sql: SqlClient.SqlClient, buckets: ReadonlyArray<Bucket>) => {
  const times = buckets.map(({ bucket }) => bucket.getTime())
  const from = new Date(Math.min(...times))
  const to = new Date(Math.max(...times) + BUCKET)
  return sql<{ written: bigint; deleted: bigint }>`
    with chosen as (
      select n::int, platform, bucket
      from unnest(${Sql.text(buckets.map(({ platform }) => platform))}::text[], ${Sql.timestamptz(times)}::timestamptz[])
        with ordinality as c(platform, bucket, n)
    ),
    said as materialized (
      select c.n, s.topics, (s.sentiment_compound * 10000)::int as sentiment,
        first_value(${voice(sql)}) over (
          partition by c.n, case when length(s.title) + length(s.body) >= ${COPY_LENGTH} then s.text_hash else s.id end
          order by s.counted_at, s.id
        ) as voice
      from chosen c
      join signals s on s.platform = c.platform and s.counted_at >= c.bucket and s.counted_at < c.bucket + interval '15 minutes'
      where not s.hidden
    ),
    voices as (
      select n, topic, voice, count(*) as signals, sum(sentiment) as sentiment, count(sentiment) as sentiment_n
      from said cross join lateral (select distinct unnest(topics) as topic) t
      group by n, topic, voice
    ),
    spoken as (
      select n, topic, sum(signals)::int as signals, count(*)::int as authors,
        (sum(sentiment) / nullif(sum(sentiment_n), 0))::float8 / 10000 as sentiment_mean, sum(sentiment_n)::int as sentiment_n
      from voices
      group by n, topic
    ),
    measured as (
      select c.n, t.topic, sum(h.score)::float8 / nullif(count(h.score), 0) as score_mean, count(h.score)::int as score_n,
        round(avg(h.score_velocity) * 1e9) / 1e9 as velocity_mean, count(h.score_velocity)::int as velocity_n
      from signal_metrics_history h
      join signals s on s.id = h.signal_id
      join chosen c on c.platform = s.platform and c.bucket = date_bin('15 minutes', h.observed_at, timestamptz 'epoch')
      cross join lateral (select distinct unnest(s.topics) as topic) t
      where h.observed_at >= ${from} and h.observed_at < ${to} and not s.hidden and (h.score is not null or h.score_velocity is not null)
      group by c.n, t.topic
    ),
    windows as (
      select n, topic, coalesce(signals, 0) as signals, coalesce(authors, 0) as authors,
        sentiment_mean, coalesce(sentiment_n, 0) as sentiment_n, score_mean, coalesce(score_n, 0) as score_n,
        velocity_mean, coalesce(velocity_n, 0) as velocity_n
      from spoken full join measured using (n, topic)
    ),
    stored as (
      select c.n, t.topic, t.signals, t.authors, t.sentiment_mean, t.sentiment_n, t.score_mean, t.score_n, t.velocity_mean, t.velocity_n
      from chosen c join topic_timeseries t using (platform, bucket)
    ),
    changed as materialized (
      select n, topic, w.signals, w.authors, w.sentiment_mean, w.sentiment_n, w.score_mean, w.score_n, w.velocity_mean, w.velocity_n
      from windows w full join stored s using (n, topic)
      where (w.signals, w.authors, w.sentiment_mean, w.sentiment_n, w.score_mean, w.score_n, w.velocity_mean, w.velocity_n)
        is distinct from (s.signals, s.authors, s.sentiment_mean, s.sentiment_n, s.score_mean, s.score_n, s.velocity_mean, s.velocity_n)
    ),
    gone as (
      delete from topic_timeseries t
      using changed w join chosen c using (n)
      where w.signals is null and t.topic = w.topic and t.platform = c.platform and t.bucket = c.bucket
      returning 1
    ),
    written as (
      insert into topic_timeseries (topic, platform, bucket, signals, authors, sentiment_mean, sentiment_n,
        score_mean, score_n, velocity_mean, velocity_n)
      select w.topic, c.platform, c.bucket, w.signals, w.authors, w.sentiment_mean, w.sentiment_n,
        w.score_mean, w.score_n, w.velocity_mean, w.velocity_n
      from changed w join chosen c using (n)
      where w.signals is not null
      on conflict (topic, platform, bucket) do update set signals = excluded.signals, authors = excluded.authors,
        sentiment_mean = excluded.sentiment_mean, sentiment_n = excluded.sentiment_n, score_mean = excluded.score_mean,
        score_n = excluded.score_n, velocity_mean = excluded.velocity_mean, velocity_n = excluded.velocity_n
      returning 1
    ),
    volumes as (
      select c.platform, c.bucket, count(*)::int as signals, count(distinct s.voice)::int as authors
      from said s join chosen c using (n)
      group by c.platform, c.bucket
    ),
    volumes_gone as (
      delete from platform_timeseries t using chosen c
      where t.platform = c.platform and t.bucket = c.bucket
        and not exists (select from volumes v where v.platform = t.platform and v.bucket = t.bucket)
    ),
    volumes_written as (
      insert into platform_timeseries as t (platform, bucket, signals, authors)
      select * from volumes
      on conflict (platform, bucket) do update set signals = excluded.signals, authors = excluded.authors
      where (t.signals, t.authors) is distinct from (excluded.signals, excluded.authors)
    )
    select (select count(*) from written) as written, (select count(*) from gone) as deleted`
}

const deleteMarks = (sql: SqlClient.SqlClient, buckets: ReadonlyArray<Bucket>) =>
  sql<{ marks: bigint }>`
    with gone as (
      delete from touched_windows t
      using unnest(${Sql.text(buckets.map(({ platform }) => platform))}::text[],
        ${Sql.timestamptz(buckets.map(({ bucket }) => bucket))}::timestamptz[]) as c(platform, bucket)
      where t.platform = c.platform and t.bucket = c.bucket
      returning 1
    )
    select count(*) as marks from gone`

/** A transaction that sees one snapshot from its first statement to its last, and that a former leader cannot commit. */
export const snapshot = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Postgres.transaction(
    Effect.andThen(
      Effect.flatMap(Fence, ({ guard }) => guard),
      effect,
    ),
  ).pipe(Effect.provideService(SqlClient.BeginTransaction, "BEGIN ISOLATION LEVEL REPEATABLE READ"))

/**
 * Computes up to `limit` marked buckets again, newest first, in one transaction. A mark that another transaction adds meanwhile is not in
 * the snapshot: it is neither honoured nor deleted, and the next round sees it. Buckets that end before `horizon` (unix milliseconds)
 * have lost signals to retention and are left as they are.
 */
export const recompute = Effect.fn("Windows.recompute")(function* (options: { readonly limit: number; readonly horizon: number }) {
  const sql = yield* PgClient.PgClient
  return yield* snapshot(
    Effect.gen(function* () {
      const marked = yield* sql<Bucket>`
        select platform, bucket from touched_windows group by platform, bucket order by bucket desc, platform limit ${options.limit}`
      if (marked.length === 0) return { marked: 0, recomputed: 0, marks: 0, written: 0, deleted: 0 } satisfies Recomputed
      yield* sql`set local work_mem = '64MB'`
      const kept = marked.filter(({ bucket }) => bucket.getTime() + BUCKET > options.horizon)
      const counts = kept.length === 0 ? undefined : (yield* writeWindows(sql, kept))[0]
      const gone = yield* deleteMarks(sql, marked)
      return {
        marked: marked.length,
        recomputed: kept.length,
        marks: Sql.toNumber(gone[0]!.marks),
        written: Sql.toNumber(counts?.written ?? 0),
        deleted: Sql.toNumber(counts?.deleted ?? 0),
      } satisfies Recomputed
    }),
  )
})
