import { assert, describe, it } from "@effect/vitest"
import { baselines, expectation, HISTORY_NEEDED, WINDOW, windowSums } from "../../../src/trends/bursts/Baseline.ts"
import { judge, type PlatformWindows, RARE } from "../../../src/trends/bursts/Detector.ts"
import { surprise } from "../../../src/trends/bursts/Surprise.ts"
import { chance, type Chance } from "../Chance.ts"

const DAYS = 3
const LENGTH = DAYS * 96

/** How many people are awake: 0.3 to 1.7 over a day. */
const hours = (i: number) => 1 + 0.7 * Math.sin((i / 96) * 2 * Math.PI)

const platform = (rng: Chance, length = LENGTH, mean = 200) => Array.from({ length }, (_, i) => rng.poisson(mean * hours(i)))

const topic = (rng: Chance, mean: number, length = LENGTH) => Array.from({ length }, (_, i) => rng.poisson(mean * hours(i)))

/** The windows that end with each of the last buckets, the newest first. */
const windowsOf = (people: ReadonlyArray<number>, volumes: ReadonlyArray<number>, name = "bluesky"): PlatformWindows => {
  const steps = Math.min(97, people.length)
  const ends = Array.from({ length: steps }, (_, step) => people.length - 1 - step)
  const learned = baselines(people, volumes, ends.map((end) => end - WINDOW).reverse())
  const peopleSums = windowSums(people)
  const volumeSums = windowSums(volumes)
  return {
    platform: name,
    observed: ends.map((end) => peopleSums[end]!),
    volumes: ends.map((end) => volumeSums[end]!),
    baselines: [...learned].reverse(),
    repeat: 1,
  }
}

const judged = (people: ReadonlyArray<number>, volumes: ReadonlyArray<number>) => judge([windowsOf(people, volumes)])

const raised = (people: ReadonlyArray<number>, from: number, to: number, by: (i: number) => number) =>
  people.map((count, i) => (i >= from && i < to ? count + by(i) : count))

