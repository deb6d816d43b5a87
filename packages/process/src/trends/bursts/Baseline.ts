import { LEAST_SPREAD } from "./Surprise.ts"

/** Buckets of 15 minutes in a window: 2 hours. Small topics want more than one bucket. */
export const WINDOW = 8

/** A half-life of 3 days. */
const KEEP = 2 ** (-1 / 288)

/** Fewest people per bucket that are expected of any topic. */
const LEAST_MEAN = 0.2

/** A window may teach at most its mean + 8 standard deviations: a burst is news, not the new normal. */
const WINSOR = 8

/** Buckets of history without which nothing can be said: 24 hours. */
export const HISTORY_NEEDED = 96

/** Windows' worth of ordinary (Poisson) spread that are believed before anything is seen. */
const SPREAD_PRIOR = 10

/**
 * What a topic's 2-hour windows have been like on one platform: sums over windows, each weighing half after 3 days. Ratios of such sums
 * are exponentially weighted means without the bias of a start from nothing.
 */
export interface Baseline {
  /** People, winsorised, and the volume of the whole platform in the same windows. */
  readonly people: number
  readonly volume: number
  /** Squared surprises and the means that they are compared with: their ratio is the spread. */
  readonly squares: number
  readonly means: number
  readonly weight: number
  /** Windows learned, outages left out. */
  readonly known: number
}

export const unknown: Baseline = { people: 0, volume: 0, squares: 0, means: 0, weight: 0, known: 0 }

export interface Expectation {
  /** Expected people in the window, never below the floor. */
  readonly mean: number
  readonly variance: number
  /** The same without the floor: what history alone says. */
  readonly plain: number
}

/**
 * What is expected of a window in which the whole platform counts `volume`: a busy hour expects more, a thin sample less. `repeat` is the
 * share of distinct people among those counted bucket by bucket. History that rests on few people is the less certain for it.
 */
export const expectation = (baseline: Baseline, volume: number, repeat = 1): Expectation => {
  if (baseline.volume === 0) return { mean: LEAST_MEAN * WINDOW, variance: LEAST_MEAN * WINDOW * LEAST_SPREAD, plain: 0 }
  const seen = baseline.people / WINDOW
  const spread = (baseline.squares + SPREAD_PRIOR) / (baseline.means + SPREAD_PRIOR)
  const scale = (volume * baseline.weight) / baseline.volume
  const plain = (repeat * baseline.people * volume) / baseline.volume
  const mean = Math.max(plain, LEAST_MEAN * WINDOW, (WINDOW * volume) / baseline.volume)
  const excess = Math.max(LEAST_SPREAD - 1, (spread - 1) * scale)
  return { mean, plain, variance: mean * (1 + excess) + (plain * plain * Math.max(1, spread)) / (seen + 1) }
}

const learn = (baseline: Baseline, people: number, volume: number): Baseline => {
  const { mean, plain, variance } = expectation(baseline, volume)
  const first = baseline.known === 0
  const bounded = first ? people : Math.min(people, mean + WINSOR * Math.sqrt(variance))
  return {
    people: baseline.people * KEEP + bounded,
    volume: baseline.volume * KEEP + volume,
    squares: baseline.squares * KEEP + (first ? 0 : (bounded - plain) ** 2),
    means: baseline.means * KEEP + (first ? 0 : Math.max(plain, LEAST_MEAN * WINDOW)),
    weight: baseline.weight * KEEP + 1,
    known: baseline.known + 1,
  }
}

/** Sums of the last 8 entries, at every entry. */
export const windowSums = (buckets: ArrayLike<number>): Float64Array => {
  const sums = new Float64Array(buckets.length)
  let sum = 0
  for (let i = 0; i < buckets.length; i++) {
    sum += buckets[i]! - (i >= WINDOW ? buckets[i - WINDOW]! : 0)
    sums[i] = sum
  }
  return sums
}

/**
 * The baselines after each of the bucket indices `until` (rising; −1 = before the first), learned from the 2-hour windows that end at
 * or before it. A window in which the whole platform is silent is an outage: unknown, not zero.
 */
export const baselines = (people: ArrayLike<number>, volumes: ArrayLike<number>, until: ReadonlyArray<number>): ReadonlyArray<Baseline> => {
  const peopleSums = windowSums(people)
  const volumeSums = windowSums(volumes)
  const result: Array<Baseline> = []
  let baseline = unknown
  let next = 0
  for (const end of until) {
    for (; next <= Math.min(end, people.length - 1); next++) {
      if (volumeSums[next]! > 0) baseline = learn(baseline, peopleSums[next]!, volumeSums[next]!)
    }
    result.push(baseline)
  }
  return result
}
