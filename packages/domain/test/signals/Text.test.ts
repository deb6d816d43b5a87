import { assert, describe, it } from "@effect/vitest"
import { BODY_LIMIT, httpUrl, storable } from "../../src/signals/Text.ts"

describe("storable", () => {
  it("drops NUL and control characters, keeps line breaks and tabs", () => {
    assert.strictEqual(storable("a\u0000b\u0007c\u001b[31md\u007f\n\te\r", 100), "abc[31md\n\te\r")
  })

  it("replaces lone surrogates and keeps pairs", () => {
    assert.strictEqual(storable("a\ud800b\udc00c👍", 100), "a\ufffdb\ufffdc👍")
    assert.strictEqual(storable("end \ud83d", 100), "end \ufffd")
  })

  it("cuts what is too long, never through a pair", () => {
    assert.strictEqual(storable("x".repeat(30_000), BODY_LIMIT).length, BODY_LIMIT)
    assert.strictEqual(storable("ab👍👍", 5), "ab👍")
    assert.strictEqual(storable("ab👍👍", 6), "ab👍👍")
    assert.strictEqual(storable("👍", 1), "")
  })

  it("is done at once: what it gives it leaves as it is", () => {
    for (const text of ["a\u0000\ud800", "é 東京 👨‍👩‍👧", "\ufeffbom", "\ud800".repeat(50), "", "x".repeat(50)]) {
      const once = storable(text, 20)
      assert.strictEqual(storable(once, 20), once)
      assert.isAtMost(once.length, 20)
      assert.isTrue(once.isWellFormed())
    }
  })

  it("is linear on five megabytes of anything", () => {
    for (const piece of ["\u0000", "\ufffd", "\ud800", "a"])
      assert.isAtMost(storable(piece.repeat(5_000_000), BODY_LIMIT).length, BODY_LIMIT)
  })
})

describe("httpUrl", () => {
  it("takes http and https, and nothing else", () => {
    assert.strictEqual(httpUrl("HTTPS://example.org/é?q=1#x"), "HTTPS://example.org/é?q=1#x")
    for (const text of [
      "javascript:alert(1)",
      "data:text/html,x",
      "//example.org",
      "ftp://example.org",
      "http://",
      "https://a b",
      "",
      null,
      undefined,
    ])
      assert.isNull(httpUrl(text), String(text))
    assert.isNull(httpUrl(`https://example.org/${"x".repeat(2_048)}`))
  })
})
