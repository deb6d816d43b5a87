import { assert, describe, it } from "@effect/vitest"
import { defaults } from "@signalflow/domain/Settings"
import { plan, refreshEvery, tiersOf } from "../src/PollPlan.ts"

const MINUTE = 60_000
const tiers = tiersOf(defaults)

describe("the poll plan", () => {
  it("slows down with age, then stops", () => {
    const ages = [0, 4.9, 5, 59, 60, 1_439, 1_440, 100_000]
    assert.deepStrictEqual(
      ages.map((age) => refreshEvery(age * MINUTE, tiers)),
      [5 * MINUTE, 5 * MINUTE, 30 * MINUTE, 30 * MINUTE, 120 * MINUTE, 120 * MINUTE, null, null],
    )
  })

  it("names what is due, the most overdue first, and what has become too old", () => {
    const now = 10_000 * MINUTE
    const tracked = new Map([
      ["fresh", { publishedAt: now - MINUTE, observedAt: now - MINUTE }],
      ["young", { publishedAt: now - 4 * MINUTE, observedAt: now - 6 * MINUTE }],
      ["middle", { publishedAt: now - 50 * MINUTE, observedAt: now - 90 * MINUTE }],
      ["slow", { publishedAt: now - 300 * MINUTE, observedAt: now - 119 * MINUTE }],
      ["old", { publishedAt: now - 2_000 * MINUTE, observedAt: now - 500 * MINUTE }],
    ])
    assert.deepStrictEqual(plan(tracked, now, tiers), { due: ["middle", "young"], expired: ["old"] })
  })
})
