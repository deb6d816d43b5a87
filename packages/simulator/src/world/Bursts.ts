import { hash, random } from "../Random.ts"
import { EVENTS, type Event } from "../texts/Events.ts"
import { SLICE_MS } from "./Timeline.ts"
import { TOPICS, type Topic } from "./Topics.ts"

export type PlatformName = "bluesky" | "hackernews" | "reddit" | "youtube"

/** One platform's part of a burst: that many distinct authors more than usual in every 15 minutes of [from, to). */
export interface BurstLeg {
  readonly platform: PlatformName
  readonly from: number
  readonly to: number
  readonly authorsPerBucket: number
}

export interface Burst {
  readonly id: string
  readonly key: number
  readonly topic: Topic
  readonly event: Event
  /** In order of arrival; the second leg's lag is `legs[1].from - legs[0].from`. */
  readonly legs: ReadonlyArray<BurstLeg>
}

export interface BurstPlan {
  readonly seed: number
  readonly epoch: number
  /** The first live slice. */
  readonly live: number
  /** When (unix ms) one burst opens for those who watch. */
  readonly opensAt: number
}

const BLOCK = 24
/** Detectors need a day to learn what is usual. */
const FIRST_SLICE = 100
const MOST_SLICES = 18

const chooseEvent = (topic: Topic, key: number): Event => {
  const fitting = EVENTS.filter((event) => event.fields === "any" || event.fields.includes(topic.field))
  return fitting[hash(key, 1) % fitting.length]!
}

/** Platform, first slice, how many, distinct authors in each. */
type PlannedLeg = readonly [PlatformName, number, number, number]

const burst = (
  plan: BurstPlan,
  id: string,
  topic: Topic,
  legs: ReadonlyArray<PlannedLeg>,
  spread: ReadonlyArray<PlannedLeg> | ((key: number) => ReadonlyArray<PlannedLeg>) = [],
): Burst => {
  const key = hash(plan.seed, 0xb0457, topic.index, legs[0]![1])
  const further = typeof spread === "function" ? spread(key) : spread
  return {
    id,
    key,
    topic,
    event: chooseEvent(topic, key),
    legs: [...legs, ...further]
      .toSorted((a, b) => a[1] - b[1])
      .map(([platform, slice, buckets, authorsPerBucket]) => {
        const from = plan.epoch + slice * SLICE_MS
        return { platform, from, to: from + buckets * SLICE_MS, authorsPerBucket }
      }),
  }
}

const technical = TOPICS.filter((topic) => topic.technical >= 1.5)
const everyday = TOPICS.filter((topic) => topic.technical < 1)

const choose = (from: ReadonlyArray<Topic>, seed: number, n: number, taken: ReadonlyArray<Topic>): Topic => {
  for (let i = 0; ; i++) {
    const topic = from[hash(seed, 0x70b1c, n, i) % from.length]!
    if (!taken.includes(topic)) return topic
  }
}

/** Where else an ordinary burst is talked about: decided by its key, so that whoever does not read those platforms sees the same bursts. */
const spreading =
  (start: number, length: number) =>
  (key: number): ReadonlyArray<PlannedLeg> => {
    const rng = random(key, 0x59ead)
    const reddit = rng.chance(0.45)
    const video = rng.chance(0.25)
    const redditLeg: PlannedLeg = ["reddit", start + 1 + rng.int(3), length, 20 + rng.int(16)]
    const videoLeg: PlannedLeg = ["youtube", start + 3 + rng.int(4), Math.min(length, 8), 16 + rng.int(12)]
    return [...(reddit ? [redditLeg] : []), ...(video ? [videoLeg] : [])]
  }

/** The bursts that are running, or just about to, when somebody starts to watch. */
const around = (plan: BurstPlan): ReadonlyArray<Burst> => {
  const { seed, live } = plan
  const travelling = choose(technical, seed, 1, [])
  const everydayOne = choose(everyday, seed, 2, [])
  const threaded = choose(technical, seed, 3, [travelling])
  const opening = choose(everyday, seed, 4, [everydayOne])
  const later = (plan.opensAt - plan.epoch) / SLICE_MS
  return [
    burst(
      plan,
      "now-spreading",
      travelling,
      [
        ["bluesky", live - 5, 16, 44],
        ["hackernews", live - 3, 14, 16],
      ],
      [
        ["reddit", live - 4, 14, 28],
        ["youtube", live - 1, 10, 20],
      ],
    ),
    burst(plan, "now-bluesky", everydayOne, [["bluesky", live - 4, 12, 36]]),
    burst(plan, "now-hackernews", threaded, [["hackernews", live - 2, 10, 18]]),
    burst(plan, "opening", opening, [["bluesky", later, 8, 60]]),
  ]
}

