import { assert, describe, it } from "@effect/vitest"
import { readFacets } from "../../../src/sources/bluesky/Facets.ts"
import { microsOf, parseFrame } from "../../../src/sources/bluesky/Frame.ts"
import { authorShare, convertFrame } from "../../../src/sources/bluesky/Convert.ts"
import { isRecorded, recordedLines } from "../../Recorded.ts"
import { isEvent, reasonIn, removalIn, signalIn } from "../Conversions.ts"

const all = { sample: 1, languages: new Set<string>() }
const observation = { mode: "new", runId: "test" } as const
const did = "did:plc:mcc5yghbk7tixqryac2yxku7"
const timeUs = 1_779_719_009_132_431
const received = Math.floor(timeUs / 1_000)

const v2 = (kind: string, more: object) =>
  JSON.stringify({
    $type: "message",
    payload: {
      $type: `network.bsky.jetstream.subscribeEvents#${kind}`,
      seq: 5,
      did,
      time: "2026-05-25T14:23:29.132431Z",
      witnessedAt: "2026-05-25T14:23:29.132431Z",
      ...more,
    },
  })
const post = (record: object, more: object = {}) =>
  v2("commit", {
    operation: "create",
    collection: "app.bsky.feed.post",
    rkey: "3mm",
    cid: "c",
    record: { text: "Hello", createdAt: "2026-05-25T14:23:28.000Z", ...record },
    ...more,
  })
const convert = (text: string, selection = all) => convertFrame(parseFrame(text), selection, observation)
const signalOf = (text: string) => signalIn(convert(text))
const reasonOf = (text: string, selection = all) => reasonIn(convert(text, selection))
const removalOf = (text: string) => removalIn(convert(text))

