import { assert, describe, it } from "@effect/vitest"
import { compound, label } from "../../../src/reading/vader/Vader.ts"
import { correlation, hostileTexts, isWithoutRecordings, recordedLines } from "../recorded.ts"

describe("Vader", () => {
  for (const [file, texts] of Object.entries({ vader_golden: 9390, vader_fuzz: 8000, vader_emoji: 7140 })) {
    it.skipIf(isWithoutRecordings)(`scores every text of ${file} as the reference does`, () => {
      const lines = recordedLines(`sentiment/golden/${file}.tsv.gz`).map((line) => line.split("\t"))
      assert.strictEqual(lines.length, texts)
      const wrong = lines.filter(([, text, reference]) => Math.abs(compound(text!) - Number(reference)) > 1e-4)
      assert.deepStrictEqual(wrong, [])
    })
  }

  it.skipIf(isWithoutRecordings)("agrees with people on tweets and editorials as far as the reference does", () => {
    const lines = recordedLines("sentiment/golden/vader_golden.tsv.gz").map((line) => line.split("\t"))
    const agreement = (kind: string) => {
      const rated = lines.filter(([id]) => id!.startsWith(kind))
      return correlation(
        rated.map(([, text]) => compound(text!)),
        rated.map(([, , , human]) => Number(human)),
      )
    }
    assert.isAtLeast(agreement("tweet:"), 0.872)
    assert.isAtLeast(agreement("nyt:"), 0.502)
  })

  it("reads words through the punctuation around them", () => {
    const great = compound("great")
    assert.isAbove(great, 0.6)
    for (const text of ["**great**", "#great", "great...", '("great")']) assert.strictEqual(compound(text), great)
  })

  it("keeps emoticons and short tokens as they are", () => {
    assert.isAbove(compound(":)"), 0)
    assert.isBelow(compound(":("), 0)
  })

  it("turns a word after a negation, whatever its case", () => {
    for (const text of ["not good", "NOT good", "isn't good", "no good"]) assert.isBelow(compound(text), 0, text)
    assert.isAbove(compound("without doubt good"), 0)
    assert.isAbove(compound("never so good"), compound("good"))
  })

  it("strengthens by boosters, capitals and exclamation marks", () => {
    const variants = ["kind of good", "good", "very good", "VERY good", "VERY GOOD", "VERY GOOD!!!"]
    const scores = variants.map((variant) => compound(`that was a ${variant} day`))
    assert.deepStrictEqual(
      scores,
      [...scores].sort((a, b) => a - b),
    )
    assert.strictEqual(new Set(scores).size, scores.length)
  })

  it("knows idioms", () => {
    assert.isAbove(compound("honestly this is the shit"), 0)
    assert.isBelow(compound("honestly this is shit"), 0)
    assert.strictEqual(compound("wait at the bus stop"), 0)
  })

  it("reads emoji by name, joined to the word after them as the reference does", () => {
    assert.isAbove(compound("today❤"), 0.6)
    assert.strictEqual(compound("❤today"), 0)
    assert.strictEqual(compound("🥲"), 0)
  })

  it("is 0 for a text without words of its lexicon", () => {
    assert.strictEqual(compound("the cat sat on the mat!!!"), 0)
  })

  it("labels from 0.05 on either side", () => {
    assert.deepStrictEqual([0.05, 0.0499, 0, -0.0499, -0.05].map(label), ["positive", "neutral", "neutral", "neutral", "negative"])
  })

  for (const [name, text] of Object.entries(hostileTexts)) {
    it(`stays within -1 and 1 on ${name}`, () => {
      const score = compound(text)
      assert.isTrue(score >= -1 && score <= 1)
    })
  }

  it("finds the sentiment beside a 20,000-letter word, lone surrogates and NUL", () => {
    assert.isAbove(compound(`${"x".repeat(20_000)} great`), 0.6)
    assert.isAbove(compound("\ud83d great \ude00"), 0.6)
    assert.isAbove(compound("\0 great"), 0.6)
  })
})
