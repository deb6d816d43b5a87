import { assert, describe, it } from "@effect/vitest"
import { canonical, topicForm } from "../../src/query/Canonical.ts"
import { fold } from "../../src/query/Fold.ts"

const same: ReadonlyArray<readonly [form: string, ...variants: ReadonlyArray<string>]> = [
  ["pokemon", "Pokémon", "POKÉMON", "Poke\u0301mon", "Ｐｏｋｅｍｏｎ", "𝗣𝗼𝗸𝗲𝗺𝗼𝗻", "Poké\u200bmon", "pokemon’s", "Pokémon's", "Pokémons"],
  ["istanbul", "İstanbul", "ISTANBUL", "ıstanbul", "istanbul’s", "I\u0307stanbul"],
  ["ete", "l'été", "L’ÉTÉ", "été", "l’e\u0301te\u0301", "d'été"],
  ["strasse", "Straße", "STRASSE", "strasse", "STRAẞE"],
  ["كتاب", "كـتـاب", "كِتَاب", "كتاب", "ﻛﺘﺎﺏ"],
  ["שלום", "שָׁלוֹם", "שלום"],
  ["bitcoin", "Вitсоin", "Bit\u200bcoin", "BIT\u00adCOIN", "ｂｉｔｃｏｉｎ", "Bitcoins"],
  ["지진", "지진이", "지진을", "지진은", "지진".normalize("NFD"), "지진에서는"],
  ["οδοσ", "ΟΔΟΣ", "οδός", "οδοσ"],
  ["lodz", "Łódź", "ŁÓDŹ", "lodz"],
  ["テスト", "ﾃｽﾄ", "テスト"],
  ["gpu", "GPUs", "gpu", "GPU's"],
  ["צהל", "צה״ל", 'צה"ל', "צה”ל", "צַהַ״ל"],
  ["ג'ורג", "ג׳ורג׳", "ג'ורג'", "ג’ורג’"],
  ["കൊച്ചിയിൽ", "കൊച്ചിയില്\u200d", "കൊച്ചിയിൽ"],
  ["երեւան", "Երևան", "ԵՐԵՎԱՆ", "Երեւան", "Երեվան"],
  ["كوويد19", "کووید۱۹", "كوويد١٩", "کووید19"],
  ["об'єкт", "об’єкт", "обʼєкт", "об`єкт", "об´єкт", "об′єкт", "ОБ'ЄКТ"],
  ["hawai'i", "Hawaiʻi", "Hawai‘i", "Hawai’i", "Hawai`i"],
  ["aziz", "ʿAzīz", "ʻAzīz", "Aziz"],
  ["istanbul", "İstanbul'da", "İSTANBUL’DAN", "İstanbul'un", "İstanbul'daki", "Istanbul'u"],
  ["ankara", "Ankara’ya", "Ankara'nın", "ANKARA'DA"],
  ["covid-19", "covid\u201119", "COVID\u201019", "covid－19"],
  ["กรุงเทพ", "กรุงเทพฯ"],
  ["bitcoin", "ⓑⓘⓣⓒⓞⓘⓝ", "🅱🅸🆃🅲🅾🅸🅽", "🅑🅘🅣🅒🅞🅘🅝", "ʙɪᴛᴄᴏɪɴ"],
]

/** Any characters, those that fold in some way most often. */
const hostile = (seed: number): string => {
  let state = seed
  const next = (n: number) => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) % n
  const odd = [
    ..."aesxiIİıßẞ'’#$-_. éÉlLdçÆøŁŉǅﬁ½²™ſςΣΐԱևЁйВсіюـىیکأﷲשָׁ서울이가는를ㅋㅏ各がｶﾞ東क्षि\u0301\u0345\u200b\u200d\ufe0f\u00ad🅰𝗮𞤀😍`´״׳ʻʿ٣ल്ⓑʙɪ🅱ฯ新ก -",
  ]
  return Array.from({ length: 1 + next(10) }, () =>
    next(4) === 0 ? String.fromCodePoint([next(0xd800), 0x1d400 + next(1024)][next(2)]!) : odd[next(odd.length)]!,
  ).join("")
}

describe("the canonical form", () => {
  it("is one for all that people write for one word, as a topic and as a hashtag", () => {
    for (const [form, ...variants] of same) {
      for (const variant of variants) {
        assert.strictEqual(canonical(variant), form, variant)
        assert.strictEqual(topicForm(variant), form, variant)
        assert.strictEqual(topicForm(`#${variant}`), `#${form}`, variant)
        assert.strictEqual(topicForm(`＃${variant}`), `#${form}`, variant)
      }
    }
  })

  it("leaves different words different", () => {
    const words = [
      "news",
      "new",
      "redis",
      "class",
      "o'brien",
      "c++",
      "c#",
      "μs",
      "ms",
      "가",
      "캐나다",
      "дом",
      "москва",
      "चाय",
      "node.js",
      "u.s",
      "chang'an",
      "ta'if",
      "qur'an",
    ]
    assert.strictEqual(new Set(words.map(canonical)).size, words.length)
    assert.strictEqual(canonical("o'brien"), "o'brien")
  })

  it("is its own canonical form, and so are fold and the form of a topic", () => {
    for (let seed = 1; seed <= 30_000; seed++) {
      const text = hostile(seed)
      for (const form of [fold, canonical, topicForm]) {
        const once = form(text)
        assert.strictEqual(form(once), once, `${form.name} of ${JSON.stringify(text)}`)
      }
    }
  })

  it("of a topic is of each of its words, whatever stands between and around them", () => {
    for (const text of ["New York Times", "  new   york\u00a0times ", "“New York Times”", "New York time’s"])
      assert.strictEqual(topicForm(text), "new york time")
    assert.strictEqual(topicForm("Spider-Man"), "spider man")
    assert.strictEqual(topicForm("COVID-19"), "covid-19")
    assert.strictEqual(topicForm("$TSLA"), "$tsla")
    assert.strictEqual(topicForm("C++"), "c++")
    for (const text of ["Tel-Aviv", "Tel\u2011Aviv", "Tel\u05beAviv", "tel\u2013aviv"])
      assert.strictEqual(topicForm(text), "tel aviv", text)
    assert.strictEqual(topicForm("ʿAbd al-ʿAzīz"), "abd al aziz")
    for (const text of ["新型Switch", "新型 Switch", "新型　Ｓｗｉｔｃｈ"]) assert.strictEqual(topicForm(text), "新型switch", text)
  })
})
