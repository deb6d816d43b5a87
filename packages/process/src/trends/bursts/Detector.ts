import type { TrendState } from "@signalflow/domain/api/Trends"
import { type Baseline, expectation, type Expectation, HISTORY_NEEDED } from "./Baseline.ts"
import { surprise } from "./Surprise.ts"

/** From one in a million on, a window is a rise. */
export const RARE = 6

/** A rise lasts, and is followed back, while its windows are rarer than one in a hundred. */
const BEGUN = 2

/** Fewer people than this are no rise, however rare. */
export const LEAST_AUTHORS = 5

/** Below this share of its own peak a rise is cooling. */
const NEAR_PEAK = 0.7

/** What a past rise still counts for halves every 6 hours: 24 steps. */
const FADE = 24

/** A topic on one platform: its 2-hour windows at steps of 15 minutes, the newest first, each with the baseline of what came before it. */
export interface PlatformWindows {
  readonly platform: string
  readonly observed: ArrayLike<number>
  readonly volumes: ArrayLike<number>
  readonly baselines: ReadonlyArray<Baseline>
  /** Share of distinct people among those counted bucket by bucket. */
  readonly repeat: number
}

/** One platform's part in a rise. `begun` = how many steps ago, null when it has none of its own. */
export interface PlatformRise {
  readonly platform: string
  readonly observed: number
  readonly expected: Expectation
  readonly begun: number | null
  /** Whether the topic's counts include this platform. */
  readonly counted: boolean
}

/** How a topic stands. Its counts are those of the platforms whose history suffices; of all of them while none does (`cold`). */
export interface Rise {
  readonly state: TrendState
  readonly observed: number
  readonly expected: number
  readonly surprise: number | null
  readonly begun: number | null
  /** The step of its rarest window: 0 while it rises. */
  readonly peak: number | null
  /** The counts of that window; null unless it is past. */
  readonly top: { readonly observed: number; readonly expected: number } | null
  /** What topics of the same state are ranked by. */
  readonly strength: number
  readonly platforms: ReadonlyArray<PlatformRise>
}

interface Sum {
  readonly observed: number
  readonly mean: number
  readonly variance: number
}

const at = (windows: PlatformWindows, step: number) => expectation(windows.baselines[step]!, windows.volumes[step]!, windows.repeat)

/** Whether a platform's window can be compared: its history suffices, and something was read. */
const isKnown = (windows: PlatformWindows, step: number) => windows.baselines[step]!.known >= HISTORY_NEEDED && windows.volumes[step]! > 0

/** The platforms together at one step: people of two platforms are different people, and their spreads add up. Null = nothing is known. */
const sumAt = (platforms: ReadonlyArray<PlatformWindows>, step: number, observed?: ReadonlyArray<number>): Sum | null => {
  const sum = { observed: 0, mean: 0, variance: 0 }
  let known = false
  for (const [i, windows] of platforms.entries()) {
    if (!isKnown(windows, step)) continue
    const { mean, variance } = at(windows, step)
    known = true
    sum.observed += observed === undefined ? windows.observed[step]! : observed[i]!
    sum.mean += mean
    sum.variance += variance
  }
  return known ? sum : null
}

const score = (sum: Sum | null): number =>
  sum === null ? Number.NaN : sum.observed < LEAST_AUTHORS ? 0 : surprise(sum.observed, sum.mean, sum.variance)

/** Whether a window would be a rise if only so many had been observed on each platform. */
export const isRare = (platforms: ReadonlyArray<PlatformWindows>, step: number, observed: ReadonlyArray<number>): boolean =>
  score(sumAt(platforms, step, observed)) >= RARE

/** How many people more than the platforms together expect are in a window. */
export const excessAt = (platforms: ReadonlyArray<PlatformWindows>, step: number): number => {
  const sum = sumAt(platforms, step)
  return sum === null ? 0 : sum.observed - sum.mean
}

/** The oldest step of the run that holds `step`; steps at which nothing is known do not end it. */
const beginningOf = (scores: ReadonlyArray<number>, step: number): number => {
  let begun = step
  for (let older = step + 1; older < scores.length && !(scores[older]! < BEGUN); older++) if (scores[older]! >= BEGUN) begun = older
  return begun
}

const own = (windows: PlatformWindows, steps: number, begun: number | null, counted: boolean): PlatformRise => {
  const scores = Array.from({ length: steps }, (_, step) => score(sumAt([windows], step)))
  const high = begun === null ? -1 : scores.findIndex((value, step) => step <= begun && value >= BEGUN)
  return {
    platform: windows.platform,
    observed: windows.observed[0]!,
    expected: at(windows, 0),
    begun: high === -1 ? null : beginningOf(scores, high),
    counted,
  }
}

/** Judges a topic by its windows of the last day. */
export const judge = (platforms: ReadonlyArray<PlatformWindows>): Rise => {
  const steps = Math.min(...platforms.map(({ baselines }) => baselines.length))
  const sums = Array.from({ length: steps }, (_, step) => sumAt(platforms, step))
  const scores = sums.map(score)
  const now = sums[0] ?? null
  if (now === null) {
    const rises = platforms.map((windows) => own(windows, steps, null, true))
    const observed = rises.reduce((sum, rise) => sum + rise.observed, 0)
    const expected = rises.reduce((sum, rise) => sum + rise.expected.mean, 0)
    return { state: "cold", observed, expected, surprise: null, begun: null, peak: null, top: null, strength: observed, platforms: rises }
  }
  const high = scores.findIndex((value) => value >= RARE)
  const last = high === -1 ? null : beginningOf(scores, high)
  const most = last === null ? Number.POSITIVE_INFINITY : Math.max(...sums.slice(0, last + 1).map((sum) => sum?.observed ?? 0))
  // What rose taught its topic to be restless: as many again, or still, are a rise even if they are no longer one in a million.
  const rises = scores[0]! >= BEGUN && now.observed >= NEAR_PEAK * most
  const begun = rises ? beginningOf(scores, 0) : last
  const common = {
    observed: now.observed,
    expected: now.mean,
    surprise: scores[0]!,
    begun,
    top: null,
    platforms: platforms.map((windows) => own(windows, steps, begun, isKnown(windows, 0))),
  }
  if (rises) return { ...common, state: "rising", peak: 0, strength: scores[0]! }
  if (begun === null) return { ...common, state: "steady", peak: null, strength: scores[0]! }
  let peak = high
  for (let step = high; step <= begun; step++) if (scores[step]! > scores[peak]!) peak = step
  const { observed, mean } = sums[peak]!
  return { ...common, state: "cooling", peak, top: { observed, expected: mean }, strength: scores[peak]! * 2 ** (-high / FADE) }
}

const ORDER: Record<TrendState, number> = { rising: 0, cooling: 1, steady: 2, cold: 3 }

/** The strongest first. */
export const byStrength = (a: Rise, b: Rise): number =>
  ORDER[a.state] - ORDER[b.state] || b.strength - a.strength || b.observed - a.observed
