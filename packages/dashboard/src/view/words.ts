import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { platformName, platformNames } from "./platforms.ts"
import { ago, clock, duration } from "./time.ts"

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 })

export const count = (n: number): string => grouped.format(n)
export const compact = (n: number): string => (n < 1_000 ? grouped.format(n) : short.format(n))
/** An author by the name that people know, else null: an identifier is no name. */
export const authorName = (author: string | null): string | null =>
  author === null || author.trim() === "" || author.startsWith("did:") ? null : author

const bare = (name: string) =>
  name
    .trim()
    .replace(/^(@|\/?u\/|\/?r\/)/i, "")
    .toLowerCase()

/** Where and by whom something was said; a channel that is its own author once. */
export const bylineOf = ({
  author,
  authorName: known,
  community,
}: {
  readonly author: string | null
  readonly authorName?: string | null
  readonly community: string | null
}) => {
  const name = authorName(known ?? author)
  const place = community === null || community.trim() === "" ? null : community
  return { name, place: name !== null && place !== null && bare(name) === bare(place) ? null : place }
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

/** "38×", "2.4×": how many times as often as usual. */
export const times = (ratio: number): string => {
  if (ratio >= 1_000) return "999+×"
  return ratio >= 9.95 ? `${Math.round(ratio)}×` : `${ratio.toFixed(1).replace(/\.0$/, "")}×`
}

/** An expectation, as exact as it deserves: "0.04", "2.1", "140". */
export const expectation = (n: number): string => {
  if (n >= 99.95) return count(n)
  if (n >= 0.95) return n.toFixed(1).replace(/\.0$/, "")
  return n === 0 ? "0" : n < 0.01 ? "under 0.01" : n.toPrecision(1)
}

const raised: Record<string, string> = {
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
}

const rarity = ["ten", "a hundred", "a thousand", "ten thousand", "a hundred thousand", "a million", "ten million", "a hundred million"]

/** How often chance alone fills a window so, in words, for a surprise of −log10 p. */
export const chance = (surprise: number): string => {
  if (surprise < 1) return "Chance alone often fills a window like this"
  const words = rarity[Math.floor(surprise) - 1]
  return words === undefined
    ? "Chance alone fills a window like this less than once in a billion"
    : `Chance alone fills a window like this about once in ${words}`
}

/** The probability behind a surprise of −log10 p. */
export const probability = (surprise: number): string => {
  if (surprise < 2) return `p = ${(10 ** -Math.max(0, surprise)).toFixed(2)}`
  const power = Math.floor(surprise)
  return `p < 10⁻${[...String(power)].map((digit) => raised[digit]).join("")}`
}

const comparison = (ratio: number): string => {
  if (ratio >= 1.15) return `Mentioned ${times(ratio).slice(0, -1)} times as often as usual for this hour`
  if (ratio > 0.85) return "Mentioned about as often as usual for this hour"
  return "Mentioned less often than usual for this hour"
}

/** What a topic that has cooled was: "was 24×, 5 h ago"; null where it has no height to tell. */
export const height = (topic: TrendingTopic, now: number): { readonly was: string; readonly when: string } | null =>
  topic.state !== "cooling" || topic.peak === undefined || topic.peak === null
    ? null
    : { was: `was ${times(topic.peak.ratio)}`, when: `${ago(Date.parse(topic.peak.at), now)} ago` }

/** Platforms that the totals leave out: where there is too little history to compare. */
export const leftOut = (topic: TrendingTopic): ReadonlyArray<string> =>
  topic.platforms.filter(({ counted, observed }) => counted === false && observed > 0).map(({ platform }) => platform)

/** Why a topic stands where it stands, in a sentence or two. */
export const evidence = (topic: TrendingTopic, now: number): string => {
  const span = duration(topic.windowMinutes * 60_000)
  const cold = leftOut(topic)
  const without = cold.length === 0 ? "" : ` ${platformNames(cold)}: too little history, not counted.`
  const was = height(topic, now)
  if (was !== null) {
    const at = `It ${was.was} as often as usual, ${was.when}`
    const today =
      topic.observed === 0 ? `nobody named it in the last ${span}` : `${plural(topic.observed, "author")} named it in the last ${span}`
    return `${at}; ${today}.${without}`
  }
  if (topic.ratio === null || topic.surprise === null) {
    return `Mentioned by ${plural(topic.observed, "author")} in ${span}. There is too little history yet to say whether that is unusual.`
  }
  return `${comparison(topic.ratio)}: ${plural(topic.observed, "author")} in ${span}, where ${expectation(topic.expected)} are usual.${without}`
}

/** Platforms a rise has reached, first first. */
export const arrivals = (topic: TrendingTopic): ReadonlyArray<{ readonly platform: string; readonly at: number }> =>
  topic.platforms
    .flatMap(({ platform, arrivedAt }) => (arrivedAt === null ? [] : [{ platform, at: Date.parse(arrivedAt) }]))
    .sort((a, b) => a.at - b.at || a.platform.localeCompare(b.platform))

/** When a rise began: where it was first seen, else as the topic says; null when there is none. */
export const beganAt = (topic: TrendingTopic): number | null =>
  topic.since === null ? null : (arrivals(topic)[0]?.at ?? Date.parse(topic.since))

/** "Began on Bluesky 14:05, Hacker News +22 min": where and when a rise began; null when there is none. */
export const beginning = (topic: TrendingTopic, now: number): string | null => {
  if (topic.since === null) return null
  const [first, ...later] = arrivals(topic)
  if (first === undefined) return `Began ${clock(Date.parse(topic.since), now)}`
  return [
    `Began on ${platformName(first.platform)} ${clock(first.at, now)}`,
    ...later.map(({ platform, at }) => `${platformName(platform)} +${duration(at - first.at)}`),
  ].join(", ")
}

/** −.41, +.08, "neutral": a mean sentiment between −1 and 1. */
export const signed = (compound: number): string => {
  const size = Math.abs(compound).toFixed(2)
  if (size === "0.00") return "neutral"
  return `${compound < 0 ? "−" : "+"}${size === "1.00" ? "1.0" : size.slice(1)}`
}
