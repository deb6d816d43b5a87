import { assert, describe, it } from "@effect/vitest"
import { cut } from "../../src/components/Written.tsx"

const links = (text: string) => cut(text).flatMap(({ href }) => href ?? [])

describe("the addresses in a text", () => {
  it("are found where they stand, and end where the sentence goes on", () => {
    assert.deepStrictEqual(links("see https://example.org/a, or (http://example.org/b)."), [
      "https://example.org/a",
      "http://example.org/b",
    ])
    assert.deepStrictEqual(links("https://example.org/wiki/Rust_(language)!"), ["https://example.org/wiki/Rust_(language)"])
    assert.deepStrictEqual(links("東京 https://example.org/東京 です"), ["https://example.org/東京"])
  })

  it("may lack their scheme, and are no links where a platform has cut them", () => {
    assert.deepStrictEqual(links("at www.example.org/a."), ["https://www.example.org/a"])
    assert.deepStrictEqual(links("www.example.org/fin... or https://example.org/fin… me@www.example.org"), [])
  })

  it("lead to the web alone", () => {
    assert.deepStrictEqual(links("javascript:alert(1) data:text/html,x ftp://example.org xhttps://example.org https://"), [])
  })

  it("lose no letter of the text", () => {
    for (const text of [
      "",
      "plain",
      "a https://example.org. b https://example.org/c",
      "https://example.org/".repeat(3),
      "((https://a.example))",
    ])
      assert.strictEqual(
        cut(text)
          .map((part) => part.text)
          .join(""),
        text,
      )
  })

  it("are looked for in time that grows with the text", () => {
    const took = (text: string) => {
      const from = performance.now()
      for (let i = 0; i < 5; i++) cut(text)
      return performance.now() - from
    }
    for (const part of ["https://", "https://a)", "https://a.....", "http", "https://(", ")".repeat(50)]) {
      took(part.repeat(500))
      assert.isBelow(took(part.repeat(8_000)) / Math.max(1, took(part.repeat(2_000))), 24, part)
    }
  })
})
