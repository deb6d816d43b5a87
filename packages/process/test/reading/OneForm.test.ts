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

  it("is its own form for hostile texts", () => {
    for (const text of Object.values(hostileTexts)) assertAgrees(text)
  })

  it.skipIf(isWithoutRecordings)("is its own form for recorded posts", () => {
    for (const line of recordedLines("bluesky/derived_jetstream/posts_as_jetstream_commits.ndjson.gz"))
      assertAgrees((JSON.parse(line) as { commit: { record: { text: string } } }).commit.record.text)
  })
})
