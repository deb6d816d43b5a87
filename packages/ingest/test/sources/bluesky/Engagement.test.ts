import { assert, describe, it } from "@effect/vitest"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Platform } from "@signalflow/domain/signals/Platform"
import { signalId } from "@signalflow/domain/signals/Signal"
import type { Counted } from "@signalflow/domain/signals/SignalEvent"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../../src/stores/Cursors.ts"
import { Engagement, MOST_ACTS, MOST_TRACKED } from "../../../src/sources/bluesky/Engagement.ts"
import { type Frame, parseFrame } from "../../../src/sources/bluesky/Frame.ts"
import { convertFrame } from "../../../src/sources/bluesky/Convert.ts"
import { advance, recordingBus, surroundings } from "../../Harness.ts"
import { closed, EAST, frame, now, type Play, silent, start } from "./Scripted.ts"

const us = now * 1_000
const second = 1_000_000
const collectionOf = { post: "app.bsky.feed.post", like: "app.bsky.feed.like", repost: "app.bsky.feed.repost" } as const
type Kind = keyof typeof collectionOf
const uri = (of: string) => `at://did:plc:ada/app.bsky.feed.post/${of}`

const create = (n: number, at: number, kind: Kind, rkey: string, record: object, did = "did:plc:bob") =>
  frame("commit", n, us + at, { did, operation: "create", collection: collectionOf[kind], rkey, cid: `c${rkey}`, record })
const own = (n: number, at: number, rkey: string) => create(n, at, "post", rkey, { text: `Post ${rkey}` }, "did:plc:ada")
const like = (n: number, at: number, rkey: string, of: string) => create(n, at, "like", rkey, { subject: { uri: uri(of), cid: "c" } })
const repost = (n: number, at: number, rkey: string, of: string) => create(n, at, "repost", rkey, { subject: { uri: uri(of), cid: "c" } })
const reply = (n: number, at: number, rkey: string, of: string) =>
  create(n, at, "post", rkey, { text: "Indeed", reply: { root: { uri: uri(of) }, parent: { uri: uri(of) } } })
const gone = (n: number, at: number, kind: Kind, rkey: string, did = "did:plc:bob") =>
  frame("commit", n, us + at, { did, operation: "delete", collection: collectionOf[kind], rkey })

/** Two posts and what happens to them, half a second apart; a third is deleted. After it a has 2 likes, 1 repost, 1 reply, b 1 like. */
const story = [
  (n: number, at: number) => own(n, at, "a"),
  (n: number, at: number) => like(n, at, "l1", "a"),
  (n: number, at: number) => own(n, at, "b"),
  (n: number, at: number) => like(n, at, "l2", "a"),
  (n: number, at: number) => repost(n, at, "r1", "a"),
  (n: number, at: number) => like(n, at, "l3", "b"),
  (n: number, at: number) => gone(n, at, "like", "l2"),
  (n: number, at: number) => own(n, at, "d"),
  (n: number, at: number) => like(n, at, "l4", "d"),
  (n: number, at: number) => reply(n, at, "p1", "a"),
  (n: number, at: number) => reply(n, at, "p2", "b"),
  (n: number, at: number) => like(n, at, "l5", "a"),
  (n: number, at: number) => gone(n, at, "post", "d", "did:plc:ada"),
  (n: number, at: number) => gone(n, at, "post", "p2"),
  (n: number, at: number) => gone(n, at, "repost", "unknown"),
  (n: number, at: number) => like(n, at, "l6", "elsewhere"),
].map((make, i) => make(100 + i, (i * second) / 2))
const expected = { a: [2, 1, 1], b: [1, 0, 0] }

const timeOf = (read: Frame) => ("timeUs" in read ? read.timeUs : 0)
const everyone = { sample: 1, languages: new Set<string>() }
/** Only ada's posts are of the sample. */
const isOwn = (read: Frame) => read._tag === "Commit" && read.did === "did:plc:ada"

const feed = (engagement: Engagement, texts: ReadonlyArray<string>) => {
  for (const text of texts) {
    const read = parseFrame(text)
    if (read._tag === "Commit") engagement.read(read)
    const converted = convertFrame(read, everyone, { mode: "new", runId: "test" })
    if (isOwn(read) && converted._tag === "Event")
      engagement.note(converted.event, read._tag === "Commit" && read.operation === "create", timeOf(read))
  }
}
const told = (events: ReadonlyArray<Counted>) =>
  Object.fromEntries(
    events.map(({ target, score, reposts, comments }) => [target.id.slice("bluesky:did:plc:ada/".length), [score, reposts, comments]]),
  )
