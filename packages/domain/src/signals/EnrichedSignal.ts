import { Schema } from "effect"
import { Signal } from "./Signal.ts"

export const SentimentLabel = Schema.Literals(["positive", "neutral", "negative"])
export type SentimentLabel = typeof SentimentLabel.Type

/** VADER compound −1..1 of an English text; other languages have none. */
export const Sentiment = Schema.Struct({ compound: Schema.Finite, label: SentimentLabel })
export type Sentiment = typeof Sentiment.Type

/** Change per second between two true observation times. */
export const Velocity = Schema.Struct({ score: Schema.Finite, comments: Schema.Finite })
export type Velocity = typeof Velocity.Type

/** A signal with what was read from its text and what its counts do. `heat` is 0–1; `model` numbers the snapshot it was read with. */
export const EnrichedSignal = Schema.Struct({
  ...Signal.fields,
  sentiment: Schema.NullOr(Sentiment),
  keywords: Schema.Array(Schema.String),
  entities: Schema.Array(Schema.String),
  topics: Schema.Array(Schema.String),
  fingerprint: Schema.NullOr(Schema.String),
  textHash: Schema.String,
  model: Schema.Int,
  velocity: Schema.NullOr(Velocity),
  trending: Schema.Struct({ score: Schema.Finite, isTrending: Schema.Boolean }),
  heat: Schema.Finite,
})
export type EnrichedSignal = typeof EnrichedSignal.Type
