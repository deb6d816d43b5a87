import type { EnrichedSignal, Sentiment } from "@signalflow/domain/signals/EnrichedSignal"
import type { Signal } from "@signalflow/domain/signals/Signal"
import { type HeatReference, heat } from "./Heat.ts"
import { type TrendingThresholds, trending } from "./Trending.ts"
import { type Observation, velocity } from "./Velocity.ts"

/** What an observation's counts are worth. */
export type Scores = Pick<EnrichedSignal, "velocity" | "trending" | "heat">

export interface ScoreReferences {
  readonly thresholds: TrendingThresholds
  readonly heat: HeatReference
}

/** From the observation before (null: none is known), the signal as observed now, and what its text says. */
export type Score = (
  previous: Observation | null,
  now: Observation | null,
  signal: Signal,
  sentiment: Sentiment | null,
  references: ScoreReferences,
) => Scores

export const score: Score = (previous, now, signal, sentiment, references) => {
  const change = now === null ? null : velocity(previous, now)
  return {
    velocity: change,
    trending: trending(
      { velocity: change?.score ?? null, compound: sentiment?.compound ?? null, comments: signal.comments },
      references.thresholds,
    ),
    heat: heat(
      { platform: signal.platform, ageMs: Math.max(0, signal.observedAt - signal.publishedAt), velocity: change?.score ?? null },
      references.heat,
    ),
  }
}