const due = (engagement: Engagement, atUs: number, most = 500) =>
  engagement.due(atUs, most).flatMap((event) => (event._tag === "Counted" ? [event] : []))
const reborn = (engagement: Engagement) => Engagement.from(JSON.parse(JSON.stringify(engagement.toPosition())), "test")

describe("the engagement with a Bluesky post", () => {
  it("is counted for tracked posts, and lowered again by what is taken back", () => {
    const engagement = new Engagement("test")
    feed(engagement, story)
    assert.deepStrictEqual(told(due(engagement, us + 60 * second)), expected)
    assert.strictEqual(engagement.size, 2)
  })

  it("is the same however often the stream is cut, whatever was saved, and however far it is rewound", () => {
    for (let cut = 0; cut <= story.length; cut++)
      for (let back = 0; back <= cut; back++) {
        const first = new Engagement("test")
        feed(first, story.slice(0, cut))
        const second_ = reborn(first)
        feed(second_, story.slice(cut - back))
        assert.deepStrictEqual(told(due(second_, us + 60 * second)), expected, `cut after ${cut}, ${back} back`)
      }
  })

  it("is told at the time of the last change, at most every 30 seconds, and only when it has changed", () => {
    const engagement = new Engagement("test")
    feed(engagement, [own(1, 0, "a"), like(2, 3 * second, "l1", "a")])
    assert.deepStrictEqual(due(engagement, us + 29 * second), [])
    const [first] = due(engagement, us + 30 * second)
    assert.deepInclude(first as object, { score: 1, comments: 0, reposts: 0, views: null, at: now + 3_000 })
    assert.strictEqual(first!.meta.mode, "refresh")
    feed(engagement, [like(3, 31 * second, "l2", "a")])
    assert.deepStrictEqual(due(engagement, us + 59 * second), [])
    assert.deepStrictEqual(told(due(engagement, us + 60 * second)), { a: [2, 0, 0] })
    assert.deepStrictEqual(due(engagement, us + 600 * second), [])
  })

  it("is later than the observation before it, though it came in the same millisecond", () => {
    const engagement = new Engagement("test")
    feed(engagement, [own(1, 0, "a"), like(2, 5, "l1", "a")])
    assert.strictEqual(due(engagement, us + 30 * second)[0]!.at, now + 1)
  })

  it("goes on after an edit, and ends with its author's account", () => {
    const engagement = new Engagement("test")
    feed(engagement, [own(1, 0, "a"), own(2, 0, "b"), like(3, 10, "l1", "a"), like(4, 10, "l2", "b")])
    const edit = {
      did: "did:plc:ada",
      operation: "update",
      collection: collectionOf.post,
      rkey: "a",
      cid: "c2",
      record: { text: "Better" },
    }
    feed(engagement, [frame("commit", 5, us + second, edit), like(6, 2 * second, "l3", "a")])
    assert.deepStrictEqual(told(due(engagement, us + 40 * second)), { a: [2, 0, 0], b: [1, 0, 0] })
    engagement.note(
      {
        _tag: "Removed",
        target: { _tag: "Author", platform: Platform.make("bluesky"), author: "did:plc:ada" },
        kind: "deleted",
        at: now,
        why: "",
      },
      false,
      us,
    )
    feed(engagement, [like(7, 3 * second, "l4", "a")])
    assert.deepStrictEqual(due(engagement, us + 90 * second), [])
    assert.strictEqual(engagement.size, 0)
  })

  it("goes on unseen while its author's account is deactivated, over a restart too, and is told when the account is back", () => {
    const account = (n: number, at: number, active: boolean) =>
      frame("account", n, us + at, { did: "did:plc:ada", account: { active, ...(active ? {} : { status: "deactivated" }) } })
    const before = new Engagement("test")
    const hear = (engagement: Engagement, texts: ReadonlyArray<string>) => {
      for (const text of texts) {
        const read = parseFrame(text)
        if (read._tag === "Commit") engagement.read(read)
        const converted = convertFrame(read, everyone, { mode: "new", runId: "test" })
        if (converted._tag === "Event" && (isOwn(read) || read._tag === "Account"))
          engagement.note(converted.event, read._tag === "Commit" && read.operation === "create", timeOf(read))
      }
    }
    hear(before, [own(1, 0, "a"), like(2, second, "l1", "a"), account(3, 2 * second, false), like(4, 3 * second, "l2", "a")])
    // Its author withholds it.
    assert.deepStrictEqual(due(before, us + 60 * second), [])
    const after = reborn(before)
    hear(after, [like(5, 61 * second, "l3", "a")])
    assert.deepStrictEqual(due(after, us + 120 * second), [])
    hear(after, [account(6, 121 * second, true), account(6, 121 * second, true)])
    const [shown] = due(after, us + 122 * second)
    assert.deepInclude(shown as object, { score: 3, at: now + 61_000 })
  })

  it("is not told of a post that its author labelled, until the label is gone", () => {
    const engagement = new Engagement("test")
    const edit = (n: number, at: number, labels: object) =>
      frame("commit", n, us + at, {
        did: "did:plc:ada",
        operation: "update",
        collection: collectionOf.post,
        rkey: "a",
        cid: `c${n}`,
        record: { text: "Post a", ...labels },
      })
    const labels = { labels: { $type: "com.atproto.label.defs#selfLabels", values: [{ val: "porn" }] } }
    feed(engagement, [own(1, 0, "a"), edit(2, second, labels), like(3, 2 * second, "l1", "a")])
    assert.deepStrictEqual(due(engagement, us + 60 * second), [])
    feed(engagement, [edit(4, 61 * second, {}), like(5, 62 * second, "l2", "a")])
    assert.deepStrictEqual(
      due(engagement, us + 120 * second).map(({ score }) => score),
      [2],
    )
  })

  it("is bounded: the oldest posts and acts go first, and many changes are told in parts", () => {
    const engagement = new Engagement("test")
    for (let i = 0; i < MOST_TRACKED + 50; i++) feed(engagement, [own(i, i, `p${i}`)])
    assert.strictEqual(engagement.size, MOST_TRACKED)
    for (let i = 0; i < MOST_ACTS + 50; i++) feed(engagement, [like(i, second + i, `l${i}`, `p${MOST_TRACKED + 49 - (i % 600)}`)])
    const saved = engagement.toPosition() as { posts: Array<unknown>; acts: Array<unknown> }
    assert.strictEqual(saved.acts.length, MOST_ACTS)
    assert.strictEqual(saved.posts.length, MOST_TRACKED)
    assert.strictEqual(due(engagement, us + 60 * second, 500).length, 500)
    assert.strictEqual(due(engagement, us + 60 * second, 500).length, 100)
    assert.strictEqual(reborn(engagement).size, MOST_TRACKED)
  })

  it("that a cursor holds malformed costs only what is malformed", () => {
    const engagement = new Engagement("test")
    feed(engagement, [own(1, 0, "a"), own(2, 0, "b"), like(3, 5, "l1", "b")])
    const saved = engagement.toPosition() as { posts: Array<unknown> }
    saved.posts[0] = { signal: "?" }
    assert.deepStrictEqual(told(due(Engagement.from(JSON.parse(JSON.stringify(saved)), "test"), us + 60 * second)), { b: [1, 0, 0] })
    for (const nonsense of [null, 7, "x", {}, { posts: 1, acts: [] }]) assert.strictEqual(Engagement.from(nonsense, "test").size, 0)
  })
})

