import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Sql from "@signalflow/platform/postgres/Sql"
import type { HistoryRow, StoredSignal } from "./SignalStore.ts"

/** Columns of `signals` and what they are read as; `time` is in unix milliseconds. */
const types = {
  id: "text",
  platform: "text",
  kind: "text",
  parent_id: "text",
  community: "text",
  author: "text",
  title: "text",
  body: "text",
  url: "text",
  permalink: "text",
  language: "text",
  score: "int",
  comments: "int",
  upvote_ratio: "float8",
  reposts: "int",
  views: "bigint",
  published_at: "time",
  observed_at: "time",
  received_at: "time",
  counted_at: "time",
  flair: "text",
  meta: "jsonb",
  sentiment_compound: "float8",
  sentiment_label: "text",
  keywords: "text[]",
  entities: "text[]",
  topics: "text[]",
  fingerprint: "text",
  text_hash: "text",
  model: "int",
  score_velocity: "float8",
  comment_velocity: "float8",
  trending_score: "float8",
  is_trending: "bool",
  heat: "float8",
  hidden: "bool",
} as const

type Row = { readonly [K in keyof typeof types]: unknown }

/** What stays as it was first stored. */
const fixed = new Set(["id", "platform", "published_at", "received_at", "counted_at"])

/** Absent is null: it costs nothing to send. */
const some = <A>(value: A | null | undefined): A | undefined => value ?? undefined

const rowOf = ({ signal, receivedAt, countedAt, hidden }: StoredSignal): Row => ({
  id: signal.id,
  platform: signal.platform,
  kind: signal.kind,
  parent_id: some(signal.parentId),
  community: some(signal.community),
  author: some(signal.author),
  title: signal.title,
  body: signal.body,
  url: some(signal.url),
  permalink: signal.permalink,
  language: some(signal.language),
  score: some(signal.score),
  comments: some(signal.comments),
  upvote_ratio: some(signal.upvoteRatio),
  reposts: some(signal.reposts),
  views: some(signal.views),
  published_at: signal.publishedAt,
  observed_at: signal.observedAt,
  received_at: receivedAt,
  counted_at: countedAt,
  flair: some(signal.flair),
  meta: signal.meta,
  sentiment_compound: signal.sentiment?.compound,
  sentiment_label: signal.sentiment?.label,
  keywords: signal.keywords,
  entities: signal.entities,
  topics: signal.topics,
  fingerprint: some(signal.fingerprint),
  text_hash: signal.textHash,
  model: signal.model,
  score_velocity: signal.velocity?.score,
  comment_velocity: signal.velocity?.comments,
  trending_score: signal.trending.score,
  is_trending: signal.trending.isTrending,
  heat: signal.heat,
  hidden,
})

const columns = Object.entries(types)
const names = columns.map(([name]) => name).join(", ")
const read = columns.map(([name, type]) => `${name} ${type === "time" ? "float8" : type}`).join(", ")
const selected = columns.map(([name, type]) => (type === "time" ? `to_timestamp(${name} / 1000)` : name)).join(", ")
const replaced = columns.flatMap(([name]) => (fixed.has(name) ? [] : [`${name} = excluded.${name}`])).join(", ")

/** Writes signals, each id once; what is stored and newer stays. All rows are one JSON text: half the work of an array a column. */
export const upsertSignals = (sql: PgClient.PgClient) => (rows: ReadonlyArray<StoredSignal>) =>
  sql`insert into signals (${sql.literal(names)})
    select ${sql.literal(selected)} from json_to_recordset(${Sql.json(rows.map(rowOf))}::json) as u (${sql.literal(read)})
    on conflict (id) do update set ${sql.literal(replaced)} where signals.observed_at <= excluded.observed_at`

const historyOf = ({ signalId, observedAt, score, comments, views, velocity }: HistoryRow) => ({
  id: signalId,
  at: observedAt,
  score: some(score),
  comments: some(comments),
  views: some(views),
  sv: velocity?.score,
  cv: velocity?.comments,
})

/** An observation that is stored stays as it is. */
export const insertHistory = (sql: PgClient.PgClient) => (rows: ReadonlyArray<HistoryRow>) =>
  sql`insert into signal_metrics_history (signal_id, observed_at, score, comments, views, score_velocity, comment_velocity)
    select id, to_timestamp(at / 1000), score, comments, views, sv, cv from json_to_recordset(${Sql.json(rows.map(historyOf))}::json)
      as u (id text, at float8, score int, comments int, views bigint, sv float8, cv float8)
    on conflict do nothing`
