import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { matches, type Searchable } from "../../src/query/Matches.ts"
import { allOf, and, field, not, or, Query, range, text } from "../../src/query/Query.ts"

const signal = (fields: Partial<Searchable> = {}): Searchable => ({
  platform: "reddit",
  kind: "post",
  title: "Rust 2.0 is out",
  body: "The compiler is faster",
  community: "programming",
  author: "ada",
  language: "en",
  topics: ["rust", "#cafe"],
  sentiment: { label: "positive" },
  publishedAt: 1_000,
  score: 10,
  comments: null,
  views: null,
  heat: 0.5,
  ...fields,
})

const holds = (query: Query, fields?: Partial<Searchable>) => matches(query)(signal(fields))

describe("a query", () => {
  it("means all signals where it says nothing, and none where it asks for one of nothing", () => {
    assert.isTrue(holds(and()))
    assert.isFalse(holds(or()))
    assert.isTrue(holds(allOf({ platform: null, topic: undefined })))
  })

  it("compares fields as they are, and topics in the form in which they are counted", () => {
    assert.isTrue(holds(field("platform", "bluesky", "reddit")))
    assert.isFalse(holds(field("platform", "Reddit")))
    assert.isTrue(holds(field("topic", "#Cafés")))
    assert.isTrue(holds(field("topic", "Rust")))
    // Rows keep the form that topics had when they were read.
    assert.isTrue(holds(field("topic", "Old Form"), { topics: ["Old Form"] }))
    assert.isFalse(holds(field("author", "ada"), { author: null }))
    assert.isFalse(holds(field("sentiment", "positive"), { sentiment: null }))
  })

  it("takes ranges from their start to before their end; a number that is not there is in none", () => {
    assert.isTrue(holds(range("time", 1_000, 1_001)))
    assert.isFalse(holds(range("time", 0, 1_000)))
    assert.isTrue(holds(range("time", Date.UTC(2026, 0, 1), undefined), { publishedAt: "2026-01-01T00:00:00.000Z" }))
    assert.isFalse(holds(range("comments", undefined, 5)))
    assert.isTrue(holds(range("score", 10, undefined)))
  })

  it("joins by and, or and not", () => {
    const query = and(or(text("rust"), text("zig")), not(text("game")))
    assert.isTrue(holds(query))
    assert.isFalse(holds(query, { title: "Rust, the game" }))
    assert.isFalse(holds(query, { title: "Go" }))
    assert.isTrue(holds(not(field("author", "bob")), { author: null }))
  })

  it("is JSON, and only what is one is read", () => {
    const query = and(or(text("a b"), field("topic", "x")), not(range("heat", 0.1, undefined)))
    const decode = Schema.decodeUnknownSync(Query)
    assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(query))), query)
    for (const wrong of [
      { _tag: "Field", field: "password", values: [] },
      { _tag: "And" },
      { _tag: "Range", range: "time", from: "1" },
      null,
    ])
      assert.throws(() => decode(wrong))
  })
})
