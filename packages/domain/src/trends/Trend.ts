import { Schema } from "effect"
import { Platform } from "../signals/Platform.ts"
import { Timestamp } from "../Time.ts"

/** What one topic did on one platform in one 15-minute bucket. Every mean stands with its n. */
export const TopicWindow = Schema.Struct({
  topic: Schema.String,
  platform: Platform,
  bucket: Timestamp,
  signals: Schema.Int,
  authors: Schema.Int,
  sentimentMean: Schema.NullOr(Schema.Finite),
  sentimentN: Schema.Int,
  scoreMean: Schema.NullOr(Schema.Finite),
  scoreN: Schema.Int,
  velocityMean: Schema.NullOr(Schema.Finite),
  velocityN: Schema.Int,
})
export type TopicWindow = typeof TopicWindow.Type

/** A topic that is said by many more people than is usual. `statistic` is −log10 p. */
export const Burst = Schema.Struct({
  topic: Schema.String,
  platform: Platform,
  opened: Timestamp,
  closed: Schema.NullOr(Timestamp),
  statistic: Schema.Finite,
  expected: Schema.Finite,
  observed: Schema.Finite,
})
export type Burst = typeof Burst.Type
