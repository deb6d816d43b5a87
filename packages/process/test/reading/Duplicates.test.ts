import { assert, describe, it } from "@effect/vitest"
import { bands, fingerprint, similarity } from "../../src/reading/Duplicates.ts"
import { hostileTexts, isWithoutRecordings, numbersFrom, recordedLines } from "./recorded.ts"

const ALIKE = 0.5

describe("Duplicates", () => {
  const text = "Nvidia says that the new export rules will cost it eight billion dollars this quarter"
  const print = fingerprint(text)!

  it("is alike for copies that differ by links, accounts, emoji, digits, case and marks", () => {
    for (const copy of [
      `${text} https://a.example/1`,
      `RT @some.one: ${text}`.slice(3),
      `🔥 ${text} 🔥`,
      `${text} 2024!!!`,
      text.toUpperCase(),
      text.replaceAll(" ", "  "),
    ]) {
      assert.strictEqual(fingerprint(copy), print)
    }
  })

  it("is similar for an edited copy and not for another text", () => {
    assert.isAbove(similarity(print, fingerprint(text.replace("eight billion", "nine billion"))!), ALIKE)
    assert.isBelow(similarity(print, fingerprint("The weather in Lisbon will be warm and dry until the end of the week")!), 0.15)
  })

  it("estimates the share of common shingles", () => {
    const shingles = (t: string) => new Set(Array.from({ length: t.length - 4 }, (_, i) => t.slice(i, i + 5)))
    const next = numbersFrom(3)
    const word = () => Array.from({ length: 6 }, () => String.fromCharCode(97 + Math.floor(next() * 26))).join("")
    let error = 0
    for (let round = 0; round < 200; round++) {
      const common = Array.from({ length: Math.floor(next() * 20) }, word).join(" ")
      const [a, b] = [`${common} ${word()} ${word()}`, `${common} ${word()} ${word()}`]
      const [x, y] = [shingles(a.trim()), shingles(b.trim())]
      const exact = [...x].filter((shingle) => y.has(shingle)).length / new Set([...x, ...y]).size
      error += similarity(fingerprint(a)!, fingerprint(b)!) - exact
    }
    assert.isBelow(Math.abs(error / 200), 0.02)
  })

  it("is null for a text of fewer than seven letters", () => {
    for (const short of ["", "lol", "12345678", "🔥".repeat(50), "abcdef"]) assert.isNull(fingerprint(short))
    assert.isNotNull(fingerprint("abcdefg"))
  })

  it("has 128 hexadecimal digits in 16 bands", () => {
    assert.match(print, /^[0-9a-f]{128}$/)
    assert.strictEqual(
      bands(print)
        .map((band) => band.split(":")[1])
        .join(""),
      print,
    )
  })

  it.skipIf(isWithoutRecordings)("finds planted copies among real texts: precision at least 0.98, recall at least 0.9", () => {
    const next = numbersFrom(11)
    const pick = <A>(from: ReadonlyArray<A>) => from[Math.floor(next() * from.length)]!
    const texts = [...new Set(recordedLines("sentiment/tweeteval/val_text.txt"))].filter((line) => line.length >= 50).slice(0, 1200)
    const edit = (original: string): string => {
      const words = original.split(" ")
      words[Math.floor(next() * words.length)] = pick(["really", "today", "this", "more"])
      return pick([
        `${words.join(" ")} https://t.example/${next()}`,
        `🔥🔥 ${words.join(" ")}`,
        `@user${Math.floor(next() * 1e6)} ${words.join(" ")} 👀`,
      ])
    }
    const originals = texts.slice(0, 400)
    const all = [...texts.map((line, of) => ({ line, of })), ...originals.map((line, of) => ({ line: edit(line), of }))].map(
      ({ line, of }) => ({ of, print: fingerprint(line) }),
    )
    const holders = new Map<string, Array<number>>()
    let found = 0
    let wrong = 0
    for (const [i, { of, print }] of all.entries()) {
      if (print === null) continue
      const candidates = new Set(bands(print).flatMap((band) => holders.get(band) ?? []))
      for (const j of candidates) {
        if (similarity(print, all[j]!.print!) < ALIKE) continue
        if (all[j]!.of === of) found++
        else wrong++
      }
      for (const band of bands(print)) holders.set(band, [...(holders.get(band) ?? []), i])
    }
    assert.isAtLeast(found / (found + wrong), 0.98)
    assert.isAtLeast(found / originals.length, 0.9)
  })

  for (const [name, hostile] of Object.entries(hostileTexts)) {
    it(`stands ${name}`, () => {
      const print = fingerprint(hostile)
      assert.isTrue(print === null || print.length === 128)
    })
  }
})
