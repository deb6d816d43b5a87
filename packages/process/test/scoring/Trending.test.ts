import { assert, describe, it } from "@effect/vitest"
import { trending } from "../../src/scoring/Trending.ts"

const thresholds = { velocityHigh: 50, velocityLow: 10, sentimentMin: 0.5, commentMin: 100 }

describe("Trending", () => {
  const rows: ReadonlyArray<
    readonly [velocity: number | null, compound: number | null, comments: number | null, score: number, isTrending: boolean]
  > = [
    [null, null, null, 0, false],
    [50.1, null, null, 0.4, false],
    [50, null, null, 0.2, false],
    [10, null, null, 0, false],
    [10.1, 0.51, null, 0.4, false],
    [10.1, -0.51, 101, 0.6, true],
    [50.1, 0.5, 100, 0.4, false],
    [50.1, 0.9, 5, 0.6, true],
    [51, -0.9, 101, 0.8, true],
    [-90, 0, 0, 0, false],
  ]
  for (const [velocity, compound, comments, score, isTrending] of rows) {
    it(`gives ${score} for velocity ${velocity}, sentiment ${compound}, comments ${comments}`, () => {
      assert.deepStrictEqual(trending({ velocity, compound, comments }, thresholds), { score, isTrending })
    })
  }
})
