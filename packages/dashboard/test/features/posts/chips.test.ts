import { assert, describe, it } from "@effect/vitest"
import { chipsOf } from "../../../src/features/posts/chips.ts"

const chips = (text: string, topics: ReadonlyArray<string>) => chipsOf({ title: "", body: text, topics }).map(({ label }) => label)

describe("the topics of a post", () => {
  it("are written as the post writes them", () => {
    assert.deepStrictEqual(chips("Two New Zealand Releases of AirPods", ["new zealand", "airpod"]), ["New Zealand", "AirPods"])
    assert.deepStrictEqual(chips("so much #DunmereCity today", ["#dunmerecity"]), ["#DunmereCity"])
  })

  it("leave out plain words, and parts of a longer name", () => {
    assert.deepStrictEqual(chips("they launched something about Basalt Compiler", ["launch", "basalt compiler", "basalt"]), [
      "Basalt Compiler",
    ])
    assert.deepStrictEqual(
      chips("I did join English, popular economics and the Treaty of Versailles", [
        "join english",
        "popular economics",
        "treaty of versailles",
      ]),
      ["Treaty of Versailles"],
    )
    assert.deepStrictEqual(chips("地震が東京であった", ["東京"]), ["東京"])
  })
})
