import { assert, describe, it } from "@effect/vitest"
import { addressKey } from "../../src/access/Address.ts"
import { quotaHeaders, SlidingWindow } from "../../src/access/RateLimits.ts"

describe("rate limits", () => {
  it("let so many through in a minute, and say when to come back", () => {
    const window = new SlidingWindow()
    const start = 120_000
    for (let i = 0; i < 100; i++) assert.isTrue(window.take("a", 100, start + i).allowed, String(i))
    const refused = window.take("a", 100, start + 1_000)
    assert.isFalse(refused.allowed)
    assert.strictEqual(refused.remaining, 0)
    assert.isTrue(window.take("b", 100, start + 1_000).allowed)
    assert.isFalse(window.take("a", 100, start + 1_000 + (refused.retryAfter - 2) * 1_000).allowed)
    assert.isTrue(window.take("a", 100, start + 1_000 + refused.retryAfter * 1_000).allowed)
  })

  it("slide: no burst of twice the limit around the turn of the minute", () => {
    const window = new SlidingWindow()
    for (let i = 0; i < 100; i++) window.take("a", 100, 179_000)
    let allowed = 0
    for (let i = 0; i < 100; i++) if (window.take("a", 100, 181_000).allowed) allowed++
    assert.isAtMost(allowed, 2)
    assert.isTrue(window.take("a", 100, 400_000).allowed)
  })

  it("keep a bounded number of keys, the ones in use", () => {
    const window = new SlidingWindow(100)
    for (let i = 0; i < 5; i++) window.take("busy", 5, 60_000)
    for (let i = 0; i < 1_000; i++) {
      window.take(`key ${i}`, 5, 60_000)
      window.take("busy", 5, 60_000)
    }
    assert.strictEqual(window.size, 100)
    assert.isFalse(window.take("busy", 5, 60_000).allowed)
  })

  it("are told in headers", () => {
    const window = new SlidingWindow()
    assert.deepStrictEqual(quotaHeaders(window.take("a", 1, 60_000)), {
      "x-ratelimit-limit": "1",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": "60",
    })
    assert.strictEqual(quotaHeaders(window.take("a", 1, 60_000))["retry-after"], "120")
  })

  it("count an IPv6 subscriber by network, an IPv4 one by address", () => {
    assert.strictEqual(addressKey("::ffff:10.0.0.7"), "10.0.0.7")
    assert.strictEqual(addressKey("10.0.0.7"), "10.0.0.7")
    assert.strictEqual(addressKey("2001:db8:1:2:aaaa::1"), addressKey("2001:db8:1:2:bbbb::2"))
    assert.notStrictEqual(addressKey("2001:db8:1:2::1"), addressKey("2001:db8:1:3::1"))
    assert.strictEqual(addressKey("::1"), "0:0:0:0::/64")
    assert.strictEqual(addressKey(undefined), "unknown")
  })
})
