import { assert, describe, it } from "@effect/vitest"
import { byPlatform, groupsOf, lagWords, sourcesState } from "../../../src/features/sources/state.ts"
import { ready, source } from "../../Fixtures.ts"

describe("the sources", () => {
  it("stand with what needs attention first", () => {
    const state = sourcesState(
      ready([source("reddit", { state: "off" }), source("hackernews"), source("youtube", { state: "degraded" }), source("bluesky")]),
    )
    assert.deepStrictEqual(state._tag === "Ready" ? state.sources.map(({ platform }) => platform) : [], [
      "youtube",
      "bluesky",
      "hackernews",
      "reddit",
    ])
    assert.strictEqual(state._tag === "Ready" ? state.live : -1, 2)
  })

  it("name those whose history is being loaded", () => {
    const state = sourcesState(ready([source("bluesky", { warmStart: 0.4 }), source("hackernews", { warmStart: 1 })]))
    assert.deepStrictEqual(state._tag === "Ready" ? state.loading.map(({ platform }) => platform) : [], ["bluesky"])
  })

  it("are empty when none is configured", () => assert.strictEqual(sourcesState(ready([]))._tag, "Empty"))

  it("show the worst target of a platform where there is one line for it", () => {
    const lines = byPlatform([source("bluesky"), source("bluesky", { target: "b", state: "degraded" }), source("hackernews")])
    assert.deepStrictEqual(
      lines.map(({ platform, state }) => [platform, state]),
      [
        ["bluesky", "degraded"],
        ["hackernews", "live"],
      ],
    )
  })

  it("say once what the targets of a platform share, and of each what differs", () => {
    const why = "the API answers 503"
    const [reddit, youtube] = groupsOf([
      source("reddit", { target: "science", quotaLeft: 998, signalsLastHour: 328 }),
      source("reddit", { target: "news", quotaLeft: 990, signalsLastHour: 328, state: "degraded", why, lagSeconds: 900 }),
      source("youtube", { target: "mostPopular:US", warmStart: 0.5 }),
    ])
    assert.deepInclude(reddit, { state: "degraded", why: null, quotaLeft: 990, signalsLastHour: 328 })
    assert.deepStrictEqual(reddit?.targets, [
      { name: "r/science", active: true, state: "live", why: null, lagSeconds: null, warmStart: null },
      { name: "r/news", active: true, state: null, why, lagSeconds: 900, warmStart: null },
    ])
    assert.deepInclude(youtube?.targets[0], { name: "Most popular in US", warmStart: 0.5 })
  })

  it("give their lag in words", () => assert.deepStrictEqual([null, 1.4, 600, 7_200].map(lagWords), ["–", "1 s", "10 min", "2 h"]))
})
