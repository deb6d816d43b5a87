import { assert, describe, it } from "@effect/vitest"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../../src/stores/Cursors.ts"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { Health } from "../../../src/health/SourceHealth.ts"
import * as Ingestion from "../../../src/Ingestion.ts"
import type { SourceAdapter } from "../../../src/SourceAdapter.ts"
import { platform } from "../../../src/sources/reddit/Convert.ts"
import { reddit, redditTogether } from "../../../src/sources/reddit/Reddit.ts"
import { config } from "../../Fixtures.ts"
import { advance, json, recordingBus, surroundings } from "../../Harness.ts"
import { RedditUpstream } from "./Upstream.ts"

const now = Date.UTC(2026, 10, 22)
const second = now / 1_000

const target = (name: string, more: Partial<SourceConfig> = {}) => config(platform, name, { tier: "medium", ...more })

const keys = { REDDIT_CLIENT_ID: "id", REDDIT_CLIENT_SECRET: Redacted.make("secret"), REDDIT_COMMENT_LIMIT: 0 }
const around = (more: Partial<SettingValues> = {}) => Effect.provide(surroundings({ ...keys, ...more }))

const start = (
  upstream: RedditUpstream,
  bus: ReturnType<typeof recordingBus>,
  targets: ReadonlyArray<SourceConfig>,
  adapter: SourceAdapter = reddit,
) =>
  Effect.forkScoped(Ingestion.runWith([{ ...adapter, targets }])).pipe(
    Effect.provide(Layer.mergeAll(upstream.layer, bus.layer, FrameSocket.layer)),
  )

const told = (bus: ReturnType<typeof recordingBus>) =>
  bus.events().flatMap((event) => {
    if (event._tag === "Observed") return [`${event.signal.meta.mode} ${event.signal.id.slice(7)}`]
    return event.target._tag === "Signal" && event._tag === "Removed" ? [`${event.kind} ${event.target.id.slice(7)}`] : []
  })
const newOnes = (bus: ReturnType<typeof recordingBus>) => told(bus).flatMap((what) => (what.startsWith("new ") ? [what.slice(4)] : []))

const healthOf = (name: string) =>
  Effect.flatMap(Health, (health) => Effect.map(health.all, (all) => all.find((one) => one.target === name)!))