describe("what is stored of Bluesky's engagement", () => {
  const saved = (engagement: Engagement) => JSON.stringify(engagement.toPosition())

  it("holds no text, and names a post only while its counts wait to be told", () => {
    const engagement = new Engagement("test")
    feed(engagement, [own(1, 0, "a"), own(2, 0, "b"), like(3, 10, "l1", "a")])
    assert.notInclude(saved(engagement), "Post ")
    assert.include(saved(engagement), "did:plc:ada/a")
    assert.notInclude(saved(engagement), "did:plc:ada/b")
    assert.lengthOf(due(engagement, us + 40 * second), 1)
    assert.notInclude(saved(engagement), "did:plc:ada")
    // Named again by whoever likes it next.
    const after = reborn(engagement)
    feed(after, [like(4, 50 * second, "l2", "b"), like(5, 50 * second, "l3", "a")])
    assert.deepStrictEqual(told(due(after, us + 90 * second)), { a: [2, 0, 0], b: [1, 0, 0] })
  })

  it("does not name a post that is withheld, and forgets an account by its hash", () => {
    const engagement = new Engagement("test")
    feed(engagement, [own(1, 0, "a"), like(2, 10, "l1", "a")])
    const account = (kind: "hidden" | "deleted") =>
      ({
        _tag: "Removed",
        target: { _tag: "Author", platform: Platform.make("bluesky"), author: "did:plc:ada" },
        kind,
        at: now,
        why: "",
      }) as const
    engagement.note(account("hidden"), false, us)
    assert.notInclude(saved(engagement), "did:plc:ada")
    const after = reborn(engagement)
    after.note(account("deleted"), false, us)
    assert.strictEqual(after.size, 0)
    assert.isTrue(after.hasForgotten)
  })

  it("is read from what earlier versions stored, which held whole signals", () => {
    const counts = { likes: 4, reposts: 2, replies: 1, changedUs: us, toldUs: us, changed: true }
    const signal = { id: signalId("bluesky", "did:plc:ada/a"), observedAt: now, author: "did:plc:ada", body: "Post a", title: "" }
    const act = JSON.parse(saved(new Engagement("test"))) as object
    const old = Engagement.from(
      {
        ...act,
        posts: [
          { ...counts, signal },
          { ...counts, id: "bluesky:did:plc:ada/b", observedAt: now },
        ],
      },
      "test",
    )
    assert.notInclude(saved(old), "Post a")
    assert.deepStrictEqual(told(due(old, us + 40 * second)), { a: [4, 2, 1], b: [4, 2, 1] })
  })
})

