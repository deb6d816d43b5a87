import { SignalView } from "../../src/api/SignalView.ts"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Exit, Schema } from "effect"
import { Platform } from "../../src/signals/Platform.ts"
import { Signal, SignalId, signalId } from "../../src/signals/Signal.ts"
import { signalRecord } from "../../src/bus/SignalBus.ts"
import { keyOf, Removed, Restored, SignalEvent } from "../../src/signals/SignalEvent.ts"
import { isTimestamp } from "../../src/Time.ts"

const decode = Schema.decodeUnknownExit(SignalEvent)

const signal = {
  id: "hackernews:1",
  platform: "hackernews",
  kind: "story",
  parentId: null,
  community: null,
  author: "dang",
  title: "é 東京 👍 \ud800",
  body: "",
  url: "https://example.org/",
  permalink: "https://news.ycombinator.com/item?id=1",
  language: null,
  score: 1,
  comments: null,
  upvoteRatio: null,
  reposts: null,
  views: null,
  publishedAt: 1_700_000_000_000,
  observedAt: 1_700_000_000_001,
  flair: null,
  meta: { schemaVersion: 1, producer: "test", runId: "r", mode: "new" },
}

// Ids of up to 900 characters are more than the generator finds.
const { id: _, parentId: __, ...fields } = Signal.fields
const anything = Schema.Struct(fields)

describe("Signal", () => {
  it.prop("survives the way through JSON, whatever it holds", [anything, Schema.Int], ([rest, n]) => {
    const made: Signal = { ...rest, id: signalId(rest.platform, n), parentId: null }
    return Equal.equals(Schema.decodeUnknownSync(SignalEvent)(JSON.parse(JSON.stringify({ _tag: "Observed", signal: made }))), {
      _tag: "Observed",
      signal: made,
    })
  })

  const wrong: ReadonlyArray<readonly [string, Record<string, unknown>]> = [
    ["an id without a platform", { id: "1" }],
    ["an id with a NUL", { id: "hackernews:\u0000" }],
    ["a platform that is no slug", { platform: "Hacker News" }],
    ["a javascript URL", { url: "javascript:alert(1)" }],
    ["a date in the year 9999", { publishedAt: Date.UTC(9999, 0, 1) }],
    ["a date before 1970", { observedAt: -1 }],
    ["half a vote", { score: 0.5 }],
    ["no number for a count", { comments: "many" }],
    ["a title that is too long", { title: "x".repeat(1_001) }],
    ["a body that is too long", { body: "x".repeat(20_001) }],
    ["an unknown kind", { kind: "podcast" }],
  ]
  it.each(wrong)("refuses %s", (_, change) => {
    assert.isTrue(Exit.isSuccess(decode({ _tag: "Observed", signal })))
    assert.isTrue(Exit.isFailure(decode({ _tag: "Observed", signal: { ...signal, ...change } })))
  })
})

describe("the permalink of a signal", () => {
  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "/r/rust/1",
    "ftp://example.org",
    " https://example.org",
    "x".repeat(3_000),
    "java\nscript:x",
    7,
    null,
  ])("that is no web address reads as none, and costs the signal nothing else: %s", (permalink) => {
    const read = Schema.decodeUnknownSync(Signal)({ ...signal, permalink })
    assert.deepStrictEqual(read, { ...Schema.decodeUnknownSync(Signal)(signal), permalink: "" })
    assert.strictEqual(Schema.decodeUnknownSync(SignalView.fields.permalink)(permalink), "")
  })

  it.each(["https://example.org/1", "HTTP://example.org", ""])("is kept as it is: %s", (permalink) => {
    assert.strictEqual(Schema.decodeUnknownSync(Signal)({ ...signal, permalink }).permalink, permalink)
  })
})

describe("SignalEvent", () => {
  it.prop("survives the way through JSON: removals and restorations", [Schema.Union([Removed, Restored])], ([event]) =>
    Equal.equals(decode(JSON.parse(JSON.stringify(event))), Exit.succeed(event)),
  )

  it("goes on the bus as it stands, under a key that orders all events of one thing", () =>
    Effect.gen(function* () {
      const id = signalId("hackernews", 1)
      const observed = yield* Schema.decodeUnknownEffect(SignalEvent)({ _tag: "Observed", signal })
      const removed: SignalEvent = { _tag: "Removed", target: { _tag: "Signal", id }, kind: "deleted", at: 1, why: "deleted" }
      const author: SignalEvent = {
        _tag: "Restored",
        target: { _tag: "Author", platform: Platform.make("bluesky"), author: "did:plc:x" },
        at: 2,
      }
      assert.deepStrictEqual([observed, removed, author].map(keyOf), ["hackernews:1", "hackernews:1", "author:bluesky:did:plc:x"])
      const record = signalRecord(observed, { traceparent: "t" })
      assert.strictEqual(record.key, "hackernews:1")
      assert.deepStrictEqual(record.headers, { schema_version: "1", "content-type": "application/json", traceparent: "t" })
      assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(SignalEvent)(JSON.parse(record.value)), observed)
    }).pipe(Effect.runPromise))

  it("refuses an unknown event, an unknown removal and an author without a name", () => {
    for (const event of [
      { _tag: "Edited", signal },
      { _tag: "Removed", target: { _tag: "Signal", id: "x:1" }, kind: "lost", at: 1, why: "" },
      { _tag: "Removed", target: { _tag: "Author", platform: "x", author: "" }, kind: "hidden", at: 1, why: "" },
      null,
      [],
      "Observed",
    ])
      assert.isTrue(Exit.isFailure(decode(event)), JSON.stringify(event))
  })
})

it("names signals by platform and native id", () => {
  assert.strictEqual(
    signalId("bluesky", "at://did:plc:x/app.bsky.feed.post/3k"),
    SignalId.make("bluesky:at://did:plc:x/app.bsky.feed.post/3k"),
  )
  assert.throws(() => signalId("bluesky", "with a space"))
  assert.throws(() => signalId("x", "y".repeat(901)))
})

it("takes no time outside 1970 to 2100, and no part of a millisecond", () => {
  for (const good of [0, Date.now(), Date.UTC(2100, 0, 1)]) assert.isTrue(isTimestamp(good))
  for (const bad of [-1, 0.5, Number.NaN, Infinity, Date.UTC(9999, 0, 1), 2 ** 53]) assert.isFalse(isTimestamp(bad))
})
