import { assert, describe, it } from "@effect/vitest"
import { retryAfter } from "../../../src/upstream/RetryAfter.ts"

describe("Retry-After", () => {
  const now = Date.UTC(2026, 10, 22)

  it("is seconds or a date, at most a day", () => {
    assert.strictEqual(retryAfter("120", now), 120_000)
    assert.strictEqual(retryAfter("Sun, 22 Nov 2026 00:10:00 GMT", now), 600_000)
    assert.strictEqual(retryAfter("Sat, 21 Nov 2026 00:10:00 GMT", now), 0)
    assert.strictEqual(retryAfter("999999999", now), 86_400_000)
    assert.isUndefined(retryAfter("soon", now))
    assert.isUndefined(retryAfter(undefined, now))
  })
})
