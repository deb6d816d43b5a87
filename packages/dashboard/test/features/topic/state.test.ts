import { assert, describe, it } from "@effect/vitest"
import { bucketsOf, examplesFirst, topicState } from "../../../src/features/topic/state.ts"
import { drawn } from "../../../src/view/series.ts"
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

  it("has buckets that stay on the quarter hour while the last one fills", () => {
    const minute = 60_000
    const at = (time: number) => bucketsOf([4, 5, 6], time).map(({ from }) => from)
    assert.deepStrictEqual(at(NOON + minute), at(NOON + 15 * minute))
    assert.deepStrictEqual(at(NOON + minute).at(-1), NOON)
    assert.deepStrictEqual(at(NOON + 15 * minute + 1).at(-1), NOON + 15 * minute)
  })

  it("is drawn without a fall that is only a quarter hour not yet over", () => {
    assert.deepStrictEqual(drawn([4, 9, 2], NOON + 1), [4, 9, null])
    assert.deepStrictEqual(drawn([4, 9, 12], NOON + 1), [4, 9, 12])
    assert.deepStrictEqual(drawn([4, 9, 2], NOON), [4, 9, 2])
  })

  it("shows the posts that the evidence names before the others", () => {
    const order = examplesFirst([signal("a:1"), signal("a:2"), signal("a:3")], ["a:3", "a:9"]).map(({ id }) => id)
    assert.deepStrictEqual(order, ["a:3", "a:1", "a:2"])
  })
})
