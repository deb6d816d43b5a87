import { assert, describe, it } from "@effect/vitest"
import { parseDocument } from "../../../src/sources/feed/Document.ts"
import { harvested } from "../../../src/sources/feed/Live.ts"
import { moved, type Position, positionOf, stored, validatorsAt } from "../../../src/sources/feed/Position.ts"
import { item, rss } from "./Site.ts"

const observedAt = Date.UTC(2026, 10, 22, 12)
const observation = { target: "https://site.example/feed", url: "https://site.example/feed", observedAt, runId: "run" }
const none = { etag: null, lastModified: null }

const read = (text: string, before: Position | null = null, at = observedAt) => {
  const { harvest, now, due } = harvested(parseDocument(text, "site.example"), before, { ...observation, observedAt: at })
  const signals = harvest.events.flatMap((event) => (event._tag === "Observed" ? [event.signal] : []))
  return { signals, dropped: harvest.dropped, received: harvest.received, after: moved(before, none, now, due) }
}

describe("a document of a feed", () => {
  it("takes of the same guid the first", () => {
    const { signals, dropped } = read(rss(item(1) + item(1, "again") + item(2)))
    assert.deepStrictEqual(
      signals.map(({ title }) => title),
      ["Post 1", "Post 2"],
    )
    assert.deepStrictEqual(dropped, { duplicate: 1 })
  })

  it("loses one item where one item is broken", () => {
    const bad = `<item><description></description><pubDate>never</pubDate></item><item><title> </title><guid>x</guid></item>`
    const { signals, dropped, received } = read(rss(item(1) + bad + item(2)))
    assert.strictEqual(signals.length, 2)
    assert.strictEqual(received, signals.length + Object.values(dropped).reduce((sum, n) => sum + n, 0))
  })

  it("gives the same guid in another feed another id", () => {
    const document = parseDocument(rss(item(1)), "site.example")
    const [one, other] = ["https://a.example/", "https://b.example/"].map(
      (target) => [...harvested(document, null, { ...observation, target }).now.keys()][0],
    )
    assert.notStrictEqual(one, other)
    assert.match(one!, /^[\w-]{22}$/)
  })

  it("holds back what is dated in the future until its time has come, and then takes it at its own time", () => {
    const dated = (title: string, when: string) =>
      rss(`<item><title>${title}</title><guid>f</guid><pubDate>${when}</pubDate></item>${item(1)}`)
    const due = Date.UTC(2026, 10, 23, 12)
    const first = read(dated("a", "Mon, 23 Nov 2026 12:00:00 GMT"))
    assert.deepStrictEqual(
      first.signals.map(({ title }) => title),
      ["Post 1"],
    )
    assert.deepStrictEqual(first.dropped, { future: 1 })
    assert.strictEqual(first.after.due, due)
    const later = read(
      dated("b", "Mon, 23 Nov 2026 12:00:00 GMT"),
      positionOf(JSON.parse(JSON.stringify(stored(first.after)))),
      due + 60_000,
    )
    assert.deepStrictEqual(
      later.signals.map(({ title, publishedAt, meta }) => [title, publishedAt, meta.mode]),
      [["b", due, "new"]],
    )
    assert.isNull(later.after.due)
  })

  it("asks for the whole document when an item has come due, though it has not changed", () => {
    const position = { etag: "x", lastModified: "y", seen: new Map(), due: observedAt + 1_000 }
    assert.deepInclude(validatorsAt(position, observedAt), { etag: "x", lastModified: "y" })
    assert.deepStrictEqual(validatorsAt(position, observedAt + 1_000), none)
    assert.deepStrictEqual(validatorsAt(null, observedAt), none)
  })

  it("takes a clock that is a little ahead for a clock, and a known item for what it was", () => {
    const of = (title: string, at: number) =>
      rss(`<item><title>${title}</title><guid>f</guid><pubDate>${new Date(at).toUTCString()}</pubDate></item>`)
    const first = read(of("a", observedAt + 60_000))
    assert.strictEqual(first.signals[0]?.publishedAt, observedAt)
    const moved = read(of("b", observedAt + 86_400_000), first.after, observedAt + 60_000)
    assert.deepInclude(moved.signals[0], { title: "b", publishedAt: observedAt })
  })

  it("finds items that appear late, between known ones or below them, at their own time", () => {
    const first = read(rss(item(5) + item(3)))
    const second = read(rss(item(5) + item(4) + item(3) + item(2)), first.after, observedAt + 60_000)
    assert.deepStrictEqual(
      second.signals.map(({ title, publishedAt }) => [title, publishedAt]),
      [
        ["Post 4", Date.UTC(2026, 10, 22, 4)],
        ["Post 2", Date.UTC(2026, 10, 22, 2)],
      ],
    )
  })

  it("takes what appears late without a date for no newer than what stands above it", () => {
    const undated = (n: number) => `<item><title>Post ${n}</title><guid>${n}</guid></item>`
    const first = read(rss(undated(1)))
    const second = read(rss(undated(3) + undated(1)), first.after, observedAt + 60_000)
    const third = read(rss(undated(3) + undated(2) + undated(1) + undated(0)), second.after, observedAt + 120_000)
    assert.deepStrictEqual(
      third.signals.map(({ title, publishedAt }) => [title, publishedAt]),
      [["Post 2", observedAt + 60_000]],
    )
    // Below what is older than the watch, nothing is newer.
    assert.deepStrictEqual(third.dropped, { unchanged: 1, undated: 2 })
    const dated = read(rss(item(5) + undated(9) + item(3)), read(rss(item(5) + item(3))).after, observedAt + 60_000)
    assert.strictEqual(dated.signals[0]?.publishedAt, Date.UTC(2026, 10, 22, 5))
  })

  it("takes what has no date from the second look on: at the first, nobody knows how old it is", () => {
    const undated = (n: number) => `<item><title>Post ${n}</title><guid>${n}</guid></item>`
    const first = read(rss(undated(1)))
    assert.deepStrictEqual([first.signals.length, first.dropped], [0, { undated: 1 }])
    const second = read(rss(undated(2) + undated(1)), first.after, observedAt + 60_000)
    assert.deepStrictEqual(
      second.signals.map(({ title, publishedAt }) => [title, publishedAt]),
      [["Post 2", observedAt + 60_000]],
    )
    assert.deepStrictEqual(second.dropped, { undated: 1 })
  })

  it("reads the newest 500 items and counts the others", () => {
    const old = Array.from(
      { length: 600 },
      (_, n) =>
        `<item><title>${n}</title><guid>${n}</guid><pubDate>${new Date(observedAt - 1e9 + n * 1_000).toUTCString()}</pubDate></item>`,
    )
    const { signals, dropped, after } = read(rss(old.join("")))
    assert.strictEqual(signals.length, 500)
    assert.strictEqual(signals[0]?.title, "599")
    assert.deepStrictEqual(dropped, { "too-many": 100 })
    assert.strictEqual(after.seen.size, 500)
  })

  it("remembers at most 1,000 items, those of the document first", () => {
    const page = (from: number) => rss(Array.from({ length: 500 }, (_, n) => item(from + n)).join(""))
    let before: Position | null = null
    for (const from of [0, 500, 1_000]) before = read(page(from), before).after
    assert.strictEqual(before?.seen.size, 1_000)
    assert.deepStrictEqual(read(page(1_000), before).dropped, { unchanged: 500 })
    assert.deepStrictEqual(read(page(500), before).dropped, { unchanged: 500 })
    assert.deepStrictEqual(read(page(0), before).dropped, {})
  })

  it("keeps its position through JSON, and takes what it cannot understand for none", () => {
    const { after } = read(rss(item(1)))
    assert.deepStrictEqual(positionOf(JSON.parse(JSON.stringify(stored(after)))), after)
    for (const strange of [null, 7, {}, { seen: 1 }, { etag: null, lastModified: null, seen: [["a"]] }]) assert.isNull(positionOf(strange))
  })
})
