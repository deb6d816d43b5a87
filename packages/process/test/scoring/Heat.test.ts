import { assert, describe, it } from "@effect/vitest"
import { ageBucket, emptyReference, fade, heat, type HeatSample, learn } from "../../src/scoring/Heat.ts"
import { numbersFrom } from "../reading/recorded.ts"

const HOUR = 3_600_000
const sample = (velocity: number | null, platform = "hackernews", ageMs = HOUR / 2): HeatSample => ({ platform, ageMs, velocity })

describe("Heat", () => {
  const next = numbersFrom(1)
  const reference = learn(
    emptyReference,
    Array.from({ length: 5_000 }, () => sample(Math.exp(next() * 8) / 3600)),
  )

  it("is 0 without a velocity upwards", () => {
    for (const velocity of [null, 0, -1, Number.NaN]) assert.strictEqual(heat(sample(velocity), reference), 0)
  })

  it("is the percentile among signals of the platform and age", () => {
    for (const percentile of [0.25, 0.5, 0.75, 0.95]) {
      assert.closeTo(heat(sample(Math.exp(percentile * 8) / 3600), reference), percentile, 0.04)
    }
  })

  it("rises with velocity and stays within 0 and 1", () => {
    let last = 0
    for (const velocity of [1e-6, 1e-4, 1e-2, 1, 100, 1e6, Number.POSITIVE_INFINITY]) {
      const value = heat(sample(velocity), reference)
      assert.isTrue(value >= last && value <= 1)
      last = value
    }
  })

  it("ranks another platform and another age by themselves", () => {
    const slow = learn(
      reference,
      Array.from({ length: 1_000 }, () => sample(1 / 3600, "bluesky")),
    )
    assert.isAbove(heat(sample(10 / 3600, "bluesky"), slow), 0.9)
    assert.closeTo(heat(sample(10 / 3600), slow), heat(sample(10 / 3600), reference), 1e-12)
    assert.notStrictEqual(ageBucket(HOUR / 2), ageBucket(48 * HOUR))
  })

  it("ranks by size while nothing is known", () => {
    assert.isBelow(heat(sample(1 / 3600), emptyReference), heat(sample(1), emptyReference))
  })

  it("keeps a bounded number of curves, whatever the platforms are called", () => {
    const flooded = learn(
      emptyReference,
      Array.from({ length: 5_000 }, (_, i) => sample(1, `platform${i}`)),
    )
    assert.isAtMost(flooded.curves.size, 512)
  })

  it("forgets what has faded", () => {
    const risen = learn(
      fade(reference, 0.001),
      Array.from({ length: 500 }, () => sample(Math.exp(7.9) / 3600)),
    )
    assert.isBelow(heat(sample(Math.exp(6) / 3600), risen), 0.2)
  })
})
