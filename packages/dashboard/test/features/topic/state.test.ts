import { assert, describe, it } from "@effect/vitest"
import { bucketsOf, examplesFirst, topicState } from "../../../src/features/topic/state.ts"
import { NOON, ready, signal, topic, trends } from "../../Fixtures.ts"

describe("a topic", () => {
  it("is found among the trends, or said not to be there", () => {
    const page = ready(trends([topic("dns outage")]))
    assert.strictEqual(topicState(page, "dns outage")._tag, "Ready")
    assert.strictEqual(topicState(page, "tulips")._tag, "NotTrending")
    assert.strictEqual(topicState({ _tag: "Loading" }, "tulips")._tag, "Loading")
  })

  it("has buckets of a quarter hour, the last ending where counting ended", () => {
    const buckets = bucketsOf([4, null, 6], NOON)
    assert.deepStrictEqual(buckets, [
      { from: NOON - 45 * 60_000, authors: 4 },
      { from: NOON - 30 * 60_000, authors: null },
      { from: NOON - 15 * 60_000, authors: 6 },
    ])
  })

  it("shows the posts that the evidence names before the others", () => {
    const order = examplesFirst([signal("a:1"), signal("a:2"), signal("a:3")], ["a:3", "a:9"]).map(({ id }) => id)
    assert.deepStrictEqual(order, ["a:3", "a:1", "a:2"])
  })
})
