import { assert, describe, it } from "@effect/vitest"
import { emptySnapshot, read, textOf } from "../../src/reading/Reading.ts"
import { textHash } from "../../src/reading/TextHash.ts"
import { hostileTexts, numbersFrom } from "./recorded.ts"

const of = (body: string, language?: string | null) =>
  read({ title: "", body, ...(language === undefined ? {} : { language }) }, emptySnapshot)

describe("Reading", () => {
  it("reads title and body together", () => {
    const reading = read({ title: "Great news", body: "for #rust users of the compiler" }, emptySnapshot)
    assert.strictEqual(reading.language, "en")
    assert.strictEqual(reading.sentiment?.label, "positive")
    assert.include(reading.topics, "#rust")
    assert.strictEqual(reading.textHash, textHash("Great news for #rust users of the compiler"))
  })

  it("gives another language no sentiment, not a neutral one", () => {
    assert.isNull(of("Ich hasse das alles so sehr, es ist nicht gut und die Welt ist schlecht").sentiment)
    assert.isNull(of("今日はとても天気がいいですね").sentiment)
    assert.isNull(of("lol super", "de").sentiment)
  })

  it("scores a short text of unknown language when it is in Latin script", () => {
    assert.strictEqual(of("awesome").sentiment?.label, "positive")
    assert.isNull(of("Naon anu anjeun lakukeun dinten ieu sareng babaturan anjeun").sentiment)
  })

  it("scores emoji and emoticons alone as the reference does, for they belong to no language", () => {
    // vaderSentiment 3.3.2 for the same characters without selectors, joiners and skin tones.
    const scores: ReadonlyArray<readonly [text: string, compound: number]> = [
      ["😍😍😍", 0.8402],
      ["😡", 0],
      ["🔥", -0.34],
      ["❤️", 0.6369],
      ["😂", 0.4404],
      [":-) :-)", 0.5574],
      [":(", -0.4404],
      ["<3", 0.4404],
      ["&lt;3", 0.4404],
    ]
    for (const [text, compound] of scores) {
      for (const hint of [undefined, null, "en", "ja"]) assert.strictEqual(of(text, hint).sentiment?.compound, compound, text)
      assert.strictEqual(of(`${text} https://example.org/a @ada`).sentiment?.compound, compound, text)
    }
    assert.strictEqual(of("https://example.org/a😍😍😍").sentiment?.compound, 0.8402)
    assert.strictEqual(of("👍🏽").sentiment?.compound, of("👍").sentiment?.compound)
    for (const text of ["😍!!!", "(😍)", "…😍…", "👩‍❤️‍👨", "😭😭", "1️⃣ 😍", ":D", "xD", ":-P"]) assert.isNotNull(of(text).sentiment, text)
  })

  it("scores faces in every form, emoji that the reference does not know and flags", () => {
    for (const text of [":))))", ":\u2011)", "<33", "<3<3", "♡", "XDDD", "❤️❤️ :))"])
      assert.isAbove(of(text).sentiment?.compound ?? -1, 0.3, text)
    for (const text of [":((((", "=(", ":’((", "😭😭 :(("]) assert.isBelow(of(text).sentiment?.compound ?? 1, -0.3, text)
    const neutral = [
      "🫶",
      "🫡🫠",
      "🇺🇦",
      "1️⃣",
      "#️⃣",
      "^_^",
      "(^_^)",
      "^^",
      "-_-",
      "T_T",
      "o_O",
      "UwU",
      "ಠ_ಠ",
      "ʕ•ᴥ•ʔ",
      "¯\\_(ツ)_/¯",
      "(╯°□°)╯︵ ┻━┻",
    ]
    for (const text of neutral) assert.isNotNull(of(text).sentiment, text)
    for (const text of ["xD", "T_T", "o_O", "UwU", "ಠ_ಠ", "T.T"]) assert.deepStrictEqual(of(text).topics, [], text)
    for (const text of ["...", "?!", "123", "=====", "---", "12:30"]) assert.isNull(of(text).sentiment, text)
  })

  it("gives no sentiment where nothing is said, nor to another language with emoji", () => {
    for (const text of ["", " ", "...", "2026", "https://example.org/", "@ada", "-- 12:30 --"]) assert.isNull(of(text).sentiment, text)
    for (const text of ["地震 😡", "дом 😍", "ভূমিকম্প 😭", "მიწისძვრა 😡", "#東京 😍", "오늘 :-)"]) assert.isNull(of(text).sentiment, text)
  })

  it("cleans before it scores, unless told not to", () => {
    const signal = { title: "", body: "the weather isn&#39;t good at all" }
    assert.strictEqual(read(signal, emptySnapshot).sentiment?.label, "negative")
    assert.strictEqual(read(signal, emptySnapshot, { isCleaned: false }).sentiment?.label, "positive")
  })

  it("carries the number of its snapshot", () => {
    assert.strictEqual(read({ title: "a", body: "" }, { ...emptySnapshot, number: 7 }).model, 7)
  })

  it("depends on the text, the hint and the snapshot alone", () => {
    const before = of("Nvidia chip export rules hit the market")
    for (const text of Object.values(hostileTexts)) of(text)
    assert.deepStrictEqual(of("Nvidia chip export rules hit the market"), before)
  })

  it("cuts at 10,000 units and never through a character", () => {
    assert.strictEqual(textOf({ title: "", body: "x".repeat(20_000) }).length, 10_000)
    for (const pad of ["", "x"]) {
      const text = textOf({ title: "", body: pad + "😀".repeat(9_000) })
      assert.isTrue(text.isWellFormed() && text.length > 9_990 && text.length <= 10_000)
    }
  })

  it("hashes different texts differently", () => {
    const next = numbersFrom(5)
    const texts = new Set(Array.from({ length: 50_000 }, () => Math.floor(next() * 1e12).toString(36)))
    assert.strictEqual(new Set([...texts].map(textHash)).size, texts.size)
    for (const hash of [textHash(""), textHash("a"), textHash("\ud800")]) assert.match(hash, /^[0-9a-f]{16}$/)
  })

  for (const [name, text] of Object.entries(hostileTexts)) {
    it(`stands ${name}`, () => {
      const reading = of(text)
      assert.isTrue(reading.sentiment === null || Math.abs(reading.sentiment.compound) <= 1)
      assert.isTrue(JSON.stringify(reading).isWellFormed())
    })
  }

  it("stands any UTF-16", () => {
    const next = numbersFrom(9)
    const odd = [
      "#",
      "$",
      "@",
      "&",
      "'",
      ".",
      "-",
      "`",
      "[",
      "](",
      "http://",
      "\0",
      "\ud83d",
      "\ude00",
      "❤",
      "\u200d",
      "a",
      "A",
      " ",
      "\n",
      "но",
      "字",
      "!",
      "but",
      "no",
    ]
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: Math.floor(next() * 30) }, () =>
        next() < 0.7 ? odd[Math.floor(next() * odd.length)]! : String.fromCharCode(Math.floor(next() * 0x10000)),
      ).join("")
      const { topics, keywords, entities } = of(text)
      for (const term of [...topics, ...keywords, ...entities])
        assert.isTrue(term.isWellFormed() && !term.includes("\0"), JSON.stringify(text))
    }
  })
})
