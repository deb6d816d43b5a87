import { assert, describe, it } from "@effect/vitest"
import { topicForm } from "@signalflow/domain/query/Canonical"
import { emptySnapshot, read } from "../../src/reading/Reading.ts"
import { hostileTexts, isWithoutRecordings, recordedLines } from "./recorded.ts"

const topics = (body: string) => read({ title: "", body }, emptySnapshot).topics

const assertAgrees = (text: string) => {
  for (const topic of topics(text)) assert.strictEqual(topicForm(topic), topic, text.slice(0, 200))
}

describe("a topic that is stored", () => {
  it("is what the filter makes of it, and of every form in which people write it", () => {
    const variants = [
      "Pokémon",
      "POKÉMON",
      "Poke\u0301mon",
      "Ｐｏｋéｍｏｎ",
      "𝗣𝗼𝗸é𝗺𝗼𝗻",
      "Poké\u200bmon",
      "Pokémon’s",
      "Pokémons",
      "pokemon",
      "Роkémon",
    ]
    for (const variant of variants) {
      assert.include(topics(`they play ${variant} there`), topicForm(variant), variant)
      if (!/[’]/.test(variant)) assert.include(topics(`they play #${variant} there`), topicForm(`#${variant}`), variant)
    }
    for (const text of [
      "à l'été prochain",
      "STRASSE",
      "Straße",
      "كـتـاب",
      "כִּתָב",
      "İstanbul",
      "ıstanbul",
      "Spider-Man returns",
      "the U.S. and COVID-19",
      "AT&T and C++",
    ])
      assertAgrees(text)
  })

  it("is found by what people write for it, in every script", () => {
    const said: ReadonlyArray<readonly [text: string, ...words: ReadonlyArray<string>]> = [
      ["צה״ל הודיע על חיסול", "צה״ל", 'צה"ל'],
      ['דו"ח חדש של בג"ץ', "דו״ח", "בג״ץ"],
      ["כנס בתל־אביב השנה", "בתל אביב", "בתל-אביב"],
      ["കൊച്ചിയില്\u200d ഇന്ന് കനത്ത മഴ", "കൊച്ചിയിൽ", "മഴ"],
      ["ዓለም፡ዛሬ፡ዜና", "ዓለም", "ዜና"],
      ["गाँव में जल संकट", "जल", "संकट"],
      ["ԵՐԵՎԱՆ քաղաք", "Երևան"],
      ["ویروس کووید۱۹ برگشت", "کووید19", "كوويد١٩"],
      ["об`єкт згорів", "об'єкт", "обʼєкт"],
      ["Hawaiʻi and Oʻahu", "Hawai'i", "Oʻahu"],
      ["İSTANBUL'da deprem, Diyarbakır’ı sarstı", "İstanbul", "Diyarbakır"],
      ["Nintendoの新型Switchが発売", "新型Switch", "新型 Switch", "Nintendo"],
      ["AirPodsを買った", "AirPods", "airpod"],
      ["中国发射新火箭，NASA祝贺", "NASA祝贺", "NASA 祝贺"],
      ["臺灣 台灣 地震", "台灣地震", "台灣 地震"],
      ["Россия‑матушка, spider‑man", "россия матушка", "Россия-матушка"],
      ["the covid\u201119 wave", "covid-19"],
      ["less CO₂ and H₂O", "CO2", "CO₂", "H2O"],
      ["ʙɪᴛᴄᴏɪɴ 🅱🅸🆃🅲🅾🅸🅽", "bitcoin"],
      ["buy $BRK.B now", "$BRK.B", "$brk.b"],
      ["Col·legi obert", "Col·legi"],
      ["กรุงเทพฯ เกิดแผ่นดินไหว", "กรุงเทพ", "กรุงเทพฯ", "แผ่นดินไหว"],
    ]
    for (const [text, ...words] of said) {
      assertAgrees(text)
      for (const word of words) assert.include(topics(text), topicForm(word), `${word} in ${text}`)
    }
  })

  it("is its own form for hostile texts", () => {
    for (const text of Object.values(hostileTexts)) assertAgrees(text)
  })

  it.skipIf(isWithoutRecordings)("is its own form for recorded posts", () => {
    for (const line of recordedLines("bluesky/derived_jetstream/posts_as_jetstream_commits.ndjson.gz"))
      assertAgrees((JSON.parse(line) as { commit: { record: { text: string } } }).commit.record.text)
  })
})
