import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../../../src/sources/feed/Text.ts"

const text = (value: string) => textOf({ value, html: true }, 20_000)

describe("HTML of a feed", () => {
  it("keeps the line ends of a description without elements", () => {
    assert.strictEqual(text("one\ntwo &amp; three < four"), "one\ntwo & three < four")
  })

  it("drops scripts, styles and comments with what they hold, also when they never end", () => {
    assert.strictEqual(text("<STYLE>p{}</style>a<script src='x'>b</SCRIPT >c<!-- d -->e<script>f"), "ace")
  })

  it("stays linear on hostile pages", () => {
    const started = performance.now()
    for (const piece of ["<style></style>", "<script>", "<a href=", "<!--", "<p ", "&amp;", "<style><script>", "\u0130<svg></svg>"])
      text(piece.repeat(2_000_000 / piece.length))
    assert.isBelow(performance.now() - started, 5_000)
  })
})
