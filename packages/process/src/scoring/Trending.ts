/** Limits of the compatibility rules; velocities in score per second. */
export interface TrendingThresholds {
  readonly velocityHigh: number
  readonly velocityLow: number
  readonly sentimentMin: number
  readonly commentMin: number
}

/** The compatibility score, 0 to 0.8 in tenths; `velocity` is the score's, per second. Ranking goes by `Heat` instead. */
export const trending = (
  signal: { readonly velocity: number | null; readonly compound: number | null; readonly comments: number | null },
  thresholds: TrendingThresholds,
): { readonly score: number; readonly isTrending: boolean } => {
  const { velocity, compound, comments } = signal
  let tenths = 0
  if (velocity !== null && velocity > thresholds.velocityHigh) tenths += 4
  else if (velocity !== null && velocity > thresholds.velocityLow) tenths += 2
  if (compound !== null && Math.abs(compound) > thresholds.sentimentMin) tenths += 2
  if (comments !== null && comments > thresholds.commentMin) tenths += 2
  return { score: tenths / 10, isTrending: tenths >= 5 }
}
