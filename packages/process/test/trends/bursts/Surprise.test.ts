import { assert, describe, it } from "@effect/vitest"
import { surprise } from "../../../src/trends/bursts/Surprise.ts"
import { chance } from "../Chance.ts"

/** The same by adding up the probabilities, each from the one before it. */
const summed = (count: number, mean: number, variance: number): number => {
  const p = mean / variance
  const r = (mean * mean) / (variance - mean)
  let term = p ** r
  let below = 0
  let k = 0
  for (; k < count; k++) {
    below += term
    term *= ((k + r) / (k + 1)) * (1 - p)
  }
  let above = 0
  for (; k < count + 100_000 && (k < mean + 10 || term > above * 1e-17); k++) {
    above += term
    term *= ((k + r) / (k + 1)) * (1 - p)
  }
  return -Math.log10(above > 0.5 ? 1 - below : above)
}

describe("surprise", () => {
  it("equals the sum of the probabilities", () => {
    const rng = chance(1)
    for (let i = 0; i < 2_000; i++) {
      const mean = 10 ** (rng.next() * 3.5 - 1.5)
      const variance = mean * (1.05 + (rng.next() < 0.5 ? rng.next() : rng.next() * 30))
      const count = 1 + rng.int(Math.ceil(mean * 3 + 20))
      const expected = summed(count, mean, variance)
      if (!(expected < 250)) continue
      const found = surprise(count, mean, variance)
      assert.isBelow(
        Math.abs(found - expected),
        1e-8 * (1 + expected),
        `count ${count}, mean ${mean}, variance ${variance}: ${found}, not ${expected}`,
      )
    }
  })

  it("is known for a geometric distribution, far into its tail", () => {
    // r = 1, mean 1, variance 2: P[X ≥ c] = 2^−c.
    for (const count of [1, 10, 100, 1_000, 3_000]) assert.closeTo(surprise(count, 1, 2), count * Math.log10(2), 1e-6 * count)
  })

  it("rises with the count, and falls with the mean and, in the tail, with the spread", () => {
    for (const mean of [0.3, 2, 30, 1_000, 1e6]) {
      let before = 0
      for (let excess = 1; excess < 60; excess++) {
        const count = Math.round(mean) + excess
        const here = surprise(count, mean, mean * 1.5)
        assert.isAtLeast(here, before)
        assert.isAtMost(surprise(count, mean * 1.1, mean * 1.65), here)
        if (count > mean + 2 * Math.sqrt(mean * 3)) assert.isAtMost(surprise(count, mean, mean * 3), here)
        before = here
      }
    }
  })

  it("is finite and bounded for any input", () => {
    assert.strictEqual(surprise(0, 5, 6), 0)
    assert.strictEqual(surprise(5, 0, 0), 0)
    assert.strictEqual(surprise(5, Number.NaN, 1), 0)
    assert.strictEqual(surprise(10_000_000, 1, 1.05), 1_000)
    const large = surprise(1_001_000, 1_000_000, 1_100_000)
    assert.isAbove(large, 0.7)
    assert.isBelow(large, 0.85)
    for (const count of [1, 1e3, 1e6, 1e9]) for (const mean of [1e-6, 1, 1e6]) assert.isTrue(Number.isFinite(surprise(count, mean, mean)))
  })
})