describe("Reddit", () => {
  it.effect("is off without credentials and says what to set; nobody is asked", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      yield* start(upstream, recordingBus(), [target("technology")])
      yield* advance("5 seconds")
      const health = yield* healthOf("technology")
      assert.deepInclude(health, { state: "off" })
      assert.match(health.why!, /set REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET/)
      assert.deepStrictEqual(upstream.asked, [])
    }).pipe(around({ REDDIT_CLIENT_ID: "" })),
  )

  it.effect("reads several subreddits in one request, publishes each post once, and goes on after a restart", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.post("t3_a", "Technology", second - 100)
      upstream.post("t3_b", "news", second - 90)
      const targets = [target("technology"), target("r/news")]
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* start(upstream, bus, targets)
          yield* advance("5 seconds")
          assert.strictEqual(upstream.data.length, 1)
          assert.match(upstream.paths()[0]!, /^\/r\/(technology\+news|news\+technology)\/new\?limit=100&raw_json=1$/)
          assert.deepStrictEqual([...newOnes(bus)].sort(), ["t3_a", "t3_b"])
          assert.deepInclude(yield* healthOf("technology"), { state: "live", why: null, quotaLeft: 599 })
          upstream.post("t3_c", "technology", second + 30)
          yield* advance("4 minutes")
          assert.deepStrictEqual([...newOnes(bus)].sort(), ["t3_a", "t3_b", "t3_c"])
        }),
      )
      upstream.post("t3_d", "news", second + 200)
      // Published late, after Reddit's filters: older than what has been read, inside the overlap.
      upstream.post("t3_late", "technology", second - 20)
      // Older than all that was listed: it came back because newer ones were deleted.
      upstream.post("t3_old", "technology", second - 40_000)
      yield* start(upstream, bus, targets)
      yield* advance("5 minutes")
      assert.deepStrictEqual([...newOnes(bus)].sort(), ["t3_a", "t3_b", "t3_c", "t3_d", "t3_late"])
      const position = (yield* (yield* Cursors).load("reddit", "technology")) as { newest: number }
      assert.strictEqual(position.newest, second + 30)
    }).pipe(around()),
  )

  it.effect("finds a post that a moderator lets through hours later, between posts it has read, once, after a restart too", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      const targets = [target("science")]
      upstream.post("t3_a", "science", second - 90_000)
      upstream.post("t3_b", "science", second - 50_000)
      upstream.post("t3_c", "science", second - 100)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* start(upstream, bus, targets)
          yield* advance("5 seconds")
          assert.deepStrictEqual(newOnes(bus), ["t3_a", "t3_b", "t3_c"])
          upstream.post("t3_held", "science", second - 30_000)
          // Below all that was listed: it came back since newer ones are deleted.
          upstream.post("t3_old", "science", second - 100_000)
          yield* advance("3 minutes")
          assert.deepStrictEqual(newOnes(bus), ["t3_a", "t3_b", "t3_c", "t3_held"])
          yield* advance("10 minutes")
          assert.deepStrictEqual(newOnes(bus), ["t3_a", "t3_b", "t3_c", "t3_held"])
        }),
      )
      upstream.post("t3_heldtoo", "science", second - 60_000)
      yield* start(upstream, bus, targets)
      yield* advance("5 minutes")
      assert.deepStrictEqual(newOnes(bus), ["t3_a", "t3_b", "t3_c", "t3_held", "t3_heldtoo"])
    }).pipe(around()),
  )

  it.effect("pages back to what it has read when more came than a page holds, and says so when even that is not enough", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.post("t3_0", "news", second - 100)
      yield* start(upstream, bus, [target("news")])
      yield* advance("5 seconds")
      for (let i = 0; i < 250; i++) upstream.post(`t3_x${i}`, "news", second + i / 10)
      yield* advance("3 minutes")
      assert.strictEqual(new Set(newOnes(bus)).size, 251)
      assert.strictEqual(newOnes(bus).length, 251)
      assert.deepInclude(yield* healthOf("news"), { why: null })
      for (let i = 0; i < 1_200; i++) upstream.post(`t3_y${i}`, "news", second + 900 + i / 10)
      yield* TestClock.setTime(now + 1_100_000)
      yield* advance("3 minutes")
      assert.strictEqual(newOnes(bus).length, 1_251)
      assert.match((yield* healthOf("news")).why!, /more new posts/)
    }).pipe(around()),
  )

  it.effect("renews its token before it expires, and a token that is refused once", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      upstream.tokenSeconds = 600
      upstream.post("t3_a", "news", second - 100)
      const bus = recordingBus()
      yield* start(upstream, bus, [target("news")])
      yield* advance("21 minutes", "5 seconds")
      assert.strictEqual(upstream.tokens, 3)
      upstream.valid.clear()
      upstream.post("t3_b", "news", second + 1_260)
      yield* advance("2 minutes")
      assert.strictEqual(upstream.tokens, 4)
      assert.include(newOnes(bus), "t3_b")
      assert.deepInclude(yield* healthOf("news"), { state: "live" })
      // A token that is refused again and again is a fault, not a loop.
      upstream.instead = (_, method) => (method === "GET" ? json({ error: 401 }, { status: 401 }) : undefined)
      const before = upstream.asked.length
      yield* advance("10 minutes", "5 seconds")
      assert.deepInclude(yield* healthOf("news"), { state: "degraded" })
      assert.isBelow(upstream.asked.length - before, 150)
    }).pipe(around()),
  )

  it.effect("is off when Reddit refuses the credentials, and asks rarely", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      upstream.instead = (_, method) => (method === "POST" ? json({ message: "Unauthorized", error: 401 }, { status: 401 }) : undefined)
      yield* start(upstream, recordingBus(), [target("news"), target("science")])
      yield* advance("25 minutes", "5 seconds")
      const health = yield* healthOf("science")
      assert.deepInclude(health, { state: "off" })
      assert.match(health.why!, /refuses the credentials .*REDDIT_CLIENT_SECRET/)
      assert.isAtMost(upstream.asked.length, 4)
      upstream.instead = () => undefined
      yield* advance("11 minutes", "5 seconds")
      assert.deepInclude(yield* healthOf("science"), { state: "live" })
    }).pipe(around()),
  )

  it.effect("a subreddit that is private or not there is off with the reason, the others go on, and it comes back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.post("t3_a", "news", second - 100)
      upstream.post("t3_p", "private", second - 100)
      upstream.refusals.set("private", { status: 403, reason: "private" })
      upstream.refusals.set("nowhere", { status: 404, reason: "banned" })
      yield* start(
        upstream,
        bus,
        ["private", "news", "nowhere", "no name"].map((name) => target(name)),
      )
      yield* advance("30 seconds")
      assert.deepInclude(yield* healthOf("private"), { state: "off", why: "r/private cannot be read: private (403)" })
      assert.deepInclude(yield* healthOf("nowhere"), { state: "off", why: "r/nowhere cannot be read: banned (404)" })
      assert.deepInclude(yield* healthOf("no name"), {
        state: "off",
        why: '"no name" is not the name of a subreddit: a subreddit has letters, digits and _ alone; if it is r/no_name, write no_name',
      })
      assert.deepInclude(yield* healthOf("news"), { state: "live" })
      upstream.post("t3_b", "news", second + 100)
      upstream.refusals.clear()
      yield* advance("5 minutes")
      assert.deepStrictEqual(newOnes(bus), ["t3_a", "t3_b"])
      yield* advance("62 minutes", "10 seconds")
      assert.deepInclude(yield* healthOf("private"), { state: "live" })
      assert.include(newOnes(bus), "t3_p")
    }).pipe(around()),
  )

  it.effect("a shared listing that is refused as a whole is asked for in halves until the culprit is found", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      const names = ["one", "two", "three", "four", "five"]
      for (const name of names) upstream.post(`t3_${name}`, name, second - 100)
      upstream.instead = (path, method) =>
        method === "GET" && /four/.test(path) ? json({ reason: "quarantined", error: 403 }, { status: 403 }) : undefined
      yield* start(
        upstream,
        bus,
        names.map((name) => target(name)),
      )
      yield* advance("30 seconds")
      assert.deepStrictEqual([...newOnes(bus)].sort(), ["t3_five", "t3_one", "t3_three", "t3_two"])
      assert.deepInclude(yield* healthOf("four"), { state: "off", why: "r/four cannot be read: quarantined (403)" })
    }).pipe(around()),
  )

  it.effect("waits as long as a 429 asks, all targets together", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      for (const name of ["one", "two", "three"]) upstream.post(`t3_${name}`, name, second - 100)
      upstream.instead = (_, method) => (method === "GET" ? json({}, { status: 429, headers: { "retry-after": "300" } }) : undefined)
      const bus = recordingBus()
      yield* start(
        upstream,
        bus,
        ["one", "two", "three"].map((name) => target(name)),
      )
      yield* advance("30 seconds")
      assert.match((yield* healthOf("one")).why!, /429/)
      upstream.instead = () => undefined
      yield* advance("4 minutes", "5 seconds")
      assert.strictEqual(upstream.data.length, 1)
      yield* advance("2 minutes", "5 seconds")
      assert.strictEqual(newOnes(bus).length, 3)
    }).pipe(around()),
  )

  it.effect("backs off from a broken upstream, all targets together, and loses nothing", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      const names = Array.from({ length: 20 }, (_, i) => `sub${i}`)
      upstream.instead = (_, method) =>
        method === "POST" ? undefined : upstream.data.length % 3 === 0 ? new Error("ECONNRESET") : new Response("<html>", { status: 502 })
      yield* start(
        upstream,
        bus,
        names.map((name) => target(name)),
      )
      for (let minute = 0; minute < 10; minute++) {
        upstream.post(`t3_m${minute}`, names[minute]!, second + minute * 60)
        yield* advance("1 minute", "2 seconds")
      }
      assert.isBelow(upstream.data.length, 30)
      assert.deepInclude(yield* healthOf("sub3"), { state: "degraded" })
      upstream.instead = () => undefined
      yield* advance("10 minutes", "5 seconds")
      assert.strictEqual(newOnes(bus).length, 10)
      assert.deepInclude(yield* healthOf("sub3"), { state: "live" })
    }).pipe(around()),
  )

  it.effect("never asks more than the headers allow, whatever the number is", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      upstream.allowed = 7
      upstream.windowMs = 300_000
      const bus = recordingBus()
      upstream.post("t3_a", "news", second - 100, { num_comments: 5 })
      for (let i = 0; i < 20; i++) upstream.post(`t3_p${i}`, "science", second - 50, { num_comments: i })
      const targets = [target("news", { intervalMs: 10_000 }), target("science", { intervalMs: 15_000 })]
      yield* start(upstream, bus, targets)
      yield* advance("20 minutes", "2 seconds")
      assert.strictEqual(upstream.refusedForLimit, 0)
      assert.isAtMost(upstream.data.length, 7 * 5)
      assert.isAtLeast(upstream.data.length, 7 * 3)
      upstream.post("t3_z", "news", second + 1_200)
      yield* advance("6 minutes", "2 seconds")
      assert.include(newOnes(bus), "t3_z")
    }).pipe(around({ REDDIT_COMMENT_LIMIT: 20 })),
  )

  it.effect("tells what was deleted, taken down or is no longer shown, and lets the name of a closed account go", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      for (const name of ["stays", "deleted", "modded", "absent", "closed"]) upstream.post(`t3_${name}`, "news", second - 10)
      yield* start(upstream, bus, [target("news")])
      yield* advance("10 seconds")
      Object.assign(upstream.posts.get("t3_deleted")!, { removed_by_category: "deleted", author: "[deleted]", selftext: "[deleted]" })
      Object.assign(upstream.posts.get("t3_modded")!, { removed_by_category: "moderator", selftext: "[removed]" })
      Object.assign(upstream.posts.get("t3_closed")!, { author: "[deleted]" })
      upstream.posts.delete("t3_absent")
      yield* advance("40 minutes", "5 seconds")
      const what = told(bus)
      for (const expected of ["deleted t3_deleted", "hidden t3_modded", "refresh t3_closed", "hidden t3_absent"])
        assert.include(what, expected)
      for (const gone of ["deleted t3_stays", "hidden t3_stays", "deleted t3_closed"]) assert.notInclude(what, gone)
      const closed = bus.events().findLast((event) => event._tag === "Observed" && event.signal.id === "reddit:t3_closed")
      assert.isTrue(closed?._tag === "Observed" && closed.signal.author === null)
      // Approved again: a newer observation lifts what was hidden. What stays away is deleted.
      Object.assign(upstream.posts.get("t3_modded")!, { removed_by_category: null, selftext: "" })
      yield* advance("4 hours", "10 seconds")
      assert.strictEqual(
        told(bus).findLast((one) => one.endsWith("t3_modded")),
        "refresh t3_modded",
      )
      assert.include(told(bus), "deleted t3_absent")
    }).pipe(around()),
  )

  it.effect("sweeps what is too old to be refreshed once a day, and remembers what to sweep", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.post("t3_a", "news", second - 3 * 86_400)
      yield* Effect.scoped(Effect.andThen(start(upstream, bus, [target("news")]), advance("15 minutes", "10 seconds")))
      Object.assign(upstream.posts.get("t3_a")!, { removed_by_category: "deleted", selftext: "[deleted]" })
      yield* TestClock.adjust("23 hours")
      upstream.instead = (path) => (path.startsWith("/r/") ? json({ kind: "Listing", data: { children: [], after: null } }) : undefined)
      yield* start(upstream, bus, [target("news")])
      yield* advance("2 hours", "30 seconds")
      assert.include(told(bus), "deleted t3_a")
    }).pipe(around()),
  )

  it.effect("reads the comments of what is talked about, once each", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.post("t3_a", "news", second - 100, { num_comments: 2 })
      const reply = (name: string) => ({
        name,
        body: `Reply ${name}`,
        parent_id: "t3_a",
        link_id: "t3_a",
        created_utc: second - 50,
        score: 1,
        author: "bob",
        subreddit: "news",
      })
      upstream.comments.set("t3_a", [reply("t1_a"), { name: "t1_bad" }, reply("t1_b")])
      yield* start(upstream, bus, [target("news")])
      yield* advance("2 minutes")
      assert.deepStrictEqual([...newOnes(bus)].sort(), ["t1_a", "t1_b", "t3_a"])
      upstream.comments.set("t3_a", [reply("t1_c"), reply("t1_a")])
      Object.assign(upstream.posts.get("t3_a")!, { num_comments: 3 })
      yield* advance("45 minutes", "5 seconds")
      assert.deepStrictEqual([...newOnes(bus)].sort(), ["t1_a", "t1_b", "t1_c", "t3_a"])
      assert.isTrue(upstream.paths().includes("/comments/a?limit=20&sort=new&raw_json=1"))
      assert.isAtMost(upstream.paths().filter((path) => path.startsWith("/comments/")).length, 3)
    }).pipe(around({ REDDIT_COMMENT_LIMIT: 20 })),
  )

  /** 40 subreddits at tier medium with 2,000 posts of the last day; half of the targets are added a little later. */
  const crowd = (together: number) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const upstream = new RedditUpstream()
      const bus = recordingBus()
      upstream.allowed = null
      const names = Array.from({ length: 40 }, (_, i) => `sub${i}`)
      for (let i = 0; i < 2_000; i++)
        upstream.post(`t3_${i.toString(36)}`, names[i % 40]!, second - Math.floor((80_000 * i) / 2_000), { score: i })
      const [some, others] = [names.slice(0, 20), names.slice(20)]
      yield* start(
        upstream,
        bus,
        some.map((name) => target(name)),
        redditTogether(together),
      )
      yield* advance("1 minute", "1 second")
      for (const name of others) yield* (yield* SourceConfigs).put(target(name))
      yield* advance("9 minutes", "1 second")
      return { upstream, bus }
    })

  it.effect(
    "40 subreddits at tier medium and 2,000 tracked posts, each read again, cost at most 20 requests a minute",
    () =>
      Effect.gen(function* () {
        const minutes = 180
        const perMinute: Record<string, { mean: number; most: number; tracked: number }> = {}
        for (const together of [1, 100]) {
          const run = Effect.gen(function* () {
            const { upstream, bus } = yield* crowd(together)
            const tracked = new Set(newOnes(bus)).size
            const from = now + 600_000
            for (let minute = 0; minute < minutes; minute++) {
              for (let i = 0; i < 2; i++) upstream.post(`t3_n${minute}x${i}`, `sub${(minute * 2 + i) % 40}`, second + 600 + minute * 60)
              yield* advance("1 minute", "2 seconds")
            }
            const observations = new Set(told(bus).flatMap((what) => (what.startsWith("refresh ") ? [what.slice(8)] : []))).size
            assert.isAbove(observations, 2_000)
            const counts = Array.from({ length: minutes }, () => 0)
            for (const { at } of upstream.data) if (at >= from && at < from + minutes * 60_000) counts[Math.floor((at - from) / 60_000)]!++
            perMinute[together] = { mean: counts.reduce((a, b) => a + b, 0) / minutes, most: Math.max(...counts), tracked }
          })
          yield* Effect.scoped(run).pipe(around())
        }
        const shown = (of: { mean: number; most: number }) => `${of.mean.toFixed(1)} a minute, ${of.most} in the busiest`
        process.stdout.write(
          `reddit requests, 40 subreddits, ${perMinute[100]!.tracked} tracked: one by one ${shown(perMinute[1]!)}; together ${shown(perMinute[100]!)}\n`,
        )
        assert.isAtLeast(perMinute[100]!.tracked, 2_000)
        assert.isAtMost(perMinute[100]!.most, 20)
        assert.isAbove(perMinute[1]!.mean, perMinute[100]!.mean * 5)
      }),
    60_000,
  )
})
