import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { platformName } from "./platforms.ts"
import { clock, duration } from "./time.ts"

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 })

export const count = (n: number): string => grouped.format(n)
export const compact = (n: number): string => (n < 1_000 ? grouped.format(n) : short.format(n))
/** An author by name; one known by an identifier alone in few letters. */
export const authorName = (author: string | null): string => {
  if (author === null) return "author removed"
  return author.startsWith("did:") ? `${author.slice(author.lastIndexOf(":") + 1).slice(0, 8)}…` : author
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

/** Why a topic stands where it stands, in one sentence. */
export const evidence = (topic: TrendingTopic): string => {
  const span = duration(topic.windowMinutes * 60_000)
  if (topic.ratio === null || topic.surprise === null) {
    return `Mentioned by ${plural(topic.observed, "author")} in ${span}. There is too little history yet to say whether that is unusual.`
  }
  const odds = topic.surprise >= 1 ? `; ${probability(topic.surprise)}` : ""
  return `${comparison(topic.ratio)} (expected ${expectation(topic.expected)} authors in ${span}, seen ${count(topic.observed)}${odds}).`
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

/** −.41, +.08, .00: a mean sentiment between −1 and 1. */
export const signed = (compound: number): string => {
  const size = Math.abs(compound).toFixed(2)
  if (size === "0.00") return ".00"
  return `${compound < 0 ? "−" : "+"}${size === "1.00" ? "1.0" : size.slice(1)}`
}
