import { assert, describe, it } from "@effect/vitest"
import { RateWindow } from "../../../src/sources/reddit/RateWindow.ts"
import { isRecorded } from "../../Recorded.ts"
import { interactionsOf } from "./Cassettes.ts"

const now = Date.UTC(2026, 10, 22)
const headers = (used: number, remaining: number, reset: number) => ({
  "x-ratelimit-used": String(used),
  "x-ratelimit-remaining": `${remaining}.0`,
  "x-ratelimit-reset": String(reset),
})

describe("the rate window", () => {
  it("lets one request find out, and then as many as the answer leaves", () => {
    const window = new RateWindow()
    assert.strictEqual(window.delay(now, "first").ms, 0)
    window.begin(now, "first")
    assert.isAbove(window.delay(now, "first").ms, 0)
    window.note(headers(1, 2, 60), now)
    window.end()
    for (let i = 0; i < 2; i++) {
      assert.strictEqual(window.delay(now, "first").ms, 0)
      window.begin(now, "first")
    }
    assert.strictEqual(window.delay(now, "first").ms, 60_000)
    assert.strictEqual(window.delay(now + 59_000, "first").ms, 1_000)
  })

  it("keeps a share for those who are more urgent", () => {
    const window = new RateWindow()
    window.note(headers(75, 25, 60), now)
    assert.strictEqual(window.delay(now, "first").ms, 0)
    assert.strictEqual(window.delay(now, "second").ms, 0)
    assert.strictEqual(window.delay(now, "last").ms, 60_000)
    window.note(headers(91, 9, 60), now)
    assert.strictEqual(window.delay(now, "second").ms, 60_000)
    assert.strictEqual(window.delay(now, "first").ms, 0)
  })

  it("spreads the leisurely over what is left of the window", () => {
    const window = new RateWindow()
    window.note(headers(0, 100, 70), now)
    assert.strictEqual(window.delay(now, "last").ms, 0)
    window.begin(now, "last")
    window.end()
    assert.approximately(window.delay(now, "last").ms, 1_000, 20)
    assert.strictEqual(window.delay(now + 1_001, "last").ms, 0)
  })

  it("believes the smaller of two answers that overtook each other, and every answer of a new window", () => {
    const window = new RateWindow()
    window.note(headers(10, 90, 60), now)
    window.note(headers(9, 91, 60), now + 100)
    assert.strictEqual(window.left(now + 200), 90)
    window.note(headers(1, 99, 60), now + 61_000)
    assert.strictEqual(window.left(now + 61_000), 99)
  })

  it("ignores headers that are no numbers", () => {
    const window = new RateWindow()
    for (const value of ["", "x", "-1", "NaN"]) window.note({ "x-ratelimit-remaining": value, "x-ratelimit-reset": "60" }, now)
    assert.isNull(window.left(now))
  })

  it("stays closed as long as it was asked to, or for a growing time", () => {
    const window = new RateWindow()
    assert.strictEqual(window.failed(now, "429", 7_000, 0), 7_000)
    assert.deepStrictEqual(window.delay(now, "first"), { ms: 7_000, why: "429" })
    const waits = [1, 2, 3, 4].map((i) => window.failed(now + i * 1_000_000, "502", undefined, 1))
    assert.deepStrictEqual(waits, [2_000, 4_000, 8_000, 16_000])
    window.succeeded()
    assert.strictEqual(window.failed(now + 9_000_000, "502", undefined, 1), 1_000)
  })

  it.skipIf(!isRecorded)("reads the headers that Reddit sent", () => {
    const window = new RateWindow()
    const [, forbidden] = interactionsOf("cassettes/praw/TestInbox.test_message__unauthorized.json")
    window.note(forbidden!.headers, now)
    assert.strictEqual(window.left(now), 9_322)
    assert.strictEqual(window.left(now + 51_000), null)
  })
})
