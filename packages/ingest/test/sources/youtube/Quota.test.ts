import { assert, describe, it } from "@effect/vitest"
import { pacificDayOf } from "../../../src/sources/youtube/PacificDay.ts"
import { type Bucket, type Limits, Quota } from "../../../src/sources/youtube/Quota.ts"

const HOUR = 3_600_000
const limits: Limits = { units: 10_000, searches: 100 }
/** Midnight in California. */
const midnight = Date.UTC(2026, 10, 22, 8)

/** Calls that are let through until `to`, by somebody who always wants one more. */
const spend = (quota: Quota, bucket: Bucket, from: number, to: number) => {
  let calls = 0
  let now = from
  while (now < to) {
    const admission = quota.take(bucket, now)
    if (admission._tag === "Taken") calls++
    else if (admission._tag === "Wait") now = admission.until
    else return { calls, gone: now }
  }
  return { calls, gone: null }
}

describe("a day of the quota", () => {
  it("goes from midnight to midnight in California, in summer and in winter", () => {
    const july = pacificDayOf(Date.UTC(2026, 6, 4, 6, 59, 59))
    assert.deepStrictEqual(july, { name: "2026-07-03", from: Date.UTC(2026, 6, 3, 7), resetAt: Date.UTC(2026, 6, 4, 7) })
    assert.strictEqual(pacificDayOf(july.resetAt).name, "2026-07-04")
    assert.deepInclude(pacificDayOf(midnight), { name: "2026-11-22", from: midnight, resetAt: midnight + 24 * HOUR })
    assert.strictEqual(pacificDayOf(midnight - 1).name, "2026-11-21")
  })

  it("has 23 hours when clocks go forward and 25 when they go back", () => {
    const spring = pacificDayOf(Date.UTC(2026, 2, 8, 20))
    const autumn = pacificDayOf(Date.UTC(2026, 10, 1, 20))
    assert.deepStrictEqual([spring.name, (spring.resetAt - spring.from) / HOUR], ["2026-03-08", 23])
    assert.deepStrictEqual([autumn.name, (autumn.resetAt - autumn.from) / HOUR], ["2026-11-01", 25])
  })
})

describe("the account of the quota", () => {
  it("lasts the day to its end, and never gives more than there is", () => {
    const quota = new Quota(limits, null, midnight)
    const morning = spend(quota, "units", midnight, midnight + 6 * HOUR)
    assert.closeTo(morning.calls, 2_500 + 150, 50)
    const rest = spend(quota, "units", midnight + 6 * HOUR, midnight + 24 * HOUR - 1_000)
    assert.isAbove(rest.gone ?? Infinity, midnight + 24 * HOUR - 60_000)
    assert.isAtMost(morning.calls + rest.calls, 10_000)
    assert.isAbove(morning.calls + rest.calls, 9_900)
  })

  it("is new at midnight in California, also on the days that clocks change", () => {
    for (const noon of [Date.UTC(2026, 2, 8, 19), Date.UTC(2026, 10, 1, 20)]) {
      const { resetAt } = pacificDayOf(noon)
      const quota = new Quota({ units: 20, searches: 5 }, null, noon)
      quota.refused("units", "spent", noon)
      assert.deepStrictEqual(quota.take("units", resetAt - 1), { _tag: "Gone", until: resetAt, why: "spent" })
      assert.deepStrictEqual(quota.take("units", resetAt), { _tag: "Taken" })
      assert.strictEqual(quota.left("units", resetAt), 19)
    }
  })

  it("keeps what an earlier program spent of the same day, and forgets another day's", () => {
    const first = new Quota(limits, null, midnight)
    spend(first, "units", midnight, midnight + HOUR)
    spend(first, "searches", midnight, midnight + HOUR)
    const stored = JSON.parse(JSON.stringify(first.spent(midnight + HOUR))) as unknown
    const second = new Quota(limits, stored, midnight + HOUR)
    for (const bucket of ["units", "searches"] as const)
      assert.strictEqual(second.left(bucket, midnight + HOUR), first.left(bucket, midnight + HOUR))
    assert.isBelow(second.left("units", midnight + HOUR), 10_000)
    assert.strictEqual(new Quota(limits, stored, midnight + 24 * HOUR).left("units", midnight + 24 * HOUR), 10_000)
    for (const nonsense of [null, 5, { day: "2026-11-22", units: -4, searches: 0 }, { day: 3 }])
      assert.strictEqual(new Quota(limits, nonsense, midnight).left("units", midnight), 10_000)
  })

  it("gives its few searches hours apart, whatever the units do", () => {
    const quota = new Quota(limits, null, midnight)
    quota.refused("units", "spent", midnight)
    const { calls } = spend(quota, "searches", midnight, midnight + 12 * HOUR)
    assert.isTrue(calls > 48 && calls < 54, `${calls}`)
  })

  it("is not opened again by a clock that is set back", () => {
    const quota = new Quota({ units: 3, searches: 3 }, null, midnight + HOUR)
    quota.refused("units", "spent", midnight + HOUR)
    assert.strictEqual(quota.take("units", midnight - HOUR)._tag, "Gone")
  })
})
