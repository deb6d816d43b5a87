import { assert, describe, it } from "@effect/vitest"
import { labelOf } from "../../src/trends/Labels.ts"

describe("labelOf", () => {
  it("is the form in which people write the topic most often", () => {
    assert.strictEqual(labelOf("openai", ["OpenAI ships", "Why OpenAI?", "openai again"]), "OpenAI")
    assert.strictEqual(
      labelOf("chip export", ["the chip  export\nrules", "Chip export, again", "no chip export", "chip\nexport"]),
      "chip export",
    )
    assert.strictEqual(labelOf("#rustlang", ["#RustLang is out", "I like #RustLang", "#rustlang"]), "#RustLang")
  })

  it("is the topic as it stands where nobody writes it so, and a ticker in capitals", () => {
    assert.strictEqual(labelOf("company", ["Companies are companies"]), "company")
    assert.strictEqual(labelOf("rust", ["rusty trusts", "antirust"]), "rust")
    assert.strictEqual(labelOf("$tsla", ["$TSLa"]), "$TSLA")
  })

  it("takes any topic for what it says, not for a pattern", () => {
    for (const topic of ["c++", "tier-2 cache", "a.b(c)[d]{e}|f^g$h?i*j\\k/l", "👩‍🚀 nasa", "日本語", "-", "\\"])
      assert.strictEqual(labelOf(topic, [`about ${topic} now`]), topic)
    assert.strictEqual(labelOf("a.b", ["aXb aXb a.b"]), "a.b")
  })

  it("is bounded", () => {
    assert.isAtMost(labelOf("x".repeat(80), []).length, 100)
  })
})
