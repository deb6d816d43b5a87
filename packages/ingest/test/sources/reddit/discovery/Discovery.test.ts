import { assert, describe, it } from "@effect/vitest"
import { CommentFound, SubmissionFound } from "@signalflow/domain/sources/Discovered"
import type { RawEvent } from "@signalflow/domain/signals/RawEvent"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../../../src/stores/Cursors.ts"
import { FrameSocket } from "../../../../src/upstream/FrameSocket.ts"
import { Health } from "../../../../src/health/SourceHealth.ts"
import * as Ingestion from "../../../../src/Ingestion.ts"
import { platform } from "../../../../src/sources/reddit/Convert.ts"
import { reddit } from "../../../../src/sources/reddit/Reddit.ts"
import { config } from "../../../Fixtures.ts"
import { advance, json, recordingBus, surroundings } from "../../../Harness.ts"
import { RedditUpstream } from "../Upstream.ts"

const now = Date.UTC(2026, 10, 22)
const second = now / 1_000

const trending = config(platform, "trending", { tier: "slow", options: { mode: "trending" } })

const around = (more: Partial<SettingValues> = {}) =>
  Effect.provide(
    surroundings({
      REDDIT_CLIENT_ID: "id",
      REDDIT_CLIENT_SECRET: Redacted.make("secret"),
      REDDIT_COMMENT_LIMIT: 0,
      TOPIC_REDDIT_SUBMISSIONS: "my.posts",
      TOPIC_REDDIT_COMMENTS: "my.comments",
      ...more,
    }),
  )

const start = (upstream: RedditUpstream, bus: ReturnType<typeof recordingBus>, targets: ReadonlyArray<SourceConfig> = [trending]) =>
  Effect.forkScoped(Ingestion.runWith([{ ...reddit, targets }])).pipe(
    Effect.provide(Layer.mergeAll(upstream.layer, bus.layer, FrameSocket.layer)),
  )

const envelopes = (bus: ReturnType<typeof recordingBus>) =>
  bus.records
    .filter(({ topic }) => topic.name.startsWith("my."))
    .map(({ topic, key, value }) => ({ topic: topic.name, key, event: JSON.parse(value) as RawEvent }))
const keys = (bus: ReturnType<typeof recordingBus>) => envelopes(bus).map(({ key }) => key)
const newOnes = (bus: ReturnType<typeof recordingBus>) =>
  bus.events().flatMap((event) => (event._tag === "Observed" && event.signal.meta.mode === "new" ? [event.signal.id.slice(7)] : []))

const health = Effect.flatMap(Health, (service) => Effect.map(service.all, (all) => all.find((one) => one.target === "trending")!))

const reply = (name: string, post: string) => ({
  name,
  body: `Reply ${name}`,
  parent_id: post,
  link_id: post,
  created_utc: second - 50,
  score: 1,
  author: "bob",
  subreddit: "Big",
})

