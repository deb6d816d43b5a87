import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Sql from "@signalflow/platform/postgres/Sql"
import type { HistoryRow, StoredSignal } from "./SignalStore.ts"

/**
 * Writes signals, each id once; what is stored and newer stays. One array a column: one JSON text for all rows costs a worker 2 µs less
 * a signal and the database, of which there is one, 6 µs more (docs/performance.md).
 */
export const upsertSignals = (sql: PgClient.PgClient) => (rows: ReadonlyArray<StoredSignal>) =>
  sql`insert into signals (id, platform, kind, parent_id, community, author, title, body, url, permalink, language, score, comments,
        upvote_ratio, reposts, views, published_at, observed_at, received_at, counted_at, flair, meta, sentiment_compound, sentiment_label,
        keywords, entities, topics, fingerprint, text_hash, model, score_velocity, comment_velocity, trending_score, is_trending, heat, hidden)
      select u.id, u.platform, u.kind, u.parent_id, u.community, u.author, u.title, u.body, u.url, u.permalink, u.language, u.score, u.comments,
        u.upvote_ratio, u.reposts, u.views, u.published_at, u.observed_at, u.received_at, u.counted_at, u.flair, u.meta::jsonb, u.compound, u.label,
        u.keywords::text[], u.entities::text[], u.topics::text[], u.fingerprint, u.text_hash, u.model, u.score_velocity, u.comment_velocity,
        u.trending_score, u.is_trending, u.heat, u.hidden
      from unnest(${Sql.text(rows, (row) => row.signal.id)}::text[], ${Sql.text(rows, (row) => row.signal.platform)}::text[],
        ${Sql.text(rows, (row) => row.signal.kind)}::text[], ${Sql.text(rows, (row) => row.signal.parentId)}::text[],
        ${Sql.text(rows, (row) => row.signal.community)}::text[], ${Sql.text(rows, (row) => row.signal.author)}::text[],
        ${Sql.text(rows, (row) => row.signal.title)}::text[], ${Sql.text(rows, (row) => row.signal.body)}::text[],
        ${Sql.text(rows, (row) => row.signal.url)}::text[], ${Sql.text(rows, (row) => row.signal.permalink)}::text[],
        ${Sql.text(rows, (row) => row.signal.language)}::text[], ${Sql.int4(rows, (row) => row.signal.score)}::int[],
        ${Sql.int4(rows, (row) => row.signal.comments)}::int[], ${Sql.float8(rows, (row) => row.signal.upvoteRatio)}::float8[],
        ${Sql.int4(rows, (row) => row.signal.reposts)}::int[], ${Sql.int8(rows, (row) => row.signal.views)}::bigint[],
        ${Sql.timestamptz(rows, (row) => row.signal.publishedAt)}::timestamptz[], ${Sql.timestamptz(rows, (row) => row.signal.observedAt)}::timestamptz[],
        ${Sql.timestamptz(rows, (row) => row.receivedAt)}::timestamptz[], ${Sql.timestamptz(rows, (row) => row.countedAt)}::timestamptz[],
        ${Sql.text(rows, (row) => row.signal.flair)}::text[], ${Sql.jsonText(rows, (row) => row.signal.meta)}::text[],
        ${Sql.float8(rows, (row) => row.signal.sentiment?.compound)}::float8[], ${Sql.text(rows, (row) => row.signal.sentiment?.label)}::text[],
        ${Sql.arrayText(rows, (row) => row.signal.keywords)}::text[], ${Sql.arrayText(rows, (row) => row.signal.entities)}::text[],
        ${Sql.arrayText(rows, (row) => row.signal.topics)}::text[], ${Sql.text(rows, (row) => row.signal.fingerprint)}::text[],
        ${Sql.text(rows, (row) => row.signal.textHash)}::text[], ${Sql.int4(rows, (row) => row.signal.model)}::int[],
        ${Sql.float8(rows, (row) => row.signal.velocity?.score)}::float8[], ${Sql.float8(rows, (row) => row.signal.velocity?.comments)}::float8[],
        ${Sql.float8(rows, (row) => row.signal.trending.score)}::float8[], ${Sql.bool(rows, (row) => row.signal.trending.isTrending)}::bool[],
        ${Sql.float8(rows, (row) => row.signal.heat)}::float8[], ${Sql.bool(rows, (row) => row.hidden)}::bool[])
      as u (id, platform, kind, parent_id, community, author, title, body, url, permalink, language, score, comments, upvote_ratio, reposts, views,
        published_at, observed_at, received_at, counted_at, flair, meta, compound, label, keywords, entities, topics, fingerprint, text_hash, model,
        score_velocity, comment_velocity, trending_score, is_trending, heat, hidden)
      on conflict (id) do update set kind = excluded.kind, parent_id = excluded.parent_id, community = excluded.community, author = excluded.author,
        title = excluded.title, body = excluded.body, url = excluded.url, permalink = excluded.permalink, language = excluded.language,
        score = excluded.score, comments = excluded.comments, upvote_ratio = excluded.upvote_ratio, reposts = excluded.reposts, views = excluded.views,
        observed_at = excluded.observed_at, flair = excluded.flair, meta = excluded.meta, sentiment_compound = excluded.sentiment_compound,
        sentiment_label = excluded.sentiment_label, keywords = excluded.keywords, entities = excluded.entities, topics = excluded.topics,
        fingerprint = excluded.fingerprint, text_hash = excluded.text_hash, model = excluded.model, score_velocity = excluded.score_velocity,
        comment_velocity = excluded.comment_velocity, trending_score = excluded.trending_score, is_trending = excluded.is_trending,
        heat = excluded.heat, hidden = excluded.hidden
      where signals.observed_at <= excluded.observed_at`

/** An observation that is stored stays as it is. */
export const insertHistory = (sql: PgClient.PgClient) => (history: ReadonlyArray<HistoryRow>) =>
  sql`insert into signal_metrics_history (signal_id, observed_at, score, comments, views, score_velocity, comment_velocity)
      select * from unnest(${Sql.text(history, (row) => row.signalId)}::text[], ${Sql.timestamptz(history, (row) => row.observedAt)}::timestamptz[],
        ${Sql.int4(history, (row) => row.score)}::int[], ${Sql.int4(history, (row) => row.comments)}::int[],
        ${Sql.int8(history, (row) => row.views)}::bigint[], ${Sql.float8(history, (row) => row.velocity?.score)}::float8[],
        ${Sql.float8(history, (row) => row.velocity?.comments)}::float8[])
      on conflict do nothing`
