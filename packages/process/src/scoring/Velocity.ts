import type { Velocity } from "@signalflow/domain/signals/EnrichedSignal"

/** The counts of a signal at one moment. `at` is in Unix milliseconds. */
export interface Observation {
  readonly score: number
  readonly comments: number
  readonly at: number
}

/** Change per second between two observations; null without an earlier one. */
export const velocity = (previous: Observation | null, current: Observation): Velocity | null => {
  if (previous === null) return null
  const seconds = (current.at - previous.at) / 1000
  if (!(seconds > 0)) return null
  return { score: (current.score - previous.score) / seconds, comments: (current.comments - previous.comments) / seconds }
}
