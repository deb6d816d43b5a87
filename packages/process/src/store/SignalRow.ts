import type { EnrichedSignal, Sentiment, SentimentLabel } from "@signalflow/domain/signals/EnrichedSignal"
import type { Platform } from "@signalflow/domain/signals/Platform"
import type { SignalId, SignalKind, SignalMeta } from "@signalflow/domain/signals/Signal"
import { toNumber } from "@signalflow/platform/postgres/Sql"
import type { KnownSignal, StoredSignal } from "./SignalStore.ts"

/** A row of `signals` without its content. */
export interface KnownRow {
  readonly id: string
  readonly platform: string
  readonly author: string | null
  readonly language: string | null
  readonly score: number | null
  readonly comments: number | null
  readonly published_at: Date
  readonly observed_at: Date
  readonly received_at: Date
  readonly counted_at: Date
  readonly sentiment_compound: number | null
  readonly sentiment_label: string | null
  readonly keywords: ReadonlyArray<string>
  readonly entities: ReadonlyArray<string>
  readonly topics: ReadonlyArray<string>
  readonly fingerprint: string | null
  readonly text_hash: string
  readonly model: number
  readonly score_velocity: number | null
  readonly comment_velocity: number | null
  readonly trending_score: number
  readonly is_trending: boolean
  readonly heat: number
  readonly hidden: boolean
}

/** A row of `signals`. */
export interface SignalRow extends KnownRow {
  readonly kind: string
  readonly parent_id: string | null
  readonly community: string | null
  readonly title: string
  readonly body: string
  readonly url: string | null
  readonly permalink: string
  readonly upvote_ratio: number | null
  readonly reposts: number | null
  readonly views: bigint | null
  readonly flair: string | null
  readonly meta: typeof SignalMeta.Type
}

/** The columns of each, named, so that a column which a migration adds changes no prepared statement. */
export const KNOWN_COLUMNS = `id, platform, author, language, score, comments, published_at, observed_at, received_at, counted_at,
  sentiment_compound, sentiment_label, keywords, entities, topics, fingerprint, text_hash, model, score_velocity, comment_velocity,
  trending_score, is_trending, heat, hidden`
export const COLUMNS = `${KNOWN_COLUMNS}, kind, parent_id, community, title, body, url, permalink, upvote_ratio, reposts, views, flair, meta`

const sentimentOf = (row: KnownRow): Sentiment | null =>
  row.sentiment_compound === null ? null : { compound: row.sentiment_compound, label: row.sentiment_label as SentimentLabel }

const knownOf = (row: KnownRow): KnownSignal["signal"] => ({
  id: row.id as SignalId,
  platform: row.platform as Platform,
  author: row.author,
  language: row.language,
  score: row.score,
  comments: row.comments,
  publishedAt: row.published_at.getTime(),
  observedAt: row.observed_at.getTime(),
  sentiment: sentimentOf(row),
  keywords: row.keywords,
  entities: row.entities,
  topics: row.topics,
  fingerprint: row.fingerprint,
  textHash: row.text_hash,
  model: row.model,
  velocity: row.score_velocity === null ? null : { score: row.score_velocity, comments: row.comment_velocity ?? 0 },
  trending: { score: row.trending_score, isTrending: row.is_trending },
  heat: row.heat,
})

const signalOf = (row: SignalRow): EnrichedSignal => ({
  ...knownOf(row),
  kind: row.kind as SignalKind,
  parentId: row.parent_id as SignalId | null,
  community: row.community,
  title: row.title,
  body: row.body,
  url: row.url,
  permalink: row.permalink,
  upvoteRatio: row.upvote_ratio,
  reposts: row.reposts,
  views: row.views === null ? null : toNumber(row.views),
  flair: row.flair,
  meta: row.meta,
})

const stored = <Signal>(row: KnownRow, signal: Signal): StoredSignal<Signal> => ({
  signal,
  receivedAt: row.received_at.getTime(),
  countedAt: row.counted_at.getTime(),
  hidden: row.hidden,
})

/** The row as the store hands it on. Its constraints are the database's own, so nothing is decoded again. */
export const rowToStored = (row: SignalRow): StoredSignal => stored(row, signalOf(row))

export const rowToKnown = (row: KnownRow): KnownSignal => stored(row, knownOf(row))
