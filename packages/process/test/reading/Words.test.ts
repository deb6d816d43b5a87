import { assert, describe, it } from "@effect/vitest"
import { hostileTexts } from "./recorded.ts"
import { wordsOf } from "../../src/reading/Words.ts"

const texts = (text: string) => wordsOf(text).list.map((word) => word.text)

describe("Words", () => {
  it("keeps what belongs to a word", () => {
    assert.deepStrictEqual(texts("don't node.js U.S. gpt-4 AT&T C++ C# 3.5 café"), [
      "don't",
      "node.js",
      "U.S",
      "gpt-4",
      "AT&T",
      "C++",
      "C#",
      "3.5",
      "café",
    ])
  })

  it("splits what does not", () => {
    assert.deepStrictEqual(texts("end.Start US-China 'quoted' one,two a/b"), [
      "end",
      "Start",
      "US",
      "China",
      "quoted",
      "one",
      "two",
      "a",
      "b",
    ])
  })

  it("passes over links, addresses, domains and names of accounts", () => {
    assert.deepStrictEqual(texts("see https://a.example/b?c=d#e, www.x.example/y github.com/z me@mail.example @some.one.social ok"), [
      "see",
      "ok",
    ])
  })

  it("tells hashtags and tickers from other uses of their marks", () => {
    const kinds = wordsOf("#rust $NVDA $5 &#39; a#b $path #").list.map(({ kind, text }) => `${kind}:${text}`)
    assert.deepStrictEqual(kinds.slice(0, 3), ["hashtag:rust", "ticker:NVDA", "word:5"])
    assert.notInclude(kinds, "ticker:path")
  })

  it("knows what stands apart and what starts a sentence", () => {
    const words = wordsOf("Chip export up. New rules, they say").list
    assert.deepStrictEqual(
      words.map(({ isApart }) => isApart),
      [true, false, false, true, false, true, false],
    )
    assert.deepStrictEqual(
      words.map(({ startsSentence }) => startsSentence),
      [true, false, false, true, false, false, false],
    )
  })

  it("counts every letter of its words once", () => {
    for (const text of Object.values(hostileTexts)) {
      const words = wordsOf(text)
      const units = words.list.reduce((sum, word) => sum + word.text.length, 0)
      assert.strictEqual(
        words.letters.reduce((sum, count) => sum + count, 0),
        units,
      )
    }
  })
})