describe("Bluesky with engagement", () => {
  const counting = Effect.provide(surroundings({ WARM_START_HOURS: 0, BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "" }))
  const late = (n: number) => frame("identity", n, us + 60 * second, { identity: { did: "did:plc:ada" } })
  const refreshed = (bus: ReturnType<typeof recordingBus>) =>
    bus
      .events()
      .flatMap((event) => (event._tag === "Counted" ? [event] : []))
      .filter(({ target }) => target.id.startsWith("bluesky:did:plc:ada/"))

  it.effect("asks for likes and reposts, gives new posts their first counts, and keeps count of every like", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const { opened, run } = start(() => Stream.concat(Stream.make(story, [late(200)]), silent), bus)
      yield* run
      yield* advance("2 seconds")
      assert.deepStrictEqual(opened[0]!.searchParams.getAll("collections"), Object.values(collectionOf))
      const [first] = bus.events()
      assert.deepInclude((first as { signal: object }).signal, { score: 0, comments: 0, reposts: 0 })
      assert.deepStrictEqual(told(refreshed(bus)), expected)
      const page = yield* (yield* Metrics).render
      for (const [reason, n] of Object.entries({ counted: 7, "not-tracked": 2 }))
        assert.include(page, `signalflow_ingest_dropped_total{platform="bluesky",reason="${reason}"} ${n}`)
    }).pipe(counting),
  )

  it.effect("counts nothing twice and nothing less when the stream is cut at every frame and the host changes each time", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const all = [...story.map((text) => ({ text, at: timeOf(parseFrame(text)) })), { text: late(0), at: us + 60 * second }]
      let reach = 0
      const play: Play = ({ host, cursor }) => {
        // Each host numbers events in its own way, and each connection gives one frame more than was ever given.
        const base = host === EAST ? 1_000 : 9_000
        const from = cursor! < 1e15 ? cursor! - base : all.findIndex(({ at }) => at >= cursor!)
        reach++
        const frames = all.slice(Math.max(0, from), reach).map(({ text }, i) => {
          const body = JSON.parse(text) as { payload: { seq: number } }
          body.payload.seq = base + Math.max(0, from) + i
          return JSON.stringify(body)
        })
        return Stream.concat(frames.length === 0 ? Stream.empty : Stream.make(frames), reach > all.length ? silent : closed)
      }
      const { opened, run } = start(play, bus)
      yield* run
      yield* advance("90 seconds", "500 millis")
      assert.isAbove(opened.length, all.length)
      assert.deepStrictEqual(told(refreshed(bus)), expected)
    }).pipe(counting),
  )

  it.effect("counts nothing twice when the program dies between any two frames", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      for (let dies = 1; dies < story.length; dies++) {
        yield* (yield* Cursors).store("bluesky", "posts", null)
        const bus = recordingBus()
        const from = (cursor: number | null) => (cursor === null || cursor > 1e15 ? 0 : cursor - 100)
        const play =
          (until: number): Play =>
          ({ cursor }) => {
            const frames = [...story, late(100 + story.length)].slice(from(cursor), until).map((text) => [text])
            return Stream.concat(Stream.fromIterable(frames), silent)
          }
        yield* Effect.scoped(Effect.andThen(start(play(dies), bus).run, advance("1 second")))
        yield* Effect.scoped(Effect.andThen(start(play(story.length + 1), bus).run, advance("1 second")))
        assert.deepStrictEqual(told(refreshed(bus)), expected, `dies after ${dies}`)
      }
    }).pipe(counting),
  )
})
