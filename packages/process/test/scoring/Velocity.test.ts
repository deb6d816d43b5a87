import { assert, describe, it } from "@effect/vitest"
import { velocity } from "../../src/scoring/Velocity.ts"

describe("Velocity", () => {
  it("is change per second between the observations", () => {
    assert.deepStrictEqual(velocity({ score: 10, comments: 4, at: 1_000 }, { score: 40, comments: 5, at: 11_000 }), {
      score: 3,
      comments: 0.1,
    })
  })

  it("falls with the counts", () => {
    assert.deepStrictEqual(velocity({ score: 10, comments: 4, at: 0 }, { score: 0, comments: 2, at: 2_000 }), { score: -5, comments: -1 })
  })

  it("is null without an earlier observation", () => {
    const observation = { score: 10, comments: 4, at: 1_000 }
    assert.isNull(velocity(null, observation))
    assert.isNull(velocity(observation, observation))
    assert.isNull(velocity(observation, { ...observation, at: 999 }))
    assert.isNull(velocity(observation, { ...observation, at: Number.NaN }))
  })
})