describe("Bursts", () => {
  it("a burst of 8 more people a bucket on a mean of 1 is found within its first hour, and dated", () => {
    let found = 0
    const rng = chance(1)
    for (let run = 0; run < 50; run++) {
      const volumes = platform(rng)
      const people = raised(topic(rng, 1), LENGTH - 4, LENGTH, () => rng.poisson(8))
      const rise = judged(people, volumes)
      if (rise.state === "rising") {
        found++
        assert.isAtMost(rise.begun!, 6)
        assert.isAbove(rise.observed / rise.expected, 1.5)
      }
    }
    assert.isAtLeast(found, 47)
  })

  it("steady topics do not rise: none of 600 series over a day", () => {
    const rng = chance(2)
    let risen = 0
    for (let run = 0; run < 600; run++) {
      const volumes = platform(rng)
      const rise = judged(topic(rng, [0.02, 0.2, 1, 5, 30][run % 5]!), volumes)
      if (rise.begun !== null) risen++
    }
    assert.strictEqual(risen, 0)
  })

  it("over-dispersed topics teach their spread and do not rise either", () => {
    const rng = chance(3)
    let risen = 0
    for (let run = 0; run < 200; run++) {
      const people = Array.from({ length: LENGTH }, (_, i) => rng.poisson(3 * hours(i) * (rng.next() < 0.3 ? 2.4 : 0.4)))
      if (judged(people, platform(rng)).begun !== null) risen++
    }
    assert.isAtMost(risen, 1)
  })

  it("a busy hour of the whole platform raises nothing", () => {
    const rng = chance(4)
    for (let run = 0; run < 60; run++) {
      const busy = (counts: ReadonlyArray<number>) => raised(counts, LENGTH - 4, LENGTH, (i) => 2 * counts[i]!)
      const rise = judged(busy(topic(rng, [0.5, 3, 10][run % 3]!)), busy(platform(rng)))
      assert.strictEqual(rise.state, "steady")
    }
  })

  it("an outage raises nothing, teaches nothing and does not hide the rise after it", () => {
    const rng = chance(5)
    const out = (counts: ReadonlyArray<number>) => counts.map((count, i) => (i >= LENGTH - 60 && i < LENGTH - 20 ? 0 : count))
    for (let run = 0; run < 40; run++) {
      const volumes = out(platform(rng))
      const people = out(topic(rng, 3))
      assert.strictEqual(judged(people, volumes).begun, null)
      const before = baselines(people, volumes, [LENGTH - 61])[0]!
      const after = baselines(people, volumes, [LENGTH - 21])[0]!
      assert.isBelow(after.known - before.known, WINDOW)
      assert.closeTo(expectation(after, 1_600).mean, expectation(before, 1_600).mean, 0.1 * expectation(before, 1_600).mean)
      const risen = raised(people, LENGTH - 4, LENGTH, () => rng.poisson(20))
      assert.strictEqual(judged(risen, volumes).state, "rising")
    }
  })

  it("a thin sample of the past does not make the full stream of today a rise", () => {
    const rng = chance(6)
    let risen = 0
    for (let run = 0; run < 200; run++) {
      const thin = LENGTH - WINDOW
      const volumes = Array.from({ length: LENGTH }, (_, i) => rng.poisson(i < thin ? 2 : 400))
      const people = Array.from({ length: LENGTH }, (_, i) => rng.poisson([0.003, 0.006, 0.05][run % 3]! * (i < thin ? 2 : 400)))
      if (judged(people, volumes).begun !== null) risen++
    }
    assert.isAtMost(risen, 1)
  })

  it("a burst is winsorised: the next day still expects about what was usual", () => {
    const rng = chance(7)
    const volumes = platform(rng)
    const people = topic(rng, 1)
    const burst = raised(people, 150, 154, () => 500)
    const usual = expectation(baselines(people, volumes, [LENGTH - 1])[0]!, 1_600).mean
    assert.isBelow(expectation(baselines(burst, volumes, [LENGTH - 1])[0]!, 1_600).mean, usual * 2)
  })

  it("a rise cools when it falls below its peak, and is forgotten after a day", () => {
    const rng = chance(8)
    const volumes = platform(rng)
    const people = topic(rng, 1)
    const cooled = judged(
      raised(people, LENGTH - 30, LENGTH - 20, () => 15),
      volumes,
    )
    assert.strictEqual(cooled.state, "cooling")
    assert.isAtLeast(cooled.begun!, 28)
    assert.isAtMost(cooled.begun!, 31)
    assert.strictEqual(
      judged(
        raised(people, 100, 110, () => 15),
        volumes,
      ).state,
      "steady",
    )
  })

  it("as many again as at its peak of today are a rise again, not one that cools, though it taught the topic to be restless", () => {
    const rng = chance(11)
    for (let run = 0; run < 20; run++) {
      const volumes = platform(rng)
      const before = raised(topic(rng, 0.05), LENGTH - 70, LENGTH - 60, () => rng.poisson(10))
      const fewer = raised(before, LENGTH - 6, LENGTH, () => rng.poisson(5))
      const asMany = raised(before, LENGTH - 6, LENGTH, (i) => rng.poisson(6 * (i - LENGTH + 7)))
      assert.strictEqual(judged(before, volumes).state, "cooling")
      assert.strictEqual(judged(fewer, volumes).state, "cooling")
      const again = judged(asMany, volumes)
      assert.isBelow(again.surprise!, RARE)
      assert.deepInclude(again, { state: "rising", peak: 0 })
      assert.isAtMost(again.begun!, 6)
    }
  })

  it("is cold below 24 hours of history, and then counts without a verdict", () => {
    const rng = chance(9)
    const length = HISTORY_NEEDED + WINDOW - 1
    const volumes = platform(rng, length)
    const people = raised(topic(rng, 1, length), length - 4, length, () => 30)
    const cold = judged(people, volumes)
    assert.deepInclude(cold, { state: "cold", surprise: null, begun: null })
    assert.isAtLeast(cold.observed, 120)
    const longer = platform(rng, length + 1)
    assert.strictEqual(
      judged(
        raised(topic(rng, 1, length + 1), length - 3, length + 1, () => 30),
        longer,
      ).state,
      "rising",
    )
  })

  it("four people are no rise, however rare", () => {
    const rng = chance(10)
    const volumes = platform(rng, LENGTH, 20_000)
    const none = Array.from({ length: LENGTH }, () => 0)
    assert.strictEqual(
      judged(
        raised(none, LENGTH - 1, LENGTH, () => 4),
        volumes,
      ).state,
      "steady",
    )
    assert.isAbove(surprise(12, 1.6, 1.68), RARE)
  })

  it("platforms add up, and each is dated by its own rise", () => {
    const rng = chance(11)
    const first = windowsOf(
      raised(topic(rng, 1), LENGTH - 12, LENGTH, () => 12),
      platform(rng),
      "hackernews",
    )
    const second = windowsOf(
      raised(topic(rng, 1), LENGTH - 4, LENGTH, () => 12),
      platform(rng),
      "bluesky",
    )
    const quiet = windowsOf(topic(rng, 1), platform(rng), "reddit")
    const rise = judge([first, second, quiet])
    assert.strictEqual(rise.state, "rising")
    assert.strictEqual(rise.observed, first.observed[0]! + second.observed[0]! + quiet.observed[0]!)
    const [a, b, c] = rise.platforms
    assert.isAbove(a!.begun!, b!.begun!)
    assert.isNull(c!.begun)
  })
})
