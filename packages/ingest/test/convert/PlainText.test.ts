import { assert, describe, it } from "@effect/vitest"
import { plainText, unescaped } from "../../src/convert/PlainText.ts"

describe("plain text", () => {
  it("turns paragraphs into blank lines and decodes entities once", () => {
    assert.strictEqual(plainText("One<p>Two &amp;amp; three<p>Four&#x27;s", 1_000), "One\n\nTwo &amp; three\n\nFour's")
  })

  it("keeps an escaped tag as the text it is", () => {
    assert.strictEqual(plainText("use &lt;p&gt; and <i>std::vector&lt;int&gt;</i>", 1_000), "use <p> and std::vector<int>")
  })

  it("leaves tags that it does not know: somebody wrote them", () => {
    assert.strictEqual(plainText("a <T> b <script>c</script>", 1_000), "a <T> b <script>c</script>")
  })

  it("gives the whole URL of a shortened link, and the text of a named one", () => {
    const href = "https:&#x2F;&#x2F;example.com&#x2F;a&#x2F;long&#x2F;path"
    assert.strictEqual(
      plainText(`see <a href="${href}" rel="nofollow">https:&#x2F;&#x2F;example.com&#x2F;a...</a>.`, 1_000),
      "see https://example.com/a/long/path.",
    )
    assert.strictEqual(plainText(`<a href="${href}">the paper</a>`, 1_000), "the paper (https://example.com/a/long/path)")
  })

  it("keeps the lines of code", () => {
    assert.strictEqual(plainText("Try:<p><pre><code>  a\n    b\n</code></pre>\nDone", 1_000), "Try:\n\n  a\n    b\n\nDone")
  })

  it("loses NUL characters and lone surrogates, raw or as entities, and nothing beside them", () => {
    assert.strictEqual(plainText("a\u0000b\ud800c&#0;d&#xD800;e", 1_000).includes("\u0000"), false)
    const text = plainText("a\u0000b\ud800c\u{1f600}", 1_000)
    assert.isTrue(text.isWellFormed())
    assert.strictEqual(text, "ab\ufffdc\u{1f600}")
    assert.strictEqual(unescaped("  x\u0000 &lt;T&gt; ", 100), "x <T>")
  })

  it("cuts at the limit without half of a pair", () => {
    const text = plainText("\u{1f600}".repeat(1_000), 11)
    assert.isAtMost(text.length, 11)
    assert.isTrue(text.isWellFormed())
    assert.isFalse(text.includes("\ufffd"))
  })

  it("reads hostile text in time linear to its length", () => {
    const began = performance.now()
    for (const piece of ["<a href=", "<a ", '<a href="x">', "<p ", " ", "&#", "\n ", "<pre><code>"]) plainText(piece.repeat(40_000), 20_000)
    assert.isBelow(performance.now() - began, 3_000)
  })
})
