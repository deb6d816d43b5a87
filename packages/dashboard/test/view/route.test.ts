import { pages } from "@signalflow/domain/api/Pages"
import { assert, describe, it } from "@effect/vitest"
import { formatRoute, nowRoute, parseRoute, postsRoute, type Route } from "../../src/view/route.ts"

const parse = (path: string) => parseRoute(new URL(path, "http://localhost"))

describe("the URL", () => {
  const routes: ReadonlyArray<Route> = [
    nowRoute,
    { ...nowRoute, topic: 'c++ & "friends"/#100%', find: "größe" },
    { ...nowRoute, platform: "bluesky" },
    postsRoute,
    { ...postsRoute, platform: "hackernews", kind: "comment", sentiment: "negative", topic: "dns outage", sort: "hot" },
    { page: "sources" },
  ]
  for (const route of routes) {
    it(`is the state: ${formatRoute(route)}`, () => assert.deepStrictEqual(parse(formatRoute(route)), route))
  }

  it("leaves out what is as usual", () => {
    assert.deepStrictEqual([nowRoute, postsRoute].map(formatRoute), ["/", "/posts"])
  })

  it("is read with or without a slash at its end", () => assert.strictEqual(parse("/posts/?kind=story").page, "posts"))

  it("leaves out values that it does not understand, and bounds those that it does", () => {
    assert.deepStrictEqual(parse("/posts?kind=essay&sentiment=&sort=random&topic=%20"), postsRoute)
    const route = parse(`/?topic=${"x".repeat(5_000)}`)
    assert.strictEqual(route.page === "now" ? route.topic?.length : 0, 200)
  })

  it("is of each page that the server serves", () => {
    for (const [page, path] of Object.entries(pages)) assert.strictEqual(parse(path).page, page)
  })

  it("of no page is no error", () => assert.deepStrictEqual(parse("/tulips"), { page: "unknown", path: "/tulips" }))
})
