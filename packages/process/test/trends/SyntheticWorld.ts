import { BUCKET } from "@signalflow/domain/Time"
import { type Chance, chance } from "./Chance.ts"
import type { SignalRow } from "./SignalRows.ts"

/** A topic that more people than usual begin to speak of: `perBucket` more authors in every 15 minutes, on each platform from its own minute on. */
export interface Planted {
  readonly topic: string
  readonly perBucket: number
  /** Minutes before the end at which it begins on each platform. */
  readonly begins: Readonly<Record<string, number>>
  readonly minutes: number
  /** Topics that stand in the same posts. */
  readonly with?: ReadonlyArray<string>
}

export interface WorldOptions {
  readonly seed: number
  readonly end: number
  readonly days: number
  readonly signals: number
  readonly topics?: number
  readonly planted: ReadonlyArray<Planted>
}

const PLATFORMS = ["bluesky", "bluesky", "hackernews"]

const zipf = (n: number) => {
  const sums: Array<number> = []
  for (let i = 0; i < n; i++) sums.push((sums[i - 1] ?? 0) + 1 / (i + 12))
  return sums
}

const draw = (rng: Chance, sums: ReadonlyArray<number>): number => {
  const target = rng.next() * sums[sums.length - 1]!
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > target) high = middle
    else low = middle + 1
  }
  return low
}

/** Three days of two platforms: topics by Zipf's law with an hour of their own, nights, talkative authors, copies; and the planted bursts on top. */
export const world = ({ seed, end, days, signals, topics = 8_000, planted }: WorldOptions): ReadonlyArray<SignalRow> => {
  const rng = chance(seed)
  const sums = zipf(topics)
  const span = days * 96 * BUCKET
  const day = (at: number) => (1 + 0.6 * Math.sin((at / 86_400_000) * 2 * Math.PI)) / 1.6
  const awake = (topic: number, at: number) => (1 + 0.3 * Math.sin((at / 86_400_000 + topic / 7) * 2 * Math.PI)) / 1.3
  const rows: Array<SignalRow> = []
  const say = (platform: string, author: string, at: number, about: ReadonlyArray<string>, text?: string) => {
    const id = `${platform}:${rows.length}`
    rows.push({
      id,
      platform,
      author,
      text: text ?? `${id} says something about ${about.join(" and ")}`,
      topics: about,
      countedAt: at,
      sentiment: rng.next() < 0.1 ? null : Math.round((rng.next() * 2 - 1) * 1e4) / 1e4,
      hidden: false,
      heat: rng.next(),
      score: null,
    })
  }
  while (rows.length < signals) {
    const at = end - 1 - rng.int(span)
    if (rng.next() > day(at)) continue
    const about = new Set<string>()
    for (let i = 0; i < 5; i++) {
      const topic = draw(rng, sums)
      if (rng.next() < awake(topic, at)) about.add(`topic ${topic}`)
    }
    const copied = rng.next() < 0.02 ? `a sentence that is often copied, about ${[...about].join(" and ")}` : undefined
    say(rng.pick(PLATFORMS), `author ${Math.floor(rng.next() ** 2 * (signals / 4))}`, at, [...about], copied)
  }
  for (const { topic, perBucket, begins, minutes, with: others = [] } of planted) {
    for (const [platform, begin] of Object.entries(begins)) {
      const people = rng.poisson((perBucket * minutes) / 15)
      for (let i = 0; i < people; i++) {
        const at = end - begin * 60_000 + rng.int(minutes * 60_000)
        if (at < end) say(platform, `${topic} fan ${platform} ${i}`, at, [topic, ...others, `topic ${draw(rng, sums)}`])
      }
    }
  }
  return rows.sort((a, b) => a.countedAt - b.countedAt)
}
