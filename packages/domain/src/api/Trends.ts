import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authenticated, Unavailable } from "./Access.ts"
import { Contract } from "./Contract.ts"
import { pageSize, term } from "./Parameters.ts"

/** `rising`: many more people than usual and it began lately. `cooling`: past its peak. `steady`: as usual. `cold`: too little history to say. */
export const TrendState = Schema.Literals(["rising", "cooling", "steady", "cold"])
export type TrendState = typeof TrendState.Type

export const TrendPlatform = Schema.Struct({
  platform: Schema.String,
  /** When the third distinct author of this rise was seen there; null = not (yet) three. */
  arrivedAt: Schema.NullOr(Schema.String),
  observed: Schema.Int,
  expected: Schema.Finite,
  /** Whether the topic's totals include this platform; false = its history is too short to compare, or nothing was read there. */
  counted: Schema.optionalKey(Schema.Boolean),
})

/** The rarest 2-hour window of a burst. `at` = its end. */
export const TrendPeak = Schema.Struct({
  at: Schema.String,
  observed: Schema.Int,
  expected: Schema.Finite,
  ratio: Schema.Finite,
})

/**
 * A topic and the evidence for its rank. `observed` and `expected` count distinct authors in the last `windowMinutes`, and equal the sums
 * over the platforms that are `counted`. Asked for one platform, everything is that platform's alone.
 */
export const TrendingTopic = Schema.Struct({
  topic: Schema.String,
  label: Schema.String,
  state: TrendState,
  observed: Schema.Int,
  expected: Schema.Finite,
  /** observed ÷ expected; null while cold. */
  ratio: Schema.NullOr(Schema.Finite),
  /** −log10 of the probability of at least `observed` authors in an ordinary window; null while cold. */
  surprise: Schema.NullOr(Schema.Finite),
  windowMinutes: Schema.Int,
  /** When the rise began; null when there is none. */
  since: Schema.NullOr(Schema.String),
  /** What a topic that cools was at its height; null in the other states. */
  peak: Schema.optionalKey(Schema.NullOr(TrendPeak)),
  signals24h: Schema.Int,
  /** Mean of compound −1..1 over the window, null below n = 5. */
  sentiment: Schema.NullOr(Schema.Finite),
  sentimentN: Schema.Int,
  platforms: Schema.Array(TrendPlatform),
  /**
   * Distinct authors per quarter hour of the clock over 24 hours, oldest first; the last one holds the moment before the page's `asOf` and
   * may still fill. Null where nothing was read (an outage, or before history began).
   */
  sparkline: Schema.Array(Schema.NullOr(Schema.Int)),
  /** Ids of the signals that show it best. */
  examples: Schema.Array(Schema.String),
})
export type TrendingTopic = typeof TrendingTopic.Type

export const TrendPage = Schema.Struct({
  /** End of the newest complete window; null before the first aggregation. */
  asOf: Schema.NullOr(Schema.String),
  /** Hours of history that expectations rest on, and how many are needed. */
  historyHours: Schema.Finite,
  historyNeededHours: Schema.Finite,
  results: Schema.Array(TrendingTopic),
})
export type TrendPage = typeof TrendPage.Type

export class Trends extends HttpApiGroup.make("trends")
  .add(
    HttpApiEndpoint.get("trending", "/trending", {
      query: {
        page_size: Schema.optionalKey(pageSize),
        platform: Schema.optionalKey(term),
        state: Schema.optionalKey(TrendState),
      },
      success: TrendPage,
      error: Unavailable,
    }),
  )
  .middleware(Contract)
  .middleware(Authenticated)
  .prefix("/api/v1") {}
