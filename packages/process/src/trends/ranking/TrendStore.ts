import type * as PgClient from "@effect/sql-pg/PgClient"
import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { BUCKET } from "@signalflow/domain/Time"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { voice } from "../windows/Voice.ts"
import type { Watermark } from "../windows/Watermarks.ts"
import { COPY_LENGTH } from "../windows/Windows.ts"

/** People per bucket, sparse: `buckets` are numbered from the epoch. */
export interface SparseSeries {
  readonly platform: string
  readonly buckets: ReadonlyArray<number>
  readonly people: ReadonlyArray<number>
}

export interface TopicSeries extends SparseSeries {
  readonly topic: string
}

/** Every signal of a topic on one platform in the last 26 hours, as parallel arrays; `ago` = milliseconds before the watermark. */
export interface TopicVoices {
  readonly topic: string
  readonly platform: string
  readonly ago: ReadonlyArray<number>
  /** Numbers that stand for who said it, copies credited to the first, and for which signal it was. */
  readonly voices: ReadonlyArray<number>
  readonly signals: ReadonlyArray<number>
  /** Compound × 10,000. */
  readonly sentiments: ReadonlyArray<number | null>
}

export interface Example {
  readonly topic: string
  readonly id: string
  readonly voice: string
  readonly text: string
  readonly textHash: string
}

/** Topics of one ranking, before their history is read. */
const CANDIDATES = 1_000

/** Fewest people in a 2-hour block of the last day that could have been a rise. */
const LEAST_PAST = 6

const EXAMPLES = 15

const spans = (marks: ReadonlyArray<Watermark>) => ({
  platforms: Sql.text(marks.map(({ platform }) => platform)),
  untils: Sql.timestamptz(marks.map(({ until }) => until)),
})

/**
 * People of the whole platform per bucket, since it is watched: what is older came with old threads that were read later, so it is
 * only a part of what was said, and no measure of what is usual. A warm start reads the past on purpose and says how much.
 */
export const volumes = (sql: PgClient.PgClient, from: Date) => sql<SparseSeries>`
  with watched as (
    select c.platform, case when exists (select 1 from source_cursors w where w.platform = c.platform and w.target = 'warm-start')
      then '-infinity'::timestamptz else min(c.created_at) end as since
    from source_configs c group by c.platform
  )
  select t.platform, array_agg((extract(epoch from t.bucket) / 900)::int4) as buckets, array_agg(t.authors) as people
  from platform_timeseries t left join watched w on w.platform = t.platform
  where t.bucket >= ${from} and t.bucket >= coalesce(w.since, '-infinity') group by t.platform`

/** Distinct people of the whole platform in each of the eight 15-minute steps before its watermark, step 0 the newest. */
export const presentVolumes = (sql: PgClient.PgClient, marks: ReadonlyArray<Watermark>) => {
  const { platforms, untils } = spans(marks)
  return sql<{ platform: string; step: number; people: number }>`
    select m.platform, ceil(extract(epoch from m.until - s.counted_at) / 900)::int4 - 1 as step,
      count(distinct ${voice(sql)})::int4 as people
    from unnest(${platforms}::text[], ${untils}::timestamptz[]) as m(platform, until)
    join signals s on s.platform = m.platform and s.counted_at >= m.until - interval '2 hours' and s.counted_at < m.until
    where not s.hidden
    group by m.platform, step`
}

/** Topics that many say now, or said at some time of the last day; those first whose busiest 2 hours stand out most from their day. */
export const candidates = (sql: PgClient.PgClient, marks: ReadonlyArray<Watermark>, asOf: Date, least: number) => sql<{ topic: string }>`
  with blocks as (
    select topic, date_bin('2 hours', bucket, ${asOf}) as block, sum(authors) as people,
      sum(authors) filter (where bucket >= ${asOf}::timestamptz - interval '135 minutes') as present
    from topic_timeseries
    where bucket >= ${asOf}::timestamptz - interval '24 hours' and platform = any(${Sql.text(marks.map(({ platform }) => platform))}::text[])
    group by topic, block
  ),
  topics as (
    select topic, greatest(max(people), sum(present)) as most, coalesce(sum(present), 0) as present, sum(people) / 12 as mean
    from blocks group by topic
  )
  select topic from topics where present >= ${least} or most >= ${LEAST_PAST}
  order by (most - mean) / sqrt(mean + 2) desc, topic limit ${CANDIDATES}`

export const series = (sql: PgClient.PgClient, topics: ReadonlyArray<string>, from: Date) => sql<TopicSeries>`
  select topic, platform, array_agg((extract(epoch from bucket) / 900)::int4) as buckets, array_agg(authors) as people
  from topic_timeseries where topic = any(${Sql.text(topics)}::text[]) and bucket >= ${from} and authors > 0
  group by topic, platform`

