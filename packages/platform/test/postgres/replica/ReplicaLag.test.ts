import { assert, describe, it } from "@effect/vitest"
import * as ReplicaLag from "../../../src/postgres/replica/ReplicaLag.ts"

const at = (millis: number, wall = millis): ReplicaLag.Moment => ({ steady: millis, wall: 1e12 + wall })

describe("how far a replica is behind", () => {
  it("is not known before it has replayed a place where the primary was", () => {
    const lag = ReplicaLag.make()
    assert.isNull(lag.behind(at(0)))
    lag.mark(at(0), 100n)
    lag.replayed(99n)
    assert.isNull(lag.behind(at(1)))
    lag.replayed(100n)
    assert.strictEqual(lag.behind(at(1)), 1)
  })

  it("is the age of the newest place that it has replayed, on an idle primary too", () => {
    const lag = ReplicaLag.make()
    lag.mark(at(0), 100n)
    lag.mark(at(1_000), 200n)
    lag.mark(at(2_000), 300n)
    lag.replayed(250n)
    assert.strictEqual(lag.behind(at(2_500)), 1_500)
    lag.replayed(300n)
    for (const time of [3_000, 4_000, 600_000]) {
      lag.mark(at(time), 300n)
      lag.replayed(300n)
      assert.strictEqual(lag.behind(at(time + 7)), 7)
    }
  })

  it("grows while nothing is replayed", () => {
    const lag = ReplicaLag.make()
    lag.mark(at(0), 100n)
    lag.replayed(100n)
    for (let time = 1_000; time <= 60_000; time += 1_000) {
      lag.mark(at(time), BigInt(100 + time))
      lag.replayed(100n)
      assert.strictEqual(lag.behind(at(time)), time)
    }
  })

  it("is not known of a replica that started again on older data, nor after the primary went back", () => {
    const lag = ReplicaLag.make()
    lag.mark(at(0), 100n)
    lag.mark(at(1_000), 200n)
    lag.replayed(200n)
    assert.isTrue(lag.covers(200n))
    assert.isFalse(lag.covers(199n))
    lag.replayed(150n)
    assert.isNull(lag.behind(at(1_001)))
    assert.isFalse(lag.covers(200n))
    lag.replayed(200n)
    assert.strictEqual(lag.behind(at(1_001)), 1)
    lag.mark(at(2_000), 50n)
    lag.replayed(40n)
    assert.isNull(lag.behind(at(2_001)))
  })

  it("is counted by the clock that says more: one can be set, the other sleeps with the machine", () => {
    const lag = ReplicaLag.make()
    lag.mark(at(0), 100n)
    lag.replayed(100n)
    assert.strictEqual(lag.behind(at(500, -3_600_000)), 500)
    assert.strictEqual(lag.behind(at(500, 3_600_000)), 3_600_000)
  })

  it("is right and bounded for a replica that stays away for days", () => {
    const lag = ReplicaLag.make()
    lag.mark(at(0), 1n)
    lag.replayed(1n)
    for (let time = 1; time <= 40_000; time++) lag.mark(at(time), BigInt(time + 1))
    assert.strictEqual(lag.behind(at(40_000)), 40_000)
    lag.replayed(40_001n)
    assert.strictEqual(lag.behind(at(40_000)), 0)
  })
})
