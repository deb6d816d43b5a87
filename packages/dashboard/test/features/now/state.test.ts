import { assert, describe, it } from "@effect/vitest"
import type { TrendPage } from "@signalflow/domain/api/Trends"
import { arrange, nowState, risingCount } from "../../../src/features/now/state.ts"
import { loaded, type Resource } from "../../../src/server/resource.ts"
import { ready, source, topic, trends } from "../../Fixtures.ts"

const live = ready([source("bluesky"), source("reddit", { state: "off" })])
const tag = (page: Resource<TrendPage>, find = "", sources = live) => nowState(page, sources, find)._tag

describe("what the Now page shows", () => {
  it("is loading until the first answer", () => assert.strictEqual(tag({ _tag: "Loading" }), "Loading"))

  it("is the failure when there never was an answer", () => {
    const failure = { _tag: "Refused", message: "no" } as const
    assert.deepStrictEqual(nowState({ _tag: "Failed", failure }, live, ""), { _tag: "Failed", failure })
  })

  it("is what was known when a later answer fails", () => {
    const known: Resource<TrendPage> = {
      ...loaded(trends([topic("a")]), 1),
      failure: { _tag: "Offline", message: "gone" },
    } as Resource<TrendPage>
    assert.strictEqual(tag(known), "Ready")
  })

  it("says that no source is read when all are off", () => {
    assert.strictEqual(tag(ready(trends([])), "", ready([source("bluesky", { state: "off" })])), "NoSource")
    assert.strictEqual(tag(ready(trends([])), "", { _tag: "Loading" }), "Quiet")
  })

  it("is counting before the first window is complete", () => assert.strictEqual(tag(ready(trends([], { asOf: null }))), "Counting"))

  it("is cold while history is short, with topics by volume meanwhile", () => {
    const page = trends(
      [
        topic("few", { state: "cold", ratio: null, surprise: null, observed: 3 }),
        topic("many", { state: "cold", ratio: null, surprise: null, observed: 30 }),
      ],
      { historyHours: 18 },
    )
    const state = nowState(ready(page), live, "")
    assert.strictEqual(state._tag, "Cold")
    if (state._tag !== "Cold") return
    assert.deepStrictEqual([state.have, state.need, state.topics.map((each) => each.topic)], [18, 24, ["many", "few"]])
  })

  it("is cold, not quiet, on an empty database", () => assert.strictEqual(tag(ready(trends([], { asOf: null, historyHours: 0 }))), "Cold"))

  it("is ready as soon as one topic can be compared", () => {
    assert.strictEqual(tag(ready(trends([topic("a"), topic("b", { state: "cold" })], { historyHours: 20 }))), "Ready")
  })

  it("is quiet when nothing is listed", () => assert.strictEqual(tag(ready(trends([]))), "Quiet"))

  it("groups topics and keeps the server's rank in each", () => {
    const page = trends([
      topic("c", { state: "cooling" }),
      topic("a"),
      topic("s", { state: "steady" }),
      topic("b"),
      topic("x", { state: "cold" }),
    ])
    const state = nowState(ready(page), live, "")
    if (state._tag !== "Ready") return assert.fail(state._tag)
    const { rising, steady, cooling, uncompared } = state.groups
    const names = [rising, cooling, steady, uncompared].map((group) => group.map((each) => each.topic))
    assert.deepStrictEqual(names, [["a", "b"], ["c"], ["s"], ["x"]])
  })

  it("narrows by text, and says so when nothing is left", () => {
    const page = ready(trends([topic("chip export ban"), topic("dns outage")]))
    const state = nowState(page, live, " DNS ")
    assert.deepStrictEqual(state._tag === "Ready" ? state.groups.rising.map((each) => each.topic) : [], ["dns outage"])
    assert.deepStrictEqual(nowState(page, live, "tulips"), { _tag: "NoMatch", find: "tulips" })
  })

  it("counts what is rising, for the title", () => {
    assert.strictEqual(risingCount(ready(trends([topic("a"), topic("b", { state: "steady" })]))), 1)
    assert.strictEqual(risingCount({ _tag: "Loading" }), 0)
  })
})

describe("the order of the topics", () => {
  const topics = [topic("b", { observed: 9 }), topic("new"), topic("a")]

  it("is the server's while nobody reads", () => assert.deepStrictEqual(arrange(null, topics), { topics, waiting: 0 }))

  it("stands still while the list is read: values change, what is new waits, what is gone goes", () => {
    const view = arrange(["a", "gone", "b"], topics)
    assert.deepStrictEqual(
      view.topics.map((each) => each.topic),
      ["a", "b"],
    )
    assert.strictEqual(view.topics[1]?.observed, 9)
    assert.strictEqual(view.waiting, 1)
  })
})
