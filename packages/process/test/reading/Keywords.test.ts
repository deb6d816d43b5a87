import { assert, describe, it } from "@effect/vitest"
import { canonical } from "@signalflow/domain/query/Canonical"
import { extract, type KeywordModel, termsIn } from "../../src/reading/Keywords.ts"
import { wordsOf } from "../../src/reading/Words.ts"
import { hostileTexts } from "./recorded.ts"

describe("Keywords", () => {
  it("finds hashtags and tickers with their mark, in one case and number", () => {
    const { topics } = extract("Buy $NVDA now! #Rust #RUST #chips #日本語 #123 ＃wide")
    assert.deepStrictEqual(
      topics.slice(0, 5),
      ["#rust", "#chip", "#日本語", "#wide", "$nvda"].sort((a, b) => topics.indexOf(a) - topics.indexOf(b)),
    )
    assert.notInclude(topics, "#123")
  })

  it("keeps content words and pairs, and no function words", () => {
    const { keywords } = extract("The new chip export rules hit Nvidia")
    assert.includeMembers([...keywords], ["chip", "export", "nvidia", "chip export"])
    for (const word of ["the", "new"]) assert.notInclude(keywords, word)
  })

  it("makes no pair across a comma, a link or a function word", () => {
    const { keywords } = extract("chip, export of https://a.example rules")
    assert.deepStrictEqual(
      keywords.filter((term) => term.includes(" ")),
      [],
    )
  })

  it("drops the function words of the text's own language", () => {
    assert.notInclude(extract("die Regierung und der Bundestag", undefined, "de").keywords, "die")
    assert.include(extract("rebels die fighting", undefined, "en").keywords, "die")
  })

  it("folds case, possessive and plural, and leaves words that only look like plurals", () => {
    const folded = {
      chips: "chip",
      companies: "company",
      boxes: "box",
      "chip's": "chip",
      news: "news",
      redis: "redis",
      texas: "texas",
      virus: "virus",
      class: "class",
    }
    for (const [word, form] of Object.entries(folded)) assert.strictEqual(canonical(word), form)
  })

  it("is stable: a canonical form is its own canonical form", () => {
    for (const word of ["chips", "stories", "classes", "boxes", "ıssues", "ﬁles", "series", "matches"])
      assert.strictEqual(canonical(canonical(word)), canonical(word))
  })

  it("finds names as written, and none in a headline where every word is capitalised", () => {
    assert.deepStrictEqual(extract("yesterday we saw Sam Altman of OpenAI at the Bank of America in Paris").entities, [
      "Sam Altman of OpenAI",
      "Bank of America",
      "Paris",
    ])
    assert.deepStrictEqual(extract("Why Everyone Should Read More Books About Gardens").entities, [])
  })

  it("keeps the words that names begin with, also where a sentence does", () => {
    const names: ReadonlyArray<readonly [text: string, name: string, topic: string]> = [
      ["New York Times sues OpenAI over articles", "New York Times", "new york time"],
      ["they moved to New Zealand last year", "New Zealand", "new zealand"],
      ["New Delhi chokes on smog again", "New Delhi", "new delhi"],
      ["people in New Hampshire vote today", "New Hampshire", "new hampshire"],
      ["Great Britain leaves the talks today", "Great Britain", "great britain"],
      ["we watched Good Morning America together on a quiet day", "Good Morning America", "good morning america"],
      ["then the US Senate voted against it", "US Senate", "us senate"],
    ]
    for (const [text, name, topic] of names) {
      const { entities, topics } = extract(text)
      assert.include(entities, name)
      assert.include(topics, topic)
    }
    assert.include(extract("new york subway strike continues").topics, "new york")
    assert.include(extract("Subway Strike Continues In New York City").topics, "new york city")
    for (const text of ["New rules for apps", "New OpenAI model is out"]) assert.notInclude(extract(text).topics.join("|"), "new ")
  })

  it("ranks by the background where there is one", () => {
    const model: KeywordModel = {
      documents: 1000,
      df: new Map([
        ["update", 400],
        ["kernel", 2],
        ["kernel update", 2],
      ]),
    }
    const { keywords } = extract("kernel update zyzzyva", model)
    assert.isBelow(keywords.indexOf("zyzzyva"), keywords.indexOf("update"))
    assert.isBelow(keywords.indexOf("kernel"), keywords.indexOf("update"))
  })

  it("offers for the background every term that it could pick", () => {
    const text = "Nvidia chip export rules hit the chip market"
    const terms = termsIn(wordsOf(text), "en")
    for (const keyword of extract(text).keywords) assert.isTrue(terms.has(keyword), keyword)
  })

  it("gives at most 12 topics, 8 keywords and 8 names, and no word past 40 letters", () => {
    const names = Array.from(
      { length: 12 },
      (_, i) => `we met ${String.fromCharCode(65 + i)}ndra${String.fromCharCode(97 + i)} there`,
    ).join(" and ")
    const { topics, keywords, entities } = extract(`${names} #one #two #three #four #five`)
    assert.deepStrictEqual([topics.length, keywords.length, entities.length], [12, 8, 8])
    assert.deepStrictEqual(extract("y".repeat(60)).keywords, [])
  })

  it("cuts words out of scripts without spaces, and leaves grammar out", () => {
    assert.deepStrictEqual(extract("今日はとても天気がいいですね #晴れ", undefined, "ja"), {
      keywords: ["天気"],
      entities: [],
      topics: ["#晴れ", "天気"],
    })
  })

  it("finds the topics beside lone surrogates, NUL and a 20,000-letter word", () => {
    for (const rubbish of ["\ud83d", "\0", "x".repeat(20_000)]) {
      assert.includeMembers([...extract(`${rubbish} chip export ${rubbish} #rust`).topics], ["#rust", "chip", "export", "chip export"])
    }
  })

  for (const [name, text] of Object.entries(hostileTexts)) {
    it(`stays bounded, whole and the same on ${name}`, () => {
      const first = extract(text)
      assert.deepStrictEqual(extract(text), first)
      assert.isAtMost(first.keywords.length, 8)
      assert.isAtMost(first.topics.length, 12)
      for (const term of [...first.keywords, ...first.entities, ...first.topics]) {
        assert.isTrue(term.length > 0 && term.length <= 80)
        assert.isTrue(term.isWellFormed() && !term.includes("\0"))
      }
    })
  }
})
