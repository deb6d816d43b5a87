import { assert, describe, it } from "@effect/vitest"
import { convertThing } from "../../../src/sources/reddit/Convert.ts"
import { flattened } from "../../../src/sources/reddit/Thing.ts"
import { isRecorded } from "../../Recorded.ts"
import { isEvent, reasonIn, removalIn, signalIn } from "../Conversions.ts"
import { recordedThings } from "./Cassettes.ts"

const observedAt = Date.UTC(2026, 10, 22)
const created_utc = observedAt / 1_000 - 60
const convert = (body: unknown) => convertThing(body, { observedAt, mode: "new", runId: "test" })

const post = (more: object = {}) => ({
  kind: "t3",
  data: {
    name: "t3_1mc9kaz",
    subreddit: "technology",
    author: "ada",
    title: "A & B",
    selftext: "",
    created_utc,
    score: 12,
    num_comments: 3,
    upvote_ratio: 0.9,
    url: "https://example.com/a",
    permalink: "/r/technology/comments/1mc9kaz/a_b/",
    is_self: false,
    link_flair_text: "News",
    removed_by_category: null,
    ...more,
  },
})
const comment = (more: object = {}) => ({
  kind: "t1",
  data: {
    name: "t1_abc",
    subreddit: "technology",
    author: "bob",
    body: "Yes &amp; **no**",
    parent_id: "t3_1mc9kaz",
    link_id: "t3_1mc9kaz",
    created_utc,
    score: 4,
    score_hidden: false,
    ...more,
  },
})

const signalOf = (body: unknown) => signalIn(convert(body))
const removalOf = (body: unknown) => removalIn(convert(body)).kind
const reasonOf = (body: unknown) => reasonIn(convert(body))

describe("a Reddit thing", () => {
  it("becomes a post or a comment", () => {
    assert.deepInclude(signalOf(post()) as object, {
      id: "reddit:t3_1mc9kaz",
      kind: "post",
      parentId: null,
      community: "technology",
      author: "ada",
      title: "A & B",
      body: "",
      url: "https://example.com/a",
      permalink: "https://www.reddit.com/r/technology/comments/1mc9kaz/a_b/",
      score: 12,
      comments: 3,
      upvoteRatio: 0.9,
      flair: "News",
      publishedAt: created_utc * 1_000,
    })
    assert.deepInclude(signalOf(comment()) as object, {
      id: "reddit:t1_abc",
      kind: "comment",
      parentId: "reddit:t3_1mc9kaz",
      body: "Yes & **no**",
      permalink: "https://www.reddit.com/comments/1mc9kaz/_/abc/",
      score: 4,
    })
    assert.strictEqual(signalOf(post({ is_self: true, selftext: "Text" })).url, null)
    assert.strictEqual(signalOf(comment({ score_hidden: true })).score, null)
  })

  it("that is gone is a removal: deleted by its author for good, taken down by a moderator until it is approved", () => {
    assert.strictEqual(removalOf(post({ removed_by_category: "deleted", author: "[deleted]" })), "deleted")
    assert.strictEqual(removalOf(post({ removed_by_category: "copyright_takedown" })), "deleted")
    assert.strictEqual(removalOf(post({ removed_by_category: "moderator" })), "hidden")
    assert.strictEqual(removalOf(post({ removed_by_category: "automod_filtered" })), "hidden")
    assert.strictEqual(removalOf(post({ selftext: "[deleted]", author: "[deleted]" })), "deleted")
    assert.strictEqual(removalOf(post({ selftext: "[removed]" })), "hidden")
    assert.strictEqual(removalOf(comment({ body: "[deleted]", author: "[deleted]" })), "deleted")
    assert.strictEqual(removalOf(comment({ body: "[removed]", author: "[deleted]" })), "hidden")
    assert.strictEqual(removalOf(comment({ body: "[ Removed by Reddit ]" })), "deleted")
  })

  it("of a closed account stays, without the name", () => {
    assert.strictEqual(signalOf(post({ author: "[deleted]", selftext: "Still here" })).author, null)
    assert.strictEqual(signalOf(comment({ author: "[deleted]" })).author, null)
  })

  it("that is malformed, an advertisement or of another kind is a counted drop", () => {
    for (const body of [null, 5, {}, { kind: "t3" }, post({ name: "1" }), post({ created_utc: "now" }), comment({ parent_id: null })])
      assert.strictEqual(reasonOf(body), "malformed")
    for (const body of [post({ title: 5, selftext: "" }), comment({ body: null })]) assert.strictEqual(reasonOf(body), "no-text")
    assert.strictEqual(reasonOf({ kind: "t5", data: {} }), "unknown-kind")
    assert.strictEqual(reasonOf(post({ promoted: true })), "promoted")
    assert.strictEqual(reasonOf(post({ created_utc: 253_370_764_800 })), "bad-time")
    assert.strictEqual(reasonOf(post({ title: "  " })), "no-text")
  })

  it("keeps only http URLs, and text that every store takes", () => {
    assert.strictEqual(signalOf(post({ url: "javascript:alert(1)" })).url, null)
    assert.strictEqual(signalOf(post({ permalink: "//evil.example" })).permalink.startsWith("https://www.reddit.com/"), true)
    const made = signalOf(post({ title: `a\u0000b\ud800${"x".repeat(50_000)}`, author: "a\u0000da" }))
    assert.isTrue(made.title.isWellFormed() && !made.title.includes("\u0000"))
    assert.strictEqual(made.author, "ada")
  })

  it("is found beneath others, without the markers for more, however deep", () => {
    const listing = (children: ReadonlyArray<unknown>) => ({ kind: "Listing", data: { children, after: null } })
    let deep: unknown = comment({ name: "t1_d0", replies: "" })
    for (let i = 1; i < 20_000; i++) deep = comment({ name: `t1_d${i}`, replies: listing([deep, { kind: "more", data: {} }]) })
    assert.strictEqual(flattened([deep], 50_000).length, 20_000)
    assert.strictEqual(flattened([deep], 20).length, 20)
  })

  it.skipIf(!isRecorded)("from the recordings decodes or is dropped with a reason, at most one in a thousand", () => {
    const drops: Array<string> = []
    const kinds: Record<string, number> = {}
    let seen = 0
    for (const { file, things } of recordedThings())
      for (const thing of things) {
        seen++
        const converted = convert(thing)
        if (converted._tag === "Drop") drops.push(`${file}: ${converted.reason}`)
        else {
          assert.isTrue(isEvent(converted.event), JSON.stringify(converted.event))
          const { event } = converted
          const kind = event._tag === "Observed" ? event.signal.kind : `${event._tag}`
          kinds[kind] = (kinds[kind] ?? 0) + 1
        }
      }
    process.stdout.write(`reddit recordings: ${seen} things, ${JSON.stringify(kinds)}, ${drops.length} dropped: ${drops.join(", ")}\n`)
    assert.isAbove(seen, 25_000)
    assert.isAtMost(drops.length / seen, 0.001)
    assert.isAbove(kinds["Removed"]!, 200)
  })
})
