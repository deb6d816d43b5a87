import { assert, describe, it } from "@effect/vitest"
import { superLinear } from "../../../domain/test/Growth.ts"
import { clean } from "../../src/reading/Cleaning.ts"
import { fingerprint } from "../../src/reading/Duplicates.ts"
import { extract } from "../../src/reading/Keywords.ts"
import { detect } from "../../src/reading/Language.ts"
import { emptySnapshot, read } from "../../src/reading/Reading.ts"
import { textHash } from "../../src/reading/TextHash.ts"
import { compound } from "../../src/reading/vader/Vader.ts"
import { spellEmoji } from "../../src/reading/vader/VaderEmoji.ts"
import { wordsOf } from "../../src/reading/Words.ts"

const PATHS: Readonly<Record<string, readonly [number, (text: string) => unknown]>> = {
  cleaning: [40_000, clean],
  words: [40_000, wordsOf],
  language: [20_000, (text) => detect(text)],
  keywords: [20_000, (text) => extract(text)],
  fingerprint: [20_000, fingerprint],
  hash: [40_000, textHash],
  emoji: [40_000, spellEmoji],
  sentiment: [20_000, compound],
  "a whole signal": [5_000, (text) => read({ title: text.slice(0, 1_000), body: text }, emptySnapshot)],
}

describe("hostile texts", () => {
  for (const [name, [length, of]] of Object.entries(PATHS))
    it(`cost no more than their length: ${name}`, () => {
      assert.deepStrictEqual(superLinear(of, length), [])
    })
})
