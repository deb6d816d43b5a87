import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { BUCKET } from "@signalflow/domain/Time"
import { baselines, WINDOW, windowSums } from "../bursts/Baseline.ts"
import { labelOf } from "./Labels.ts"
import { byStrength, judge, LEAST_AUTHORS, type PlatformWindows, type Rise } from "../bursts/Detector.ts"
import type { Example, TopicVoices } from "./TrendStore.ts"
import { count, type Counted, perQuarterHour, sentiment, STEPS, thirdVoice } from "./DistinctAuthors.ts"

/** Buckets of history that expectations are learned from: 10 days. */
export const HISTORY = 960

const WINDOW_MS = WINDOW * BUCKET
const DAY = 96
const DAY_MS = DAY * BUCKET

/** A platform as the ranking sees it: people of all topics per bucket of history, and per step of 15 minutes before its watermark. */
export interface PlatformVolumes {
  readonly platform: string
  readonly until: number
  /** Buckets `first` … `first + HISTORY`, the last of them the one that now fills. */
  readonly buckets: ArrayLike<number>
  readonly steps: ArrayLike<number>
}

/** A topic's people on one platform, in the same buckets. */
export interface TopicHistory {
  readonly volumes: PlatformVolumes
  readonly buckets: ArrayLike<number>
}

export interface Ranked {
  readonly topic: string
  readonly rise: Rise
}

export const isShown = ({ rise }: Ranked): boolean => rise.state === "cooling" || rise.observed >= LEAST_AUTHORS

/** The strongest first; of equals the longer, which says more. */
export const inOrder = (a: Ranked, b: Ranked): number =>
  byStrength(a.rise, b.rise) || b.topic.length - a.topic.length || (a.topic < b.topic ? -1 : 1)

/** A topic's windows on one platform from bucket counts alone, at the end of the bucket that now fills: they choose whose signals are looked at. */
export const roughWindows = ({ volumes, buckets }: TopicHistory): PlatformWindows => {
  const peopleSums = windowSums(buckets)
  const volumeSums = windowSums(volumes.buckets)
  const ends = Array.from({ length: STEPS }, (_, step) => HISTORY - step)
  return {
    platform: volumes.platform,
    observed: ends.map((end) => peopleSums[end]!),
    volumes: ends.map((end) => volumeSums[end]!),
    baselines: baselines(buckets, volumes.buckets, ends.map((end) => end - WINDOW).reverse()).toReversed(),
    repeat: 1,
  }
}

/** A topic on one platform with everything that is known of it; `windows` are the 120 minutes before the watermark and before each step back. */
export interface Evidence {
  readonly volumes: PlatformVolumes
  readonly voices: TopicVoices
  readonly counted: Counted
  readonly windows: PlatformWindows
}

/** `first` = the number of the first bucket of history. */
export const evidence = ({ volumes, buckets }: TopicHistory, voices: TopicVoices, first: number): Evidence => {
  const counted = count(voices)
  const ends = Array.from({ length: STEPS }, (_, step) => Math.floor((volumes.until - WINDOW_MS) / BUCKET) - step - 1 - first)
  const windows: PlatformWindows = {
    platform: volumes.platform,
    observed: counted.windows,
    volumes: windowSums(Array.from(volumes.steps).toReversed()).toReversed(),
    baselines: baselines(buckets, volumes.buckets, ends.toReversed()).toReversed(),
    repeat: counted.repeat,
  }
  return { volumes, voices, counted, windows }
}

/** The judgement that is shown, of distinct people. */
export const judgeExactly = (evidences: ReadonlyArray<Evidence>): Rise => judge(evidences.map(({ windows }) => windows))

const rounded = (value: number) => Math.round(value * 100) / 100

const iso = (at: number) => new Date(at).toISOString()

