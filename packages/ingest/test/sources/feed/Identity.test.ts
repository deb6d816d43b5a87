import { assert, describe, it } from "@effect/vitest"
import { parseDocument } from "../../../src/sources/feed/Document.ts"
import { harvested } from "../../../src/sources/feed/Live.ts"
import { moved, type Position } from "../../../src/sources/feed/Position.ts"
import { rss } from "./Site.ts"

const none = { etag: null, lastModified: null }
const observation = { target: "https://a.example/f", url: "https://a.example/f", observedAt: Date.UTC(2026, 10, 22), runId: "run" }
const DATE = "<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>"

const read = (items: ReadonlyArray<string>, before: Position | null = null) => {
  const text = rss(items.map((item) => `<item>${item}${DATE}</item>`).join(""))
  const { harvest, now } = harvested(parseDocument(text, "a.example"), before, observation)
  const ids = harvest.events.map((event) => (event._tag === "Observed" ? event.signal.id : ""))
  return { ids, dropped: harvest.dropped, after: moved(before, none, now) }
}

describe("the identity of items", () => {
  it("is their text where they have neither id nor link nor title", () => {
    const items = [1, 2, 3].map((n) => `<description>Note ${n}</description>`)
    const first = read(items)
    assert.strictEqual(new Set(first.ids).size, 3)
    assert.deepStrictEqual(read(items, first.after).dropped, { unchanged: 3 })
  })

  for (const guid of ["same", "0", "null", "undefined", "-", "https://"])
    it(`is not an id or a link that all share: ${guid}`, () => {
      const linked = [1, 2, 3].map((n) => `<guid isPermaLink="false">${guid}</guid><title>T${n}</title><link>https://a.example/${n}</link>`)
      const bare = [1, 2].map((n) => `<guid isPermaLink="false">${guid}</guid><title>T${n}</title><link>https://a.example/</link>`)
      const daily = [1, 2].map((n) => `<guid isPermaLink="false">${guid}</guid><title>Daily</title><description>${n}</description>`)
      for (const items of [linked, bare, daily]) {
        const first = read(items)
        assert.strictEqual(new Set(first.ids).size, items.length)
        assert.deepStrictEqual(read(items.toReversed(), first.after).dropped, { unchanged: items.length })
      }
    })

  it("stays through edits where there is an id or a link, also in letters that are not Latin", () => {
    for (const id of [
      "<guid isPermaLink='false'>x-1</guid>",
      "<link>https://a.example/1</link>",
      "<guid isPermaLink='false'>новость</guid>",
    ]) {
      const first = read([`${id}<title>Before</title>`])
      const second = read([`${id}<title>After</title><description>more</description>`], first.after)
      assert.deepStrictEqual(second.ids, first.ids, id)
    }
  })

  it("stays when an id comes to be shared, or ceases to be", () => {
    const of = (n: number) => `<guid isPermaLink="false">g</guid><title>T${n}</title><link>https://a.example/${n}</link>`
    const alone = read([of(1)])
    const both = read([of(2), of(1)], alone.after)
    assert.deepStrictEqual([both.ids.length, both.dropped], [1, { unchanged: 1 }])
    assert.deepStrictEqual(read([of(2)], both.after).dropped, { unchanged: 1 })
  })

  it("stays when a feed gives its items other ids each time", () => {
    const of = (id: string) => `<guid isPermaLink="false">${id}</guid><title>T</title><link>https://a.example/1</link>`
    assert.deepStrictEqual(read([of("b")], read([of("a")]).after).dropped, { unchanged: 1 })
  })
})
