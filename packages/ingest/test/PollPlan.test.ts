import { assert, describe, it } from "@effect/vitest"
import { defaults } from "@signalflow/domain/settings/Settings"
import { firstTurn, nextBeat, plan, refreshEvery, tiersOf, turnOf } from "../src/PollPlan.ts"

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

  it("lets a turn be a little shorter or longer, as long as it should be in the mean", () => {
    assert.deepStrictEqual(
      [0, 0.5, 1].map((random) => turnOf(MINUTE, random)),
      [57_000, 60_000, 63_000],
    )
  })

  it("lets targets that begin together begin one after the other, within half a turn; a single one at once", () => {
    assert.strictEqual(firstTurn(1, MINUTE, 0.9), 0)
    assert.deepStrictEqual(
      [0, 0.5, 1].map((random) => firstTurn(9, MINUTE, random)),
      [0, 1_000, 2_000],
    )
    assert.strictEqual(firstTurn(10_000, MINUTE, 1), 30_000)
  })

  it("has the beats of a rhythm come early or late by up to a twentieth, for all who follow it at the same moment", () => {
    const beats: Array<number> = []
    for (let now = 1_795_000_000_000; beats.length < 500; now = beats.at(-1)!) beats.push(nextBeat(now, MINUTE, 17_000))
    const turns = beats.slice(1).map((at, i) => at - beats[i]!)
    assert.isTrue(turns.every((turn) => turn >= 54_000 && turn <= 66_000))
    assert.isAbove(new Set(turns).size, 400)
    assert.strictEqual(Math.round((beats.at(-1)! - beats[0]!) / 499 / 1_000), 60)
    for (const [i, at] of beats.slice(1).entries())
      for (const now of [beats[i]!, beats[i]! + 1, at - 1]) assert.strictEqual(nextBeat(now, MINUTE, 17_000), at)
    assert.notStrictEqual(nextBeat(beats[0]!, MINUTE, 17_001) - 1, nextBeat(beats[0]!, MINUTE, 17_000))
  })
})