const arrivalOf = (rise: Rise, evidence: Evidence): number | null => {
  if (rise.begun === null) return null
  const part = rise.platforms.find(({ platform }) => platform === evidence.volumes.platform)!
  // What is usual there anyway did not arrive with the rise.
  if (part.begun === null && part.expected.plain >= 1) return null
  const third = thirdVoice(evidence.voices, ((part.begun ?? rise.begun) + 1) * BUCKET)
  return third === null ? null : evidence.volumes.until - third
}

/** Quarter hours of the clock, so that a column stays where it is from one ranking to the next. */
const sparklineOf = (evidences: ReadonlyArray<Evidence>, platforms: ReadonlyArray<PlatformVolumes>, asOf: number): Array<number | null> => {
  const last = Math.ceil(asOf / BUCKET) - 1
  const newest = last - (Math.floor(asOf / BUCKET) - HISTORY)
  const series = evidences.map(({ voices, volumes }) => perQuarterHour(voices, volumes.until, last, DAY))
  return Array.from({ length: DAY }, (_, i) => {
    const people = series.reduce((sum, counts) => sum + counts[i]!, 0)
    const isSilent = platforms.every(({ buckets }) => !(buckets[newest - (DAY - 1) + i]! > 0))
    return isSilent && people === 0 ? null : people
  })
}

const peakOf = ({ peak, top }: Rise, asOf: number): NonNullable<TrendingTopic["peak"]> | null =>
  peak === null || top === null
    ? null
    : {
        at: iso(asOf - peak * BUCKET),
        observed: top.observed,
        expected: rounded(top.expected),
        ratio: rounded(top.observed / top.expected),
      }

const EXAMPLES = 5

/** Different people's different texts, the best first. */
const chosen = (examples: ReadonlyArray<Example>): Array<string> => {
  const said = new Set<string>()
  const ids: Array<string> = []
  for (const { id, voice, textHash } of examples) {
    if (ids.length >= EXAMPLES || said.has(`voice ${voice}`) || said.has(`text ${textHash}`)) continue
    said.add(`voice ${voice}`).add(`text ${textHash}`)
    ids.push(id)
  }
  return ids
}

/** A ranked topic as the API and the page show it, by the evidence of `platforms`. `asOf` = the newest watermark of all. */
export const present = (
  { topic, rise }: Ranked,
  evidences: ReadonlyArray<Evidence>,
  examples: ReadonlyArray<Example>,
  platforms: ReadonlyArray<PlatformVolumes>,
  asOf: number,
): TrendingTopic => {
  const { mean, n } = sentiment(
    evidences.map(({ voices }) => voices),
    WINDOW_MS,
  )
  const until = Math.max(...platforms.map((platform) => platform.until))
  const arrivals = new Map(evidences.map((found) => [found.volumes.platform, arrivalOf(rise, found)]))
  return {
    topic,
    label: labelOf(
      topic,
      examples.map(({ text }) => text),
    ),
    state: rise.state,
    observed: rise.observed,
    expected: rounded(rise.expected),
    ratio: rise.surprise === null ? null : rounded(rise.observed / rise.expected),
    surprise: rise.surprise === null ? null : rounded(rise.surprise),
    windowMinutes: WINDOW_MS / 60_000,
    since: rise.begun === null ? null : iso(until - (rise.begun + 1) * BUCKET),
    peak: peakOf(rise, until),
    signals24h: evidences.reduce((sum, { voices }) => sum + voices.ago.filter((ago) => ago <= DAY_MS).length, 0),
    sentiment: mean,
    sentimentN: n,
    platforms: rise.platforms
      .map(({ platform, observed, expected, counted }) => ({
        platform,
        observed,
        counted,
        expected: rounded(expected.mean),
        at: arrivals.get(platform) ?? null,
      }))
      .filter(({ observed, at, counted }) => observed > 0 || at !== null || (counted && rise.surprise !== null))
      .sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity) || b.observed - a.observed || 0)
      .map(({ at, ...rest }) => ({ ...rest, arrivedAt: at === null ? null : iso(at) })),
    sparkline: sparklineOf(evidences, platforms, asOf),
    examples: chosen(examples),
  }
}