describe("a Jetstream frame", () => {
  it("with a post becomes a signal", () => {
    const made = signalOf(post({ langs: ["en-GB"], reply: { parent: { uri: `at://${did}/app.bsky.feed.post/3kk` } } }))
    assert.deepInclude(made as object, {
      id: `bluesky:${did}/3mm`,
      author: did,
      body: "Hello",
      language: "en-GB",
      parentId: `bluesky:${did}/3kk`,
      score: null,
      observedAt: received,
    })
    assert.strictEqual(made.permalink, `https://bsky.app/profile/${did}/post/3mm`)
  })

  it("says the same in both versions of the protocol", () => {
    const commit = {
      operation: "create",
      collection: "app.bsky.feed.post",
      rkey: "3mm",
      cid: "c",
      record: { text: "Hello", createdAt: "2026-05-25T14:23:28.000Z" },
    }
    assert.deepStrictEqual(convert(JSON.stringify({ did, time_us: timeUs, kind: "commit", commit })), convert(post({})))
  })

  it("gives the link of its card, else of its text", () => {
    const facets = [{ features: [{ $type: "app.bsky.richtext.facet#link", uri: "https://b.example" }] }]
    const embed = { $type: "app.bsky.embed.external", external: { uri: "https://a.example", title: "Card" } }
    assert.strictEqual(signalOf(post({ embed, facets })).url, "https://a.example")
    assert.strictEqual(signalOf(post({ facets })).url, "https://b.example")
    assert.strictEqual(signalOf(post({ embed: { media: embed } })).url, "https://a.example")
    assert.strictEqual(signalOf(post({ embed: 5, facets: "x" })).url, null)
    assert.strictEqual(signalOf(post({ text: " ", embed })).body, "Card")
  })

  it("keeps the hashtags of its facets and beside its text, each once, and links and mentions that stand among malformed ones", () => {
    const feature = (type: string, more: object) => ({
      index: { byteStart: 0, byteEnd: 1 },
      features: [{ $type: `app.bsky.richtext.facet#${type}`, ...more }],
    })
    const facets = [
      null,
      { features: [7] },
      feature("tag", { tag: "Rust" }),
      feature("tag", { tag: "effect" }),
      feature("tag", { tag: "two words" }),
      feature("tag", { tag: "x".repeat(65) }),
      feature("mention", { did: "did:plc:bob" }),
      feature("link", { uri: "https://example.com/a" }),
      feature("link", { uri: "https://example.com/b" }),
    ]
    const made = signalOf(post({ text: "About #rust, @bob", facets, tags: ["#effect", "streams", 7] }))
    assert.deepInclude(made as object, { body: "About #rust, @bob #effect #streams", url: "https://example.com/a" })
    assert.deepStrictEqual(readFacets(facets).mentions, ["did:plc:bob"])
    assert.strictEqual(signalOf(post({ text: "Plain", facets: "nonsense", tags: {} })).body, "Plain")
  })

  it("that its author labels as not for everybody is a counted drop, and hidden when labelled later", () => {
    const labels = (val: string) => ({ labels: { $type: "com.atproto.label.defs#selfLabels", values: [{ val: "harmless" }, { val }] } })
    for (const val of ["!hide", "porn", "sexual", "graphic-media", "nudity"]) {
      assert.strictEqual(reasonOf(post(labels(val))), "labelled")
      assert.deepInclude(removalOf(post(labels(val), { operation: "update" })) as object, { kind: "hidden", why: "labelled by its author" })
    }
    assert.strictEqual(signalOf(post(labels("spoiler"))).body, "Hello")
    assert.strictEqual(signalOf(post({ labels: 7 })).body, "Hello")
  })

  it("with a delete is a removal, an update a newer observation", () => {
    assert.deepInclude(removalOf(v2("commit", { operation: "delete", collection: "app.bsky.feed.post", rkey: "3mm" })), {
      kind: "deleted",
      target: { _tag: "Signal", id: `bluesky:${did}/3mm` },
      at: received,
    } as never)
    assert.strictEqual(signalOf(post({ text: "Edited" }, { operation: "update" })).body, "Edited")
  })

  it("with the fate of an account removes or restores its author", () => {
    const kindOf = (status: string) => removalOf(v2("account", { account: { active: false, did, status } })).kind
    assert.deepStrictEqual(["deleted", "takendown", "suspended", "deactivated"].map(kindOf), ["deleted", "deleted", "hidden", "hidden"])
    assert.deepInclude(convert(v2("account", { account: { active: true, did } })), { _tag: "Event" })
    assert.strictEqual(reasonOf(v2("account", { account: { active: false, did, status: "desynchronized" } })), "account-status")
  })

  it("of an unknown event kind is a counted drop", () => {
    assert.strictEqual(reasonOf(v2("hologram", {})), "unknown-kind")
    assert.strictEqual(reasonOf(JSON.stringify({ did, time_us: timeUs, kind: "hologram" })), "unknown-kind")
    assert.strictEqual(reasonOf(post({}, { operation: "transmute" })), "unknown-kind")
  })

  it("that is truncated or malformed is a counted drop", () => {
    assert.strictEqual(reasonOf(post({}).slice(0, -20)), "malformed")
    for (const text of [
      "",
      "null",
      "[]",
      "5",
      v2("commit", { rkey: 5 }),
      post({ text: 5 }),
      post({}, { did: "x" }),
      post({}, { rkey: "a b" }),
      post({}, { witnessedAt: "later" }),
    ])
      assert.include(["malformed", "unknown-kind"], reasonOf(text), text)
  })

  it("with a date in the year 9999, of the future or none is clamped to the moment of receipt", () => {
    for (const createdAt of ["9999-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "not a date", "", "1901-01-01T00:00:00Z", "x".repeat(100_000)])
      assert.strictEqual(signalOf(post({ createdAt })).publishedAt, received, createdAt.slice(0, 30))
    assert.strictEqual(signalOf(post({ createdAt: "2026-05-20T00:00:00Z" })).publishedAt, Date.UTC(2026, 4, 20))
  })

  it("with NUL characters and lone surrogates becomes text that every store takes", () => {
    const made = signalOf(post({ text: "a\u0000b \ud800 c" }))
    assert.strictEqual(made.body, "ab \ufffd c")
  })

  it("of a language that is not read is a counted drop; of none it is kept", () => {
    const english = { sample: 1, languages: new Set(["en"]) }
    assert.strictEqual(reasonOf(post({ langs: ["ja"] }), english), "language")
    assert.strictEqual(convert(post({ langs: ["ja", "en-US"] }), english)._tag, "Event")
    assert.strictEqual(convert(post({}), english)._tag, "Event")
  })

  it("is of the sample by its author alone, the same for posts and removals", () => {
    const half = { sample: authorShare(did), languages: new Set<string>() }
    assert.strictEqual(reasonOf(post({}), half), "not-sampled")
    assert.strictEqual(reasonOf(v2("account", { account: { active: false, did, status: "deleted" } }), half), "not-sampled")
    const shares = Array.from({ length: 20_000 }, (_, i) => authorShare(`did:plc:${i.toString(36).padStart(24, "abc")}`))
    for (const limit of [0.05, 0.5, 0.9]) assert.closeTo(shares.filter((share) => share < limit).length / shares.length, limit, 0.015)
  })

  it("has its time to the microsecond", () => {
    assert.strictEqual(microsOf("2026-05-25T14:23:29.132431Z"), timeUs)
    assert.strictEqual(microsOf("2026-05-25T16:23:29.132431999+02:00"), timeUs)
    assert.strictEqual(microsOf("2026-05-25T14:23:29Z"), 1_779_719_009_000_000)
    assert.strictEqual(microsOf("9999-01-01T00:00:00Z"), null)
  })

  it.skipIf(!isRecorded)("from the recordings decodes or is dropped with a reason", () => {
    const read = (path: string) => {
      const tally: Record<string, number> = {}
      for (const line of recordedLines(`bluesky/${path}`)) {
        const converted = convert(line)
        if (converted._tag === "Event") assert.isTrue(isEvent(converted.event), line)
        const fate = converted._tag === "Event" ? converted.event._tag : converted.reason
        tally[fate] = (tally[fate] ?? 0) + 1
      }
      return tally
    }
    assert.deepStrictEqual(read("jetstream/golden_v1.jsonl"), { "not-a-post": 8, Observed: 1, Restored: 1 })
    const derived = read("derived_jetstream/posts_as_jetstream_commits.ndjson.gz")
    assert.strictEqual((derived["Observed"] ?? 0) + (derived["no-text"] ?? 0), 4_455 - 23)
    assert.strictEqual(derived["labelled"], 23)
    assert.isAtMost(derived["no-text"] ?? 0, 14)
    for (const path of ["jetstream/v1_2026-07-04_part1.jsonl", "jetstream/jsonbench_head_2024-11-21.ndjson"]) {
      const tally = read(path)
      assert.isUndefined(tally["malformed"])
      assert.isUndefined(tally["unknown-kind"])
    }
  })
})