/** One burst that stays on Reddit, and one that goes from YouTube to Reddit: never about what the others are about. */
const beside = (plan: BurstPlan): ReadonlyArray<Burst> => {
  const taken = around(plan).map((each) => each.topic)
  const asked = choose(TOPICS, plan.seed, 5, taken)
  const filmed = choose(everyday, plan.seed, 6, [...taken, asked])
  return [
    burst(plan, "now-reddit", asked, [["reddit", plan.live - 3, 12, 30]]),
    burst(plan, "now-youtube", filmed, [["youtube", plan.live - 4, 12, 24]], [["reddit", plan.live - 2, 10, 22]]),
  ]
}

/** The bursts of ordinary days: at most one in each six hours, kept clear of the ones around the start. */
const inBlock = (plan: BurstPlan, block: number): Burst | null => {
  const rng = random(plan.seed, 0xb10c, block)
  const start = block * BLOCK + rng.int(BLOCK - 2)
  const length = 4 + rng.int(6)
  if (rng.chance(0.15) || start < FIRST_SLICE || (start + MOST_SLICES > plan.live - 8 && start < plan.live + 16)) return null
  const authors = 14 + rng.int(30)
  const kind = rng.next()
  const taken = around(plan).map((each) => each.topic)
  const both = kind < 0.35
  const topic = choose(both || kind > 0.85 ? technical : TOPICS, plan.seed, 100 + block, taken)
  if (both) {
    const lag = 1 + rng.int(4)
    return burst(
      plan,
      `block-${block}`,
      topic,
      [
        ["bluesky", start, length + 2, authors],
        ["hackernews", start + lag, length, 12 + rng.int(8)],
      ],
      spreading(start, length),
    )
  }
  const only: PlannedLeg = kind > 0.85 ? ["hackernews", start, length, 12 + rng.int(8)] : ["bluesky", start, length, authors]
  return burst(plan, `block-${block}`, topic, [only], spreading(start, length))
}

export interface Bursts {
  /** Bursts with a leg that touches this slice. */
  readonly during: (slice: number) => ReadonlyArray<Burst>
  /** Bursts that have opened before `time` (unix ms), oldest first. */
  readonly opened: (time: number) => ReadonlyArray<Burst>
}

export const bursts = (plan: BurstPlan): Bursts => {
  const special = [...around(plan), ...beside(plan)]
  const known = new Map<number, Burst | null>()
  const ofBlock = (block: number): ReadonlyArray<Burst> => {
    if (block < 0) return []
    if (!known.has(block)) known.set(block, inBlock(plan, block))
    const found = known.get(block)
    return found === null || found === undefined ? [] : [found]
  }
  const touches = (slice: number) => {
    const from = plan.epoch + slice * SLICE_MS
    return (each: Burst) => each.legs.some((leg) => leg.from < from + SLICE_MS && leg.to > from)
  }
  return {
    during: (slice) => {
      const block = Math.floor(slice / BLOCK)
      return [...special, ...ofBlock(block - 1), ...ofBlock(block)].filter(touches(slice))
    },
    opened: (time) => {
      const last = Math.floor((time - plan.epoch) / SLICE_MS / BLOCK)
      const ordinary = Array.from({ length: Math.max(0, last + 1) }, (_, block) => ofBlock(block)).flat()
      return [...ordinary, ...special].filter((each) => each.legs[0]!.from <= time).sort((a, b) => a.legs[0]!.from - b.legs[0]!.from)
    },
  }
}

/** The part of a leg inside one slice: where it begins and ends (ms into the slice) and how many distinct authors it brings. */
export const legInSlice = (
  leg: BurstLeg,
  epoch: number,
  slice: number,
): { readonly from: number; readonly to: number; readonly authors: number } | null => {
  const start = epoch + slice * SLICE_MS
  const from = Math.max(0, leg.from - start)
  const to = Math.min(SLICE_MS, leg.to - start)
  return to <= from ? null : { from, to, authors: Math.round((leg.authorsPerBucket * (to - from)) / SLICE_MS) }
}
