import { cumulate } from "../Random.ts"
import { SLICE_MS } from "./Timeline.ts"
import type { TopicVoice } from "./Vocabulary.ts"

const SLICES_PER_DAY = 86_400_000 / SLICE_MS

const wave = (slice: number, peakHour: number) => Math.cos((2 * Math.PI * (slice - peakHour * 4)) / SLICES_PER_DAY)

/** How busy the world is: 1 on average over a day. The day begins with the epoch, and is busiest two hours into it. */
export const busyness = (slice: number): number => 1 + 0.5 * wave(slice, 2)

/** How talk is spread over the topics in one slice: cumulative weights. */
export const topicShares = (all: ReadonlyArray<TopicVoice>, slice: number, technical: boolean): Float64Array =>
  cumulate(all.map(({ topic, peak }) => topic.weight * (technical ? topic.technical : 1) * (1 + 0.4 * wave(slice, peak))))