export const voices = (sql: PgClient.PgClient, marks: ReadonlyArray<Watermark>, topics: ReadonlyArray<string>) => {
  const { platforms, untils } = spans(marks)
  return sql<TopicVoices>`
    with said as materialized (
      select s.id, s.platform, s.topics, s.sentiment_compound, (extract(epoch from m.until - s.counted_at) * 1000)::int4 as ago,
        first_value(${voice(sql)}) over (
          partition by s.platform, case when length(s.title) + length(s.body) >= ${COPY_LENGTH} then s.text_hash else s.id end
          order by s.counted_at, s.id
        ) as voice
      from unnest(${platforms}::text[], ${untils}::timestamptz[]) as m(platform, until)
      join signals s on s.platform = m.platform and s.counted_at >= m.until - interval '26 hours' and s.counted_at < m.until
      where not s.hidden and s.topics && ${Sql.text(topics)}::text[]
    )
    select topic, platform, array_agg(ago) as ago, array_agg(hashtext(voice)) as voices, array_agg(hashtext(id)) as signals,
      array_agg((sentiment_compound * 10000)::int4) as sentiments
    from said cross join lateral (select distinct unnest(topics) as topic) t
    where topic = any(${Sql.text(topics)}::text[])
    group by topic, platform`
}

/** The signals that show each topic best: of the last 2 hours first, then by heat, score and recency. */
export const examples = (sql: PgClient.PgClient, marks: ReadonlyArray<Watermark>, topics: ReadonlyArray<string>) => {
  const { platforms, untils } = spans(marks)
  return sql<Example>`
    with said as (
      select t.topic, s.id, s.platform || ' ' || ${voice(sql)} as voice, s.title, s.body, s.text_hash, row_number() over (
        partition by t.topic
        order by (s.counted_at >= m.until - interval '2 hours') desc, s.heat desc, s.score desc nulls last, s.counted_at desc, s.id
      ) as place
      from unnest(${platforms}::text[], ${untils}::timestamptz[]) as m(platform, until)
      join signals s on s.platform = m.platform and s.counted_at >= m.until - interval '26 hours' and s.counted_at < m.until
      cross join lateral (select distinct unnest(s.topics) as topic) t
      where not s.hidden and s.topics && ${Sql.text(topics)}::text[] and t.topic = any(${Sql.text(topics)}::text[])
    )
    select topic, id, voice, left(title || ' ' || body, 500) as text, text_hash as "textHash"
    from said where place <= ${EXAMPLES} order by topic, place`
}

/** The ranking as a whole, in place of the one before it. */
export const replace = (sql: PgClient.PgClient, asOf: Date, trends: ReadonlyArray<TrendingTopic>) => sql`
  with gone as (
    delete from topic_trends where not (topic = any(${Sql.text(trends.map(({ topic }) => topic))}::text[]))
  )
  insert into topic_trends (topic, rank, as_of, trend)
  select topic, rank, ${asOf}, trend::jsonb
  from unnest(${Sql.text(trends.map(({ topic }) => topic))}::text[], ${Sql.jsonText(trends)}::text[]) with ordinality as u(topic, trend, rank)
  on conflict (topic) do update set rank = excluded.rank, as_of = excluded.as_of, trend = excluded.trend`

/** The rankings of each platform alone, in place of those before them. */
export const replaceOfPlatforms = (
  sql: PgClient.PgClient,
  asOf: Date,
  ranked: ReadonlyArray<{ readonly platform: string; readonly trend: TrendingTopic }>,
) => {
  const platforms = Sql.text(ranked.map(({ platform }) => platform))
  const topics = Sql.text(ranked.map(({ trend }) => trend.topic))
  return sql`
    with now as (
      select platform, topic, place, trend
      from unnest(${platforms}::text[], ${topics}::text[], ${Sql.jsonText(ranked.map(({ trend }) => trend))}::text[])
        with ordinality as u(platform, topic, trend, place)
    ), gone as (
      delete from platform_trends t where not exists (select 1 from now where now.platform = t.platform and now.topic = t.topic)
    )
    insert into platform_trends (platform, topic, rank, as_of, trend)
    select platform, topic, row_number() over (partition by platform order by place), ${asOf}, trend::jsonb from now
    on conflict (platform, topic) do update set rank = excluded.rank, as_of = excluded.as_of, trend = excluded.trend`
}

/** Number of the bucket that holds a time. */
export const bucketNumber = (at: number): number => Math.floor(at / BUCKET)
