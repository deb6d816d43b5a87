import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const tokens = readFileSync(join(import.meta.dirname, "../../src/view/tokens.css"), "utf8")
const pairs = new Map(
  [...tokens.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [name, { light, dark }]),
)

const colour = (name: string, theme: "light" | "dark"): string => {
  const value = pairs.get(name)?.[theme]
  if (value === undefined) throw new Error(`there is no colour --${name}`)
  return value
}

/** Relative luminance of WCAG 2.2. */
const luminance = (hex: string): number => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const contrast = (a: string, b: string): number => {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

const grounds = ["paper", "raised", "sunken", "accent-soft"]
const texts: ReadonlyArray<readonly [ink: string, grounds: ReadonlyArray<string>]> = [
  ["ink", [...grounds, "negative-soft", "lifted"]],
  ["ink-2", [...grounds, "negative-soft"]],
  ["ink-3", grounds],
  ["accent", ["paper", "raised", "sunken"]],
  ["burst", grounds],
  ["positive", grounds],
  ["negative", [...grounds, "negative-soft"]],
  ["on-accent", ["accent"]],
]

/** Marks and edges of controls. */
const shapes: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["edge", ["paper", "raised"]],
  ["accent", grounds],
]

for (const theme of ["light", "dark"] as const) {
  describe(`the ${theme} theme`, () => {
    for (const [ink, on] of texts) {
      for (const ground of on) {
        it(`writes ${ink} on ${ground} with a contrast of at least 4.5`, () => {
          assert.isAtLeast(contrast(colour(ink, theme), colour(ground, theme)), 4.5)
        })
      }
    }
    for (const [shape, on] of shapes) {
      for (const ground of on) {
        it(`draws ${shape} on ${ground} with a contrast of at least 3`, () => {
          assert.isAtLeast(contrast(colour(shape, theme), colour(ground, theme)), 3)
        })
      }
    }
  })
}

describe("the calculation", () => {
  it("gives what the recommendation gives", () => {
    assert.closeTo(contrast("#000000", "#ffffff"), 21, 1e-9)
    assert.closeTo(contrast("#777777", "#ffffff"), 4.48, 0.01)
  })
})
