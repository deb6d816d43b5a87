import { SentimentLabel } from "@signalflow/domain/signals/EnrichedSignal"
import { Permalink, SignalKind } from "@signalflow/domain/signals/Signal"
import { authorNameOf, type SignalView } from "@signalflow/domain/api/SignalView"
import { Schema } from "effect"

const int8 = Schema.Union([Schema.BigInt, Schema.Int])

/** A row of `signals` as the feed reads it; `key` = counted_at in microseconds. */
export const SignalRow = Schema.Struct({
  id: Schema.String,
  platform: Schema.String,
  kind: SignalKind,
  parent_id: Schema.NullOr(Schema.String),
  community: Schema.NullOr(Schema.String),
  author: Schema.NullOr(Schema.String),
  author_name: Schema.NullOr(Schema.String),
  title: Schema.String,
  body: Schema.String,
  url: Schema.NullOr(Schema.String),
  permalink: Permalink,
  language: Schema.NullOr(Schema.String),
  score: Schema.NullOr(Schema.Int),
  comments: Schema.NullOr(Schema.Int),
  views: Schema.NullOr(int8),
  published_at: Schema.Date,
  observed_at: Schema.Date,
  sentiment_compound: Schema.NullOr(Schema.Finite),
  sentiment_label: Schema.NullOr(SentimentLabel),
  topics: Schema.Array(Schema.String),
  score_velocity: Schema.NullOr(Schema.Finite),
  comment_velocity: Schema.NullOr(Schema.Finite),
  trending_score: Schema.Finite,
  is_trending: Schema.Boolean,
  heat: Schema.Finite,
  key: int8,
})
export type SignalRow = typeof SignalRow.Type

export const viewOfRow = (row: SignalRow): SignalView => ({
  id: row.id,
  platform: row.platform,
  kind: row.kind,
  parentId: row.parent_id,
  community: row.community,
  author: row.author,
  authorName: authorNameOf(row.author, row.author_name),
  title: row.title,
  body: row.body,
  url: row.url,
  permalink: row.permalink,
  language: row.language,
  score: row.score,
  comments: row.comments,
  views: row.views === null ? null : Number(row.views),
  publishedAt: row.published_at.toISOString(),
  observedAt: row.observed_at.toISOString(),
  sentiment:
    row.sentiment_compound === null || row.sentiment_label === null
      ? null
      : { compound: row.sentiment_compound, label: row.sentiment_label },
  topics: row.topics,
  velocity:
    row.score_velocity === null && row.comment_velocity === null
      ? null
      : { score: row.score_velocity ?? 0, comments: row.comment_velocity ?? 0 },
  trending: { score: row.trending_score, isTrending: row.is_trending },
  heat: row.heat,
})
