import { assert, describe, it } from "@effect/vitest"
import { clean } from "../../src/reading/Cleaning.ts"
import { compound } from "../../src/reading/vader/Vader.ts"
import { correlation, hostileTexts, isWithoutRecordings, recordedLines } from "./recorded.ts"

describe("Cleaning", () => {
  const cases: Readonly<Record<string, readonly [text: string, cleaned: string]>> = {
    "named and numbered entities": ["I don&#39;t &amp; won&#x2019;t &quot;go&quot; &lt;3", `I don't & won't "go" <3`],
    "an entity once, not what comes out of it": ["&amp;lt;", "&lt;"],
    "what is no entity": ["AT&T &; &#; &unknown; &#xD800; &#0;", "AT&T &; &#; &unknown; &#xD800; &#0;"],
    "typographic quotation marks": ["I don’t “get” it", `I don't "get" it`],
    "variation selectors, joiners and skin tones": ["❤\uFE0F 👍🏽 👩\u200D🚀", "❤ 👍 👩🚀"],
    "the ellipsis character": ["great…but", "great... but"],
    "full-width marks": ["great！！？", "great!!?"],
    "links in markdown": ["see [this great thing](https://bad.example/hate) now", "see this great thing now"],
    code: ["it is `kill -9` that works\n```\nabort()\n```\nfine", "it is   that works\n \nfine"],
    "a back-tick for an apostrophe": ["I`m sure you don`t", "I'm sure you don't"],
    "quoted lines": ["> this is terrible\nI disagree", " \nI disagree"],
    "no emoticon for a quoted line": [">:( no", ">:( no"],
    "links, keeping the marks after them": ["look https://hate.example/kill!! and www.bad.example.", "look  !! and  ."],
    "long faces and rows of hearts": [":)))) so =((( :'((( xDDDD XDD :-DDD <3333 <3<3<3", ":) so :( :'( xD XD :-D <3 <3 <3 <3"],
    "faces with typographic marks": [":\u2011) :’( ♡", ":-) :'( ♥"],
    "no face inside of a word or of code": ["f(x):)))x std::))x a<33 call(a=(b)", "f(x):)))x std::))x a<33 call(a=(b)"],
    "decomposed letters": ["cafe\u0301", "café"],
    "nothing in plain text": ["Nothing to do here, is there?", "Nothing to do here, is there?"],
  }
  for (const [name, [text, cleaned]] of Object.entries(cases)) {
    it(`cleans ${name}`, () => assert.strictEqual(clean(text), cleaned))
  }

  it("lets the engine see what the reference misses", () => {
    assert.strictEqual(compound("this isn’t good"), compound("this is good"))
    assert.strictEqual(compound(clean("this isn’t good")), compound("this isn't good"))
    assert.strictEqual(compound("❤\uFE0Flove"), compound("x"))
    assert.isAbove(compound(clean("❤\uFE0F")), 0.6)
    assert.isBelow(compound("https://x.example/ bad"), compound(clean("good [bad](https://bad.example/kill)")))
  })

  it.skipIf(isWithoutRecordings)("does not lower the agreement with people", () => {
    const lines = recordedLines("sentiment/golden/vader_golden.tsv.gz").map((line) => line.split("\t"))
    const people = lines.map(([, , , human]) => Number(human))
    const agreement = (score: (text: string) => number) =>
      correlation(
        lines.map(([, text]) => score(text!)),
        people,
      )
    assert.isAtLeast(
      agreement((text) => compound(clean(text))),
      agreement(compound) - 0.0005,
    )
  })

  for (const [name, text] of Object.entries(hostileTexts)) {
    it(`stands ${name}`, () => assert.isAtMost(clean(text).length, text.length * 4))
  }
})
