import { Schema } from "effect"
import type { EnrichedSignal } from "../signals/EnrichedSignal.ts"
import { Sentiment, Velocity } from "../signals/EnrichedSignal.ts"
import { Permalink, SignalKind } from "../signals/Signal.ts"

/** A signal as users see it: times in ISO 8601 UTC, velocities per second. */
export const SignalView = Schema.Struct({
  id: Schema.String,
  platform: Schema.String,
  kind: SignalKind,
  parentId: Schema.NullOr(Schema.String),
  community: Schema.NullOr(Schema.String),
  /** As the platform identifies it: what filters and counts use. */
  author: Schema.NullOr(Schema.String),
  /** As people know it; null where no name is known. */
  authorName: Schema.optionalKey(Schema.NullOr(Schema.String)),
  title: Schema.String,
  body: Schema.String,
  url: Schema.NullOr(Schema.String),
  permalink: Permalink,
  language: Schema.NullOr(Schema.String),
  score: Schema.NullOr(Schema.Int),
  comments: Schema.NullOr(Schema.Int),
  views: Schema.NullOr(Schema.Int),
  publishedAt: Schema.String,
  observedAt: Schema.String,
  sentiment: Schema.NullOr(Sentiment),
  topics: Schema.Array(Schema.String),
  velocity: Schema.NullOr(Velocity),
  trending: Schema.Struct({ score: Schema.Finite, isTrending: Schema.Boolean }),
  heat: Schema.Finite,
})
export type SignalView = typeof SignalView.Type

/** A DID identifies an author, but nobody is called by it. */
export const authorNameOf = (author: string | null, known: string | null): string | null =>
  known ?? (author === null || author.startsWith("did:") ? null : author)

/** The fields that a view is made of. */
type Shown = Pick<EnrichedSignal, Exclude<keyof SignalView, "authorName">>

/** The view of a signal; `name` is what people call its author, if that is known. */
export const viewOf = (signal: Shown, name: string | null = null): SignalView => ({
  id: signal.id,
  platform: signal.platform,
  kind: signal.kind,
  parentId: signal.parentId,
  community: signal.community,
  author: signal.author,
  authorName: authorNameOf(signal.author, name),
  title: signal.title,
  body: signal.body,
  url: signal.url,
  permalink: signal.permalink,
  language: signal.language,
  score: signal.score,
  comments: signal.comments,
  views: signal.views,
  publishedAt: new Date(signal.publishedAt).toISOString(),
  observedAt: new Date(signal.observedAt).toISOString(),
  sentiment: signal.sentiment,
  topics: signal.topics,
  velocity: signal.velocity,
  trending: signal.trending,
  heat: signal.heat,
})
