import { assert, describe, it } from "@effect/vitest"
import { MOST, newerThan, noPosts, postsReducer, postsState, queryOf } from "../../../src/features/posts/state.ts"
import { postsRoute } from "../../../src/view/route.ts"
import { at, signal } from "../../Fixtures.ts"

const none: ReadonlySet<string> = new Set()
const page = (ids: ReadonlyArray<string>, next: string | null) =>
  ({ _tag: "Answered", page: { results: ids.map((id) => signal(id)), next } }) as const
const refused = { _tag: "Failed", failure: { _tag: "Refused", message: "no" } } as const

describe("the pages of posts", () => {
  it("follow each other; a post that moved between two of them is shown once", () => {
    const data = [page(["a:1", "a:2"], "c1"), page(["a:2", "a:3"], null)].reduce(postsReducer, noPosts)
    assert.deepStrictEqual(
      data.rows.map(({ id }) => id),
      ["a:1", "a:2", "a:3"],
    )
    assert.strictEqual(postsState(data, postsRoute, none)._tag === "Ready" && data.next, null)
  })

  it("keep what was read when a later page fails, with the failure below it", () => {
    const state = postsState([page(["a:1"], "c1"), { _tag: "Asked" } as const, refused].reduce(postsReducer, noPosts), postsRoute, none)
    assert.isTrue(state._tag === "Ready" && state.rows.length === 1 && state.failure?.message === "no" && state.more === "ask")
  })

  it("are loading, failed or empty before anything was read", () => {
    assert.strictEqual(postsState(noPosts, postsRoute, none)._tag, "Loading")
    assert.strictEqual(postsState(postsReducer(noPosts, refused), postsRoute, none)._tag, "Failed")
    assert.deepStrictEqual(postsState(postsReducer(noPosts, page([], null)), postsRoute, none), { _tag: "Empty", filtered: false })
    assert.deepStrictEqual(postsState(postsReducer(noPosts, page([], null)), { ...postsRoute, kind: "story" }, none), {
      _tag: "Empty",
      filtered: true,
    })
  })

  it("lose at once what was removed", () => {
    const state = postsState(postsReducer(noPosts, page(["a:1", "a:2"], null)), postsRoute, new Set(["a:1"]))
    assert.deepStrictEqual(state._tag === "Ready" ? state.rows.map(({ id }) => id) : [], ["a:2"])
  })

  it("end at a bound", () => {
    const ids = Array.from({ length: MOST }, (_, i) => `a:${i}`)
    const state = postsState(postsReducer(noPosts, page(ids, "c")), postsRoute, none)
    assert.strictEqual(state._tag === "Ready" ? state.more : "", "bound")
  })

  it("are asked for with the filters of the URL", () => {
    const route = { ...postsRoute, platform: "bluesky", sentiment: "negative", topic: "dns outage", sort: "hot" } as const
    assert.deepStrictEqual(queryOf(route, "c9"), {
      page_size: 40,
      sort: "hot",
      platform: "bluesky",
      sentiment: "negative",
      topic: "dns outage",
      cursor: "c9",
    })
  })

  it("know how many came since that fit the filters", () => {
    const data = postsReducer(noPosts, page(["bluesky:1"], null))
    const live = [
      signal("bluesky:1", { publishedAt: at(9) }),
      signal("bluesky:2", { publishedAt: at(9) }),
      signal("hackernews:3", { publishedAt: at(9) }),
      signal("bluesky:4", { publishedAt: at(-9) }),
    ]
    assert.strictEqual(newerThan(data, postsRoute, live), 2)
    assert.strictEqual(newerThan(data, { ...postsRoute, platform: "bluesky" }, live), 1)
    assert.strictEqual(newerThan(data, { ...postsRoute, sort: "hot" }, live), 0)
  })
})