describe("discovery", () => {
  it.effect("discovers what is trending: popular subreddits, posts past the watermark, their comments, in envelopes and as signals", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.popular = ["Big", "Bigger", "Third"]
      upstream.post("t3_a", "Big", second - 500, { score: 90, link_flair_text: "News", num_comments: 1 })
      upstream.post("t3_b", "Bigger", second - 400, { score: 80 })
      upstream.post("t3_gone", "Bigger", second - 300, { removed_by_category: "moderator" })
      upstream.post("t3_c", "Third", second - 300)
      upstream.comments.set("t3_a", [
        {
          name: "t1_a",
          body: "Yes",
          parent_id: "t3_a",
          link_id: "t3_a",
          created_utc: second - 50,
          score: 1,
          author: "bob",
          subreddit: "Big",
        },
      ])
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* start(upstream, bus, [trending])
          yield* advance("1 minute")
          assert.deepStrictEqual(
            envelopes(bus).map(({ topic, key }) => [topic, key]),
            [
              ["my.posts", "t3_a"],
              ["my.posts", "t3_b"],
              ["my.comments", "t1_a"],
            ],
          )
          for (const { event } of envelopes(bus)) assert.isTrue(Schema.is(Schema.Union([SubmissionFound, CommentFound]))(event))
          assert.deepStrictEqual(envelopes(bus)[0]!.event, {
            entity_type: "reddit_submission",
            source: "reddit",
            mode: "trending",
            emitted_at: envelopes(bus)[0]!.event.emitted_at,
            payload: {
              id: "a",
              subreddit: "Big",
              title: "Post t3_a",
              author: "ada",
              body: "",
              created_utc: second - 500,
              score: 90,
              num_comments: 1,
              url: "https://www.reddit.com/r/Big/comments/a/x/",
              permalink: "https://www.reddit.com/r/Big/comments/a/x/",
              flair: "News",
            },
            metadata: { subreddit: "Big", post_sort: "hot" },
            schema_version: 1,
          })
          assert.deepInclude(envelopes(bus)[2]!.event.payload as object, { id: "a", parent_id: "t3_a", link_id: "t3_a", body: "Yes" })
          assert.deepStrictEqual(newOnes(bus), ["t3_a", "t3_b", "t1_a"])
          assert.deepInclude(yield* health, { state: "live" })
        }),
      )
      upstream.post("t3_d", "Big", second + 10)
      upstream.post("t3_rises", "Big", second - 900, { score: 1_000 })
      upstream.post("t3_old", "Big", second - 3 * 86_400, { score: 2_000 })
      // Approved by a moderator meanwhile.
      Object.assign(upstream.posts.get("t3_gone")!, { removed_by_category: null })
      yield* start(upstream, bus, [trending])
      yield* advance("1 minute")
      assert.deepStrictEqual(
        envelopes(bus).map(({ key }) => key),
        ["t3_a", "t3_b", "t1_a", "t3_rises", "t3_d", "t3_gone"],
      )
    }).pipe(around({ REDDIT_COMMENT_LIMIT: 5, REDDIT_SUBREDDIT_LIMIT: 2 })),
  )

  it.effect("one subreddit that is refused or sends nonsense costs that one, and is counted", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.popular = ["Closed", "Gone", "Nonsense", "Moved", "Fine"]
      for (const name of upstream.popular) upstream.post(`t3_${name.toLowerCase()}`, name, second - 100)
      upstream.refusals.set("closed", { status: 403, reason: "private" })
      upstream.refusals.set("gone", { status: 404, reason: "banned" })
      upstream.refusals.set("moved", { status: 302, reason: "" })
      upstream.instead = (path) => (path.startsWith("/r/Nonsense/") ? json({ kind: "wiki" }) : undefined)
      yield* start(upstream, bus)
      yield* advance("1 minute")
      assert.deepStrictEqual(keys(bus), ["t3_fine"])
      assert.deepInclude(yield* health, { state: "live", why: null })
      assert.match(yield* (yield* Metrics).render, /dropped_total\{platform="reddit",reason="subreddit-refused"\} 4\n/)
      assert.strictEqual(upstream.paths().filter((path) => path.startsWith("/r/Nonsense/")).length, 3)
      upstream.instead = () => undefined
      upstream.refusals.clear()
      yield* advance("10 minutes", "5 seconds")
      assert.deepStrictEqual([...keys(bus)].sort(), ["t3_closed", "t3_fine", "t3_gone", "t3_moved", "t3_nonsense"])
    }).pipe(around()),
  )

  it.effect("waits for an outage and a limit, and goes on with the comments that were still to be read; nothing twice", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.popular = ["Big"]
      for (const n of [1, 2, 3]) {
        upstream.post(`t3_${n}`, "Big", second - n)
        upstream.comments.set(`t3_${n}`, [reply(`t1_${n}`, `t3_${n}`)])
      }
      upstream.instead = (path) => (path === "/comments/2" ? new Response("", { status: 503 }) : undefined)
      yield* Effect.scoped(Effect.andThen(start(upstream, bus), advance("1 minute")))
      assert.deepStrictEqual([...keys(bus)].sort(), ["t1_3", "t3_1", "t3_2", "t3_3"])
      const position = (yield* (yield* Cursors).load("reddit", "trending")) as { waiting: ReadonlyArray<{ name: string }> }
      assert.deepStrictEqual(
        position.waiting.map(({ name }) => name),
        ["t3_2", "t3_1"],
      )
      upstream.instead = (path) => (path.startsWith("/comments") ? json({}, { status: 429, headers: { "retry-after": "120" } }) : undefined)
      yield* start(upstream, bus)
      yield* advance("30 seconds")
      assert.deepInclude(yield* health, { state: "degraded" })
      upstream.instead = () => undefined
      yield* advance("10 minutes", "2 seconds")
      assert.deepStrictEqual([...keys(bus)].sort(), ["t1_1", "t1_2", "t1_3", "t3_1", "t3_2", "t3_3"])
    }).pipe(around({ REDDIT_COMMENT_LIMIT: 5 })),
  )

  it.effect("a thread that is refused, or an item that cannot be read, is passed over and counted; the others go on", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.popular = ["Big"]
      upstream.post("t3_1", "Big", second - 1)
      upstream.post("t3_2", "Big", second - 2)
      upstream.post("t3_bad", "Big", second - 3, { created_utc: "never" })
      upstream.post("t3_late", "Big", second + 90_000)
      upstream.comments.set("t3_1", [
        { name: "t1_bad" },
        reply("t1_1", "t3_1"),
        { ...reply("t1_no", "t3_1"), body: "[deleted]" },
        { ...reply("t1_odd", "t3_1"), link_id: "t1_a" },
      ])
      upstream.instead = (path) => (path === "/comments/2" ? json({}, { status: 451 }) : undefined)
      yield* start(upstream, bus)
      yield* advance("1 minute")
      assert.deepStrictEqual(keys(bus), ["t3_2", "t3_1", "t1_1"])
      const metrics = yield* (yield* Metrics).render
      assert.match(metrics, /reason="comments-refused"\} 1\n/)
      assert.match(metrics, /reason="invalid"\} 1\n/)
      assert.match(metrics, /reason="bad-time"\} 1\n/)
      assert.match(metrics, /reason="malformed"\} 2\n/)
      assert.isTrue(bus.events().some((event) => event._tag === "Removed" && event.kind === "deleted"))
    }).pipe(around({ REDDIT_COMMENT_LIMIT: 5 })),
  )

  it.effect("does not move its watermark while the bus takes nothing, and asks for nothing more: back-pressure", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      bus.state.down = true
      upstream.popular = ["Big", "Second"]
      upstream.post("t3_1", "Big", second - 1)
      upstream.post("t3_2", "Second", second - 2)
      yield* start(upstream, bus)
      yield* advance("2 minutes")
      assert.isAbove(bus.state.refused, 2)
      const stored = JSON.stringify(yield* (yield* Cursors).load("reddit", "trending"))
      assert.notInclude(stored, "t3_1")
      assert.isFalse(upstream.paths().some((path) => path.startsWith("/r/Second/")))
      bus.state.down = false
      yield* advance("1 minute")
      assert.deepStrictEqual(keys(bus), ["t3_1", "t3_2"])
    }).pipe(around()),
  )

  it.effect("reads as much as its target's options say, and is off when they cannot be used", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.popular = ["One", "Two", "Three"]
      for (const name of upstream.popular) for (let n = 0; n < 5; n++) upstream.post(`t3_${name}${n}`.toLowerCase(), name, second - n)
      const options = { mode: "trending", subreddits: 2, posts: 3, sort: "new", comments: 0, include: ["t3_one0", "t3_two1"] }
      yield* start(upstream, bus, [
        { ...trending, options },
        { ...trending, target: "bad", options: { mode: "trending", posts: 1_000 } },
      ])
      yield* advance("1 minute")
      assert.deepStrictEqual(keys(bus), ["t3_one0", "t3_two1"])
      assert.deepStrictEqual(newOnes(bus), keys(bus))
      assert.isTrue(upstream.paths().includes("/r/Two/new?limit=3&raw_json=1"))
      const bad = (yield* (yield* Health).all).find(({ target }) => target === "bad")
      assert.deepInclude(bad, { state: "off", why: "posts is 1000: a whole number from 1 to 100" })
      assert.match(yield* (yield* Metrics).render, /reason="filtered"\} 4\n/)
    }).pipe(around({ REDDIT_COMMENT_LIMIT: 5 })),
  )
})
