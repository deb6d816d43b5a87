import { assert, describe, it } from "@effect/vitest"
import { matches, type Searchable } from "../../src/query/Matches.ts"
import { foldWords, holds } from "../../src/query/Phrase.ts"
import { text } from "../../src/query/Query.ts"

const inText = (within: string, phrase: string) => holds(foldWords(within), foldWords(phrase))

const signal = (fields: Partial<Searchable>): Searchable => ({
  platform: "reddit",
  kind: "post",
  title: "",
  body: "",
  community: null,
  author: null,
  language: null,
  publishedAt: 0,
  score: null,
  comments: null,
  views: null,
  ...fields,
})

describe("phrases", () => {
  it("are whole words, whatever case and diacritics they are written with", () => {
    const held: ReadonlyArray<readonly [string, string]> = [
      ["Is AI over?", "ai"],
      ["CAFÉ society", "cafe"],
      ["cafe society", "Café"],
      ["Łódź by night", "lodz"],
      ["Straße gesperrt", "STRASSE"],
      ["İSTANBUL", "istanbul"],
      ["ΟΔΟΣ", "οδοσ"],
      ["ｆｕｌｌ width", "full"],
      ["I like C++.", "c++"],
      ["#ai is here", "#ai"],
      ["it’s fine", "it's"],
      ["snake_case", "snake_case"],
      ["launch 🚀 today", "🚀"],
      ["كِتَاب جديد", "كتاب"],
      ["हिन्दी में लिखा", "हिन्दी"],
      ["Ёлка и йод", "елка"],
      ['דובר צה"ל הודיע', "צה״ל"],
      ["כנס בתל־אביב", "בתל אביב"],
      ["കൊച്ചിയില്\u200d മഴ", "കൊച്ചിയിൽ"],
      ["ԵՐԵՎԱՆ քաղաք", "Երևան"],
      ["ویروس کووید۱۹", "کووید19"],
      ["об`єкт згорів", "обʼєкт"],
      ["İSTANBUL'da deprem", "istanbul"],
      ["Nintendoの新型Switchが発売", "新型 Switch"],
      ["AirPodsを買った", "AirPods"],
      ["臺灣 台灣 地震", "台灣地震"],
      ["a spider\u2011man film", "spider-man"],
      ["a spider man film", "Spider-Man"],
      ["Spider-Man film", "spider man"],
      ["ʙɪᴛᴄᴏɪɴ 🅱🅸🆃🅲🅾🅸🅽", "bitcoin"],
      ["CO₂", "co2"],
      ["in กรุงเทพฯ", "กรุงเทพ"],
    ]
    for (const [text, term] of held) assert.isTrue(inText(text, term), `${term} in ${text}`)
    const notHeld: ReadonlyArray<readonly [string, string]> = [
      ["The paint said so", "ai"],
      ["cafeteria", "cafe"],
      ["snake_case", "snake"],
      ["ai2 and AIs", "ai"],
      ["किताब", "कि"],
      ["a𝐛c", "a"],
    ]
    for (const [text, term] of notHeld) assert.isFalse(inText(text, term), `${term} in ${text}`)
  })

  it("may be phrases, over any white space, but not from the title into the body", () => {
    assert.isTrue(inText("moved to New\n  York\u00a0City", "new york city"))
    assert.isFalse(inText("renew yorkshire", "new york"))
    assert.isFalse(inText("new and york", "new york"))
    const asked = matches(text("new york"))
    assert.isFalse(asked(signal({ title: "Something new", body: "York is old" })))
    assert.isTrue(asked(signal({ title: "In", body: "NEW YORK" })))
  })

  it("are found in scripts that write no spaces, and beside them; Korean words with their particles", () => {
    assert.isTrue(inText("昨日京都に行きました", "京都"))
    assert.isTrue(inText("最新のAI技術", "ai"))
    assert.isTrue(inText("ไปกรุงเทพวันนี้", "กรุงเทพ"))
    assert.isTrue(inText("ﾃｽﾄです", "テスト"))
    assert.isTrue(inText("서울에서 만나요", "서울"))
    assert.isFalse(inText("북서울 소식", "서울"))
    assert.isFalse(inText("각도", "가"))
  })

  it("are found at a later place when the first is inside of a longer word", () => {
    assert.isTrue(inText("paint by ai", "ai"))
    assert.isTrue(inText(`${"ai".repeat(5_000)} ai`, "ai"))
  })
})
