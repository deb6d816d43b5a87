import { BUCKET } from "@signalflow/domain/Time"
import { WINDOW } from "../bursts/Baseline.ts"
import type { TopicVoices } from "./TrendStore.ts"

/** Steps of 15 minutes over which a topic is judged: a day, and now. */
export const STEPS = 97

const SLICES = STEPS + WINDOW - 1

/** The 15 minutes, counted back from the watermark, in which something was said. */
const sliceOf = (ago: number): number => Math.floor((ago - 1) / BUCKET)

/** Distinct people of a topic on one platform. */
export interface Counted {
  /** In the 2-hour window that ends at each step, step 0 ending at the watermark. */
  readonly windows: Int32Array
  /** In each step's own 15 minutes. */
  readonly slices: Int32Array
  /** Distinct people in 2 hours per person counted in 15 minutes, over the last day without its newest window. */
  readonly repeat: number
}

const PRIOR = 10

export const count = ({ ago, voices }: Pick<TopicVoices, "ago" | "voices">): Counted => {
  const order = ago.map((_, i) => i).sort((a, b) => voices[a]! - voices[b]! || ago[a]! - ago[b]!)
  const changes = new Int32Array(SLICES + 1)
  const slices = new Int32Array(SLICES)
  let voice: number | undefined
  let slice = -1
  let covered = 0
  for (const i of order) {
    const here = sliceOf(ago[i]!)
    if (voices[i] !== voice) {
      voice = voices[i]
      slice = -1
      covered = 0
    }
    if (here === slice || here < 0 || here >= SLICES) continue
    slice = here
    slices[here]!++
    // Said in this slice, a voice is in the windows of the steps from 7 before it to its own.
    const from = Math.max(covered, here - WINDOW + 1)
    changes[from]!++
    changes[here + 1]!--
    covered = here + 1
  }
  const windows = new Int32Array(STEPS)
  let running = 0
  for (let step = 0; step < STEPS; step++) windows[step] = running += changes[step]!
  let distinct = PRIOR
  let counted = PRIOR
  for (let step = WINDOW; step + WINDOW < STEPS; step += WINDOW) distinct += windows[step]!
  for (let step = WINDOW; step + 1 < STEPS; step++) counted += slices[step]!
  return { windows, slices, repeat: Math.min(1, distinct / counted) }
}

/**
 * Distinct people in each of `buckets` quarter hours of the clock, the oldest first; the last one holds the moment before `until`, the
 * watermark that `ago` counts back from. `last` = the number of the last bucket, from the epoch.
 */
export const perQuarterHour = (
  { ago, voices }: Pick<TopicVoices, "ago" | "voices">,
  until: number,
  last: number,
  buckets: number,
): Int32Array => {
  const people = Array.from({ length: buckets }, () => new Set<number>())
  for (const [i, before] of ago.entries()) people[Math.floor((until - before) / BUCKET) - last + buckets - 1]?.add(voices[i]!)
  return Int32Array.from(people, ({ size }) => size)
}

/** How long ago the third distinct person spoke, of those within `since` milliseconds; null when there are not three. */
export const thirdVoice = ({ ago, voices }: Pick<TopicVoices, "ago" | "voices">, since: number): number | null => {
  const seen = new Set<number>()
  const order = ago.map((_, i) => i).filter((i) => ago[i]! <= since)
  for (const i of order.sort((a, b) => ago[b]! - ago[a]!)) if (seen.add(voices[i]!).size === 3) return ago[i]!
  return null
}

/** Mean compound of what was said within `since` milliseconds, null below five. */
export const sentiment = (topic: ReadonlyArray<Pick<TopicVoices, "ago" | "sentiments">>, since: number) => {
  let sum = 0
  let n = 0
  for (const { ago, sentiments } of topic) {
    for (let i = 0; i < ago.length; i++) {
      if (ago[i]! > since || sentiments[i] === null) continue
      sum += sentiments[i]!
      n++
    }
  }
  return { mean: n < 5 ? null : Math.round(sum / n) / 10_000, n }
}
