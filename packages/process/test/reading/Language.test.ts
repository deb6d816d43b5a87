import { assert, describe, it } from "@effect/vitest"
import { detect } from "../../src/reading/Language.ts"
import { hostileTexts, isWithoutRecordings, recordedLines } from "./recorded.ts"

const sentences: Readonly<Record<string, string>> = {
  en: "I can't believe that they would do this to us again",
  de: "Ich glaube nicht, dass das heute noch etwas wird",
  fr: "Je ne sais pas pourquoi il est parti avec mes affaires",
  es: "No entiendo por qué la gente siempre dice eso de nosotros",
  pt: "Eu não sei o que você está fazendo aqui hoje",
  it: "Non capisco perché questa cosa deve essere sempre così",
  nl: "Ik weet niet waarom dat altijd zo moet gaan met jullie",
  tr: "Bugün hava çok güzel ama ben evde kalmak istiyorum",
  id: "Saya tidak tahu apa yang harus kita lakukan dengan ini",
  sv: "Jag vet inte varför det alltid måste vara så här",
  pl: "Nie wiem, dlaczego to zawsze musi być takie trudne",
  ja: "今日はとても天気がいいですね。散歩に行きましょう",
  zh: "今天天气很好，我们去公园散步吧",
  ko: "오늘 날씨가 정말 좋네요",
  ru: "Я не знаю, почему это всегда так сложно, но мы попробуем ещё",
  uk: "Я не знаю, чому це завжди так важко, але її немає",
  el: "Δεν ξέρω γιατί είναι πάντα τόσο δύσκολο",
  he: "אני לא יודע למה זה תמיד כל כך קשה",
  ar: "لا أعرف لماذا هذا صعب دائما",
  fa: "نمی‌دانم چرا این همیشه اینقدر سخت است پس چه کنیم",
  th: "ฉันไม่รู้ว่าทำไมมันถึงยากเสมอ",
  hi: "मुझे नहीं पता कि यह हमेशा इतना कठिन क्यों होता है",
}

describe("Language", () => {
  for (const [language, text] of Object.entries(sentences)) {
    it(`knows ${language}, with links and names of accounts around it and against a wrong hint`, () => {
      assert.strictEqual(detect(text), language)
      assert.strictEqual(detect(`@some.one.example ${text} https://www.the-and-of.example/this/is/that`), language)
      if (language !== "ru") assert.strictEqual(detect(text, language === "en" ? "es" : "en"), language)
    })
  }

  it("takes the hint where the text says too little", () => {
    assert.strictEqual(detect("Spotify Wrapped", "fr"), "fr")
    assert.strictEqual(detect("😀😀", "pt-BR"), "pt")
    assert.strictEqual(detect("lol", "en-US"), "en")
  })

  it("says nothing without letters, and nothing of a name alone", () => {
    for (const text of ["", "😀", "1234", "https://the.example/and/of", "@the.and.of", "Kobe"]) assert.isNull(detect(text), text)
  })

  it("does not trust a malformed hint", () => {
    for (const hint of ["", "x", "english please", "\0", "12"]) assert.isNull(detect("Kobe", hint))
  })

  it.skipIf(isWithoutRecordings)(
    "is right on at least 97.5 % of its answers for English posts of 20 characters and more, and answers 95 %",
    () => {
      const texts = [
        ...recordedLines("sentiment/tweeteval/val_text.txt"),
        ...recordedLines("sentiment/goemotions/dev.tsv.gz").map((line) => line.split("\t")[0]!),
      ].filter((text) => text.length >= 20)
      const answers = texts.map((text) => detect(text)).filter((language) => language !== null)
      assert.isAbove(texts.length, 6000)
      assert.isAtLeast(answers.length / texts.length, 0.95)
      assert.isAtLeast(answers.filter((language) => language === "en").length / answers.length, 0.975)
    },
  )

  for (const [name, text] of Object.entries(hostileTexts)) {
    it(`stands ${name}`, () => {
      const language = detect(text)
      assert.isTrue(language === null || /^[a-z]{2,3}$/.test(language))
    })
  }
})
