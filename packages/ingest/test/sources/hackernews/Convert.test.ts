import { assert, describe, it } from "@effect/vitest"
import { convertHit } from "../../../src/sources/hackernews/Hit.ts"
import { convertItem } from "../../../src/sources/hackernews/Convert.ts"
import { isRecorded, recordedJson } from "../../Recorded.ts"
import { isEvent, reasonIn, removalIn, signalIn } from "../Conversions.ts"

const observation = { observedAt: Date.UTC(2026, 10, 22), mode: "new", runId: "test" } as const
const time = observation.observedAt / 1_000 - 60
const story = (more: object = {}) => ({
  id: 7,
  type: "story",
  by: "ada",
  time,
  title: "A title",
  url: "https://example.com",
  score: 3,
  descendants: 1,
  ...more,
})
const convert = (body: unknown) => convertItem(body, observation)
const signalOf = (body: unknown) => signalIn(convert(body))
const reasonOf = (body: unknown) => reasonIn(convert(body))

describe("a Hacker News item", () => {
  it("becomes a story or a comment", () => {
    const made = signalOf(story())
    assert.deepInclude(made as object, {
      id: "hackernews:7",
      kind: "story",
      title: "A title",
      author: "ada",
      score: 3,
      comments: 1,
      parentId: null,
      url: "https://example.com",
    })
    assert.strictEqual(made.publishedAt, time * 1_000)
    assert.strictEqual(made.permalink, "https://news.ycombinator.com/item?id=7")
    const comment = signalOf({ id: 8, type: "comment", by: "bob", parent: 7, text: "<i>Yes</i> &amp; no", time })
    assert.deepInclude(comment as object, {
      kind: "comment",
      title: "",
      body: "Yes & no",
      parentId: "hackernews:7",
      score: null,
      comments: null,
      url: null,
    })
  })

  it("that is deleted or dead is a removal", () => {
    assert.deepInclude(convert({ id: 7, type: "story", deleted: true, time }), { _tag: "Event" })
    const of = (body: unknown) => removalIn(convert(body)).kind
    assert.strictEqual(of({ id: 7, deleted: true }), "deleted")
    assert.strictEqual(of({ ...story(), dead: true }), "hidden")
    assert.strictEqual(of({ ...story(), dead: true, deleted: true }), "deleted")
  })

  it("of an unknown kind is a counted drop", () => {
    assert.strictEqual(reasonOf(story({ type: "hologram" })), "unknown-kind")
    assert.strictEqual(reasonOf(story({ type: "pollopt" })), "poll-option")
  })

  it("that is malformed is a counted drop", () => {
    for (const body of [{}, [], 5, "x", { id: "7" }, { id: -1 }, story({ time: "now" }), { id: 7, by: "ada" }])
      assert.strictEqual(reasonOf(body), "malformed")
  })

  it("with a date in the year 9999 or before 1970 is a counted drop", () => {
    assert.strictEqual(reasonOf(story({ time: 253_370_764_800 })), "bad-time")
    assert.strictEqual(reasonOf(story({ time: -1 })), "bad-time")
    assert.strictEqual(reasonOf(story({ time: 1e300 })), "bad-time")
  })

  it("with NUL characters and lone surrogates becomes text that every store takes", () => {
    const made = signalOf(story({ title: "a\u0000b\ud800", text: "c\u0000\udfffd", by: "a\u0000da" }))
    assert.isTrue(isEvent({ _tag: "Observed", signal: made }))
    for (const text of [made.title, made.body, made.author!]) {
      assert.isFalse(text.includes("\u0000"))
      assert.isTrue(text.isWellFormed())
    }
    assert.strictEqual(made.author, "ada")
  })

  it("without any text is a counted drop", () => {
    assert.strictEqual(reasonOf(story({ title: " ", text: "" })), "no-text")
  })

  it("keeps only http URLs", () => {
    assert.strictEqual(signalOf(story({ url: "javascript:alert(1)" })).url, null)
    assert.strictEqual(signalOf(story({ url: `https://example.com/${"x".repeat(3_000)}` })).url, null)
  })

  it("of 20,000 letters without a space and longer stays within the limits", () => {
    const made = signalOf(story({ title: "x".repeat(50_000), text: "y".repeat(500_000) }))
    assert.isTrue(isEvent({ _tag: "Observed", signal: made }))
    assert.strictEqual(made.body.length, 20_000)
  })

  it.skipIf(!isRecorded)("from the recordings decodes or is dropped with a reason", () => {
    const files = ["newstories_items_2019-11-12.json.gz", "topstories_items_2019-11-12.json.gz", "api_doc_examples.json"]
    let events = 0
    const drops: Record<string, number> = {}
    for (const body of files.flatMap((file) => recordedJson(`hackernews/firebase/${file}`) as ReadonlyArray<unknown>)) {
      const converted = convert(body)
      if (converted._tag === "Drop") drops[converted.reason] = (drops[converted.reason] ?? 0) + 1
      else {
        events++
        assert.isTrue(isEvent(converted.event), JSON.stringify(converted.event))
      }
    }
    // The examples of the documentation: a poll option, and a user, two lists and an update, which are no items.
    assert.deepStrictEqual(drops["poll-option"], 1)
    assert.isAtMost(drops["malformed"] ?? 0, 4)
    assert.isAtLeast(events, 1_000)
  })
})

describe("a hit of the search index", () => {
  const of = (more: object) =>
    convertHit(
      { objectID: "9", created_at_i: time, author: "ada", title: "T", points: 5, num_comments: 2, _tags: ["story"], ...more },
      { ...observation, mode: "backfill" },
    )

  it("becomes what the item would have become", () => {
    const item = signalOf(story({ id: 9, title: "T", score: 5, descendants: 2 }))
    const hit = of({ url: "https://example.com" })
    assert.isTrue(hit._tag === "Event" && hit.event._tag === "Observed")
    if (hit._tag === "Event" && hit.event._tag === "Observed")
      assert.deepStrictEqual({ ...hit.event.signal, meta: null }, { ...item, meta: null } as unknown as typeof item & { meta: null })
  })

  it("with a parent and text is a comment", () => {
    const hit = of({
      _tags: ["comment", "author_ada"],
      title: null,
      points: null,
      num_comments: null,
      comment_text: "Hi<p>you",
      parent_id: 3,
    })
    assert.isTrue(
      hit._tag === "Event" &&
        hit.event._tag === "Observed" &&
        hit.event.signal.body === "Hi\n\nyou" &&
        hit.event.signal.parentId === "hackernews:3",
    )
  })

  it("that is malformed or of an unknown kind is a counted drop", () => {
    assert.deepInclude(of({ objectID: "nine" }), { reason: "malformed" })
    assert.deepInclude(of({ _tags: ["front_page"] }), { reason: "unknown-kind" })
  })
})
