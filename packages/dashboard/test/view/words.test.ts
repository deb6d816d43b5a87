import { assert, describe, it } from "@effect/vitest"
import { ago, clock, duration } from "../../src/view/time.ts"
import {
  authorName,
  beginning,
  bylineOf,
  chance,
  evidence,
  expectation,
  height,
  leftOut,
  probability,
  signed,
  times,
} from "../../src/view/words.ts"
import { at, NOON, topic } from "../Fixtures.ts"

const plain = (text: string | null) => text?.replaceAll("\u00a0", " ") ?? null
const MINUTE = 60_000

describe("the words", () => {
  it("say why a topic stands where it stands", () => {
    assert.strictEqual(
      plain(evidence(topic("a"), NOON)),
      "Mentioned 38 times as often as usual for this hour: 81 authors in 2 h, where 2.1 are usual.",
    )
    assert.strictEqual(
      plain(evidence(topic("a", { ratio: 1, expected: 80, surprise: 0.3 }), NOON)),
      "Mentioned about as often as usual for this hour: 81 authors in 2 h, where 80 are usual.",
    )
    assert.match(evidence(topic("a", { ratio: 0.4, surprise: 0 }), NOON), /^Mentioned less often than usual/)
    assert.match(evidence(topic("a", { ratio: null, surprise: null }), NOON), /too little history/)
  })

  it("give the odds in words before the figure", () => {
    assert.match(chance(0.4), /often/)
    assert.match(chance(1.2), /once in ten$/)
    assert.match(chance(6.9), /once in a million$/)
    assert.match(chance(56), /less than once in a billion$/)
  })

  it("name the platforms that the totals leave out", () => {
    const platforms = [
      { platform: "bluesky", arrivedAt: null, observed: 81, expected: 2.1, counted: true },
      { platform: "reddit", arrivedAt: null, observed: 4, expected: 0.3, counted: false },
      { platform: "youtube", arrivedAt: null, observed: 2, expected: 0.3, counted: false },
      { platform: "hackernews", arrivedAt: null, observed: 0, expected: 0.3, counted: false },
    ]
    assert.deepStrictEqual(leftOut(topic("a", { platforms })), ["reddit", "youtube"])
    assert.match(evidence(topic("a", { platforms }), NOON), /Reddit and YouTube: too little history, not counted\.$/)
  })

  it("tell the height of what has cooled, and no zero", () => {
    const cooled = topic("a", {
      state: "cooling",
      observed: 0,
      ratio: 0,
      peak: { at: at(-5 * 3_600), observed: 50, expected: 2.1, ratio: 23.8 },
    })
    assert.deepStrictEqual(height(cooled, NOON), { was: "was 24×", when: "5\u00a0h ago" })
    assert.strictEqual(plain(evidence(cooled, NOON)), "It was 24× as often as usual, 5 h ago; nobody named it in the last 2 h.")
    assert.isNull(height(topic("a"), NOON))
  })

  it("know an author by a name or not at all, and a channel that is its own author once", () => {
    assert.deepStrictEqual(["mira.bsky.social", "did:plc:o2ppjutm3k2hxyz", "did:web:example.org", "", null].map(authorName), [
      "mira.bsky.social",
      null,
      null,
      null,
      null,
    ])
    assert.deepStrictEqual(bylineOf({ author: "Stack Traced", community: "stack traced" }), { name: "Stack Traced", place: null })
    assert.deepStrictEqual(bylineOf({ author: "mira", community: "science" }), { name: "mira", place: "science" })
    assert.deepStrictEqual(bylineOf({ author: "did:plc:abc", community: null }), { name: null, place: null })
    const named = { author: "did:plc:abc", authorName: "mira.bsky.social", community: null }
    assert.deepStrictEqual(bylineOf(named), { name: "mira.bsky.social", place: null })
  })

  it("say where a rise began and how it went on, in the order of arrival", () => {
    const words = plain(beginning(topic("a"), NOON)) ?? ""
    assert.match(words, /^Began on Bluesky (yesterday )?\d\d:\d\d, Hacker News \+22 min$/)
    assert.strictEqual(beginning(topic("a", { since: null }), NOON), null)
  })

  it("are as exact as they deserve", () => {
    assert.deepStrictEqual([38.4, 9.96, 2.44, 1, 0.4, 5_000].map(times), ["38×", "10×", "2.4×", "1×", "0.4×", "999+×"])
    assert.deepStrictEqual([140.3, 2.14, 0.043, 0.001, 0].map(expectation), ["140", "2.1", "0.04", "under 0.01", "0"])
    assert.deepStrictEqual([0, 1.3, 2, 9.4, 21].map(probability), ["p = 1.00", "p = 0.05", "p < 10⁻²", "p < 10⁻⁹", "p < 10⁻²¹"])
    assert.deepStrictEqual([-0.41, 0.08, 0, -0.001, 1, -1].map(signed), ["−.41", "+.08", "neutral", "neutral", "+1.0", "−1.0"])
  })

  it("tell time in the largest unit that says enough", () => {
    assert.deepStrictEqual(
      [0, 5_000, 90_000, 3 * 60 * MINUTE, 50 * 60 * MINUTE].map((past) => plain(ago(NOON - past, NOON))),
      ["now", "5 s", "1 min", "3 h", "2 d"],
    )
    assert.deepStrictEqual(
      [20_000, 22 * MINUTE, 70 * MINUTE, 120 * MINUTE, 52 * 60 * MINUTE].map((ms) => plain(duration(ms))),
      ["20 s", "22 min", "1 h 10 min", "2 h", "2 d 4 h"],
    )
  })

  it("name the day when it is not today", () => {
    const noon = new Date(2026, 2, 1, 12, 5).getTime()
    assert.strictEqual(clock(noon, noon), "12:05")
    assert.strictEqual(clock(noon - 24 * 60 * MINUTE, noon), "yesterday 12:05")
    assert.match(clock(noon - 72 * 60 * MINUTE, noon), /, 12:05$/)
  })
})
