import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const directory = join(import.meta.dirname, "../../src")
const sheets = readdirSync(directory, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".css"))
  .map((name) => [name, readFileSync(join(directory, name), "utf8").replace(/\/\*[^]*?\*\//g, "")] as const)

/** Sizes in pixels at 16 px a rem; what is not a length of text is left out. */
const sizesIn = (css: string): ReadonlyArray<number> =>
  [...css.matchAll(/(?:font-size|font|--size-\w+):\s*([^;}]+)/g)].flatMap(([, value = ""]) =>
    [...value.replace(/\/\s*[\d.]+\w+/g, "").matchAll(/([\d.]+)(px|rem|pt)\b/g)].map(
      ([, n, unit]) => Number(n) * { px: 1, rem: 16, pt: 4 / 3 }[unit as "px" | "rem" | "pt"],
    ),
  )

const rulesOf = (css: string, selector: RegExp): ReadonlyArray<string> =>
  [...css.matchAll(/([^{}]+)\{([^{}]*)\}/g)]
    .filter(([, name = ""]) => name.split(",").some((part) => selector.test(part.trim())))
    .map(([, , body = ""]) => body)

describe("the type", () => {
  it("has sizes to check, none below 12 pixels and none in em or percent, which shrink", () => {
    const all = sheets.flatMap(([name, css]) => sizesIn(css).map((size) => [name, size] as const))
    assert.isAbove(all.length, 5)
    assert.deepStrictEqual(
      all.filter(([, size]) => size < 12),
      [],
    )
    for (const [name, css] of sheets)
      assert.notMatch(css, /font(-size)?:[^;}]*[\d.](em|%|ex|ch)\b|font-size:\s*(x+-small|small|smaller)/, name)
  })

  it("leaves a rem what the browser says", () => {
    for (const [name, css] of sheets)
      for (const body of rulesOf(css, /^(html|:root)\b/)) assert.notMatch(body, /(^|[\s;])(font|font-size)\s*:/, name)
  })

  it("finds a size that is too small", () => {
    assert.deepStrictEqual(sizesIn("a{font-size:11px} b{font: 400 0.7rem/20px x} c{--size-8: 8pt}").map(Math.round), [11, 11, 11])
  })
})

describe("the platforms", () => {
  it("have no colours of their own: a burst is the one warm mark", () => {
    for (const [name, css] of sheets) assert.notMatch(css, /hue-|hackernews|bluesky|reddit|youtube/, name)
    const [mark = ""] = sheets.flatMap(([, css]) => rulesOf(css, /^\.mark$/))
    assert.match(mark, /color: var\(--ink-2\)/)
  })
})
