/** How a signal's velocity ranks among its platform's signals of the same age: 0 to 1. */

/** Counts of score velocities by size, for one (platform, age). */
export type HeatCurve = ReadonlyArray<number>

/** What has been seen so far, bounded: one histogram a (platform, age), keyed `platform/age bucket`. */
export interface HeatReference {
  readonly curves: ReadonlyMap<string, HeatCurve>
}

export const emptyReference: HeatReference = { curves: new Map() }

const BINS = 64
const MAX_CURVES = 512
/** Signals imagined evenly over the bins, so that the first real ones do not decide alone. */
const PRIOR = 16
/** The last bin begins at e^14 points an hour. */
const LOG_RANGE = 14

const MINUTE = 60_000
const AGE_LIMITS = [15 * MINUTE, 60 * MINUTE, 180 * MINUTE, 720 * MINUTE, 1440 * MINUTE, 4320 * MINUTE]

/** Number of the age bucket of a post, from minutes (0) to more than three days (6). */
export const ageBucket = (ageMs: number): number => {
  const bucket = AGE_LIMITS.findIndex((limit) => ageMs < limit)
  return bucket < 0 ? AGE_LIMITS.length : bucket
}

const keyOf = (platform: string, ageMs: number): string => `${platform}/${ageBucket(ageMs)}`

/** Per hour before the logarithm: velocities per second are far below 1, where log1p would squeeze them into one bin. */
const binOf = (velocity: number): number =>
  Math.min(BINS - 1, Math.max(0, Math.floor((Math.log1p(Math.max(0, velocity) * 3600) / LOG_RANGE) * BINS)))

export interface HeatSample {
  readonly platform: string
  readonly ageMs: number
  /** Score per second. */
  readonly velocity: number | null
}

/** The reference with more samples in it. Signals of a platform past the bound on curves are left out. */
export const learn = (reference: HeatReference, samples: Iterable<HeatSample>): HeatReference => {
  const curves = new Map<string, Array<number>>([...reference.curves].map(([key, curve]) => [key, [...curve]]))
  for (const { platform, ageMs, velocity } of samples) {
    if (velocity === null || !Number.isFinite(velocity)) continue
    const key = keyOf(platform, ageMs)
    let curve = curves.get(key)
    if (curve === undefined) {
      if (curves.size >= MAX_CURVES) continue
      curves.set(key, (curve = Array.from({ length: BINS }, () => 0)))
    }
    curve[binOf(velocity)]!++
  }
  return { curves }
}

/** The reference with old samples counting less. */
export const fade = (reference: HeatReference, factor: number): HeatReference => ({
  curves: new Map([...reference.curves].map(([key, curve]) => [key, curve.map((count) => count * factor)])),
})

/** Percentile of the velocity, ties counted half; 0 where there is no velocity or none upwards. */
export const heat = (sample: HeatSample, reference: HeatReference): number => {
  const { velocity } = sample
  if (velocity === null || !(velocity > 0)) return 0
  const curve = reference.curves.get(keyOf(sample.platform, sample.ageMs))
  const bin = binOf(velocity)
  let below = (PRIOR * (bin + 0.5)) / BINS
  let all = PRIOR
  for (const [i, count] of (curve ?? []).entries()) {
    all += count
    below += i < bin ? count : i === bin ? count / 2 : 0
  }
  return below / all
}
