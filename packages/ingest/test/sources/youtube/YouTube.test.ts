import { assert, describe, it } from "@effect/vitest"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Exit, Layer, Redacted, Scope } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../../src/stores/Cursors.ts"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { Health } from "../../../src/health/SourceHealth.ts"
import * as Ingestion from "../../../src/Ingestion.ts"
import type { SourceAdapter } from "../../../src/SourceAdapter.ts"
import { youTube } from "../../../src/sources/youtube/YouTube.ts"
import { config } from "../../Fixtures.ts"
import { advance, json, recordingBus, surroundings } from "../../Harness.ts"
import { DataApi, fault, type FakeComment } from "./DataApi.ts"

const HOUR = 3_600_000
/** 12:00 in California. */
const noon = Date.UTC(2026, 10, 22, 20)
const midnight = Date.UTC(2026, 10, 23, 8)

const target = (name: string, more: Partial<SourceConfig> = {}) => config("youtube", name, { tier: "medium", ...more })
const watching = (...targets: ReadonlyArray<SourceConfig>): SourceAdapter => ({ ...youTube, targets })
const channel = target("channel:UCone")

const start = (api: DataApi, bus: ReturnType<typeof recordingBus>, adapter = watching(channel)) =>
  Effect.forkScoped(Ingestion.runWith([adapter])).pipe(Effect.provide(Layer.mergeAll(api.upstream.layer, bus.layer, FrameSocket.layer)))

/** A program that is ended when the effect is. */
const during = <A, E, R>(api: DataApi, bus: ReturnType<typeof recordingBus>, body: Effect.Effect<A, E, R>, adapter = watching(channel)) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Scope.provide(start(api, bus, adapter), scope)
    const result = yield* body
    yield* Scope.close(scope, Exit.void)
    return result
  })

const on = (settings: Partial<SettingValues> = {}) =>
  Effect.provide(surroundings({ YOUTUBE_API_KEY: Redacted.make("the-key"), ...settings }))

const idsOf = (bus: ReturnType<typeof recordingBus>) =>
  bus.events().map((event) => {
    if (event._tag === "Observed") return event.signal.id.replace("youtube:", "")
    return event.target._tag === "Signal" ? `${event._tag} ${event.target.id.replace("youtube:", "")}` : event._tag
  })
const healthOf = (name: string) =>
  Effect.flatMap(Health, (health) => Effect.map(health.all, (all) => all.find((one) => one.target === name)!))
const account = Effect.flatMap(Cursors, (cursors) => cursors.load("youtube", "quota"))
const rendered = Effect.flatMap(Metrics, (metrics) => metrics.render)
const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const remark = (id: string, publishedAt: number, more: Partial<FakeComment> = {}): FakeComment => ({ id, publishedAt, ...more })

describe("a channel on YouTube", () => {
  it.effect("gives its uploads with their counts, their comments and replies, each once", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = [api.video("aaaaaaaaaaa", noon - HOUR, { views: 5_000_000_000, likes: 7 })]
      api.threads.set("aaaaaaaaaaa", [remark("c1", noon - 1_000, { likes: 3, replies: [remark("c1.r1", noon - 500)] })])
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("20 minutes", "5 seconds")
      const signals = bus.events().map((event) => (event._tag === "Observed" ? event.signal : assert.fail(event._tag)))
      assert.deepStrictEqual(
        signals
          .filter(({ meta }) => meta.mode !== "refresh")
          .map(({ id, kind, parentId, score, comments, views, community, permalink }) => [
            id,
            kind,
            parentId,
            score,
            comments,
            views,
            community,
            permalink,
          ]),
        [
          ["youtube:aaaaaaaaaaa", "video", null, 7, 2, 5_000_000_000, "Channel One", "https://www.youtube.com/watch?v=aaaaaaaaaaa"],
          ["youtube:c1", "comment", "youtube:aaaaaaaaaaa", 3, 1, null, "Channel One", "https://www.youtube.com/watch?v=aaaaaaaaaaa&lc=c1"],
          ["youtube:c1.r1", "comment", "youtube:c1", 0, null, null, "Channel One", "https://www.youtube.com/watch?v=aaaaaaaaaaa&lc=c1.r1"],
        ],
      )
      assert.strictEqual(api.count("channels"), 1)
      assert.strictEqual(api.count("commentThreads"), 1)
      assert.deepInclude(yield* healthOf("channel:UCone"), { state: "live", why: null, quotaLeft: 10_000 - api.count() })
      const kinds = bus.records
        .filter(({ topic }) => topic.name === "youtube.comments.raw")
        .map(({ value }) => JSON.parse(value).entity_type)
      assert.deepStrictEqual(kinds, ["video", "comment", "comment"])
    }).pipe(on()),
  )

  it.effect("gives new uploads and new comments when they appear, and nothing twice", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = range(60).map((i) => api.video(`old${i}`, noon - 48 * HOUR - i * HOUR))
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("5 minutes", "5 seconds")
      assert.strictEqual(bus.events().length, 50)
      api.uploads.unshift(api.video("fresh", noon + 5 * 60_000))
      yield* advance("3 minutes", "5 seconds")
      assert.deepStrictEqual(idsOf(bus).slice(50), ["fresh"])
      const thread = (i: number) => remark(`c${i}`, noon + 5 * 60_000 + i * 1_000)
      api.threads.set("fresh", range(60).map(thread))
      yield* advance("35 minutes", "5 seconds")
      api.threads.set("fresh", range(180).map(thread))
      yield* advance("2 hours", "10 seconds")
      const comments = idsOf(bus).filter((id) => id.startsWith("c"))
      assert.strictEqual(new Set(comments).size, 180)
      assert.strictEqual(comments.length, 180)
    }).pipe(on()),
  )

  it.effect("gives the replies that a thread does not bring along, page by page, and asks again only when there are more", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.pageSize = 6
      api.uploads = [api.video("v", noon - HOUR / 2)]
      const replies = range(14).map((i) => remark(`c.${i}`, noon - 1_000 - i))
      api.threads.set("v", [remark("c", noon - 60_000, { replies }), remark("d", noon - 70_000, { replies: [remark("d.0", noon - 500)] })])
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("10 minutes", "5 seconds")
      const found = () => idsOf(bus).filter((id) => id.startsWith("c."))
      assert.deepStrictEqual(found().toSorted(), replies.map(({ id }) => id).toSorted())
      assert.strictEqual(api.count("comments"), 3)
      // A comment more: the thread is read again, its replies are as many as before.
      api.threads.get("v")!.push(remark("e", noon + 5 * 60_000))
      yield* advance("2 hours", "10 seconds")
      assert.include(idsOf(bus), "e")
      assert.strictEqual(api.count("comments"), 3)
      replies.push(remark("c.late", noon + HOUR))
      yield* advance("4 hours", "10 seconds")
      assert.strictEqual(found().length, 15)
      assert.strictEqual(found().at(-1), "c.late")
    }).pipe(on()),
  )

  it.effect("a comment that two answers leave out is removed, with its replies; one that moved between pages is not", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = [api.video("v", noon - HOUR / 2)]
      const at = (i: number) => noon - 600_000 + i * 1_000
      const threads = range(8).map((i) => remark(`c${i}`, at(i), i === 3 ? { replies: [remark("c3.r", at(3) + 1)] } : {}))
      api.threads.set("v", threads)
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("10 minutes", "5 seconds")
      const removed = () => idsOf(bus).filter((id) => id.startsWith("Removed"))
      const asked = api.count("comments")
      // The page of threads does not hold c5, but it is there when it is asked for.
      api.intercept = (method, url) => {
        if (method !== "commentThreads") return undefined
        const items = [...threads]
          .reverse()
          .filter(({ id }) => id !== "c5")
          .map(({ id, publishedAt }) => {
            const top = {
              kind: "youtube#comment",
              id,
              snippet: { videoId: "v", textDisplay: id, publishedAt: new Date(publishedAt).toISOString() },
            }
            return { kind: "youtube#commentThread", id, snippet: { videoId: "v", topLevelComment: top, totalReplyCount: 0 } }
          })
        assert.strictEqual(url.searchParams.get("videoId"), "v")
        return json({ kind: "youtube#commentThreadListResponse", items })
      }
      threads.push(remark("c8", at(8)))
      yield* advance("4 hours", "10 seconds")
      assert.deepStrictEqual(removed(), [])
      assert.isAbove(api.count("comments"), asked)
      api.intercept = () => undefined
      threads.splice(3, 1)
      threads.push(remark("c9", noon + HOUR))
      yield* advance("5 hours", "10 seconds")
      assert.deepStrictEqual(removed().toSorted(), ["Removed c3", "Removed c3.r"])
      const [event] = bus.events().filter(({ _tag }) => _tag === "Removed")
      assert.deepInclude(event as object, { kind: "deleted", why: "no longer on YouTube: deleted by its author or a moderator" })
      assert.strictEqual(new Set(idsOf(bus).slice(-5)).has("c9"), true)
    }).pipe(on()),
  )

  it.effect("a comment older than what is read again is missed when there are fewer than before, and removed", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.pageSize = 3
      api.uploads = [api.video("v", noon - HOUR / 2)]
      const threads = range(9).map((i) => remark(`c${i}`, noon - 600_000 + i * 1_000))
      api.threads.set("v", threads)
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("10 minutes", "5 seconds")
      assert.strictEqual(idsOf(bus).filter((id) => id.startsWith("c")).length, 9)
      threads.splice(1, 1)
      yield* advance("2 hours", "10 seconds")
      assert.deepStrictEqual(
        idsOf(bus).filter((id) => id.startsWith("Removed")),
        ["Removed c1"],
      )
    }).pipe(on()),
  )

  it.effect("a new reply, a changed count and a late comment come through; what is the same does not", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = [api.video("v", noon - HOUR / 2)]
      api.threads.set("v", [remark("c1", noon - 2_000), remark("c2", noon - 1_000)])
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("5 minutes", "5 seconds")
      api.threads.set("v", [
        remark("c1", noon - 2_000, { likes: 9 }),
        remark("c2", noon - 1_000, { replies: [remark("c2.r", noon + 1_000)] }),
        remark("late", noon - 3_000),
      ])
      yield* advance("3 hours", "10 seconds")
      const signals = bus.events().flatMap((event) => (event._tag === "Observed" && event.signal.kind === "comment" ? [event.signal] : []))
      assert.deepStrictEqual(
        signals.slice(2).map(({ id, score, meta }) => [String(id), score, meta.mode]),
        [
          ["youtube:late", 0, "new"],
          ["youtube:c1", 9, "refresh"],
          ["youtube:c2", 0, "refresh"],
          ["youtube:c2.r", 0, "new"],
        ],
      )
    }).pipe(on()),
  )

  it.effect("a video that two answers leave out is removed for good, its comments with it; one slip of the upstream removes nothing", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = [api.video("kept", noon - 1_000), api.video("gone", noon - 2_000)]
      api.threads.set("gone", [remark("c1", noon - 1_000)])
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("2 minutes", "5 seconds")
      let slips = 1
      api.intercept = (method, url) =>
        method === "videos" && url.searchParams.get("part") !== "id" && slips-- > 0
          ? Response.json({ kind: "youtube#videoListResponse", items: [] })
          : undefined
      yield* advance("40 minutes", "10 seconds")
      assert.isBelow(slips, 1)
      assert.notInclude(idsOf(bus).join(), "Removed")
      api.videos.get("gone")!.gone = true
      yield* advance("3 hours", "30 seconds")
      assert.deepStrictEqual(
        idsOf(bus).filter((id) => id.startsWith("Removed")),
        ["Removed gone", "Removed c1"],
      )
      assert.include(idsOf(bus).slice(-3), "kept")
    }).pipe(on()),
  )

  it.effect("comments that are switched off are asked for once, and the other videos go on", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = [api.video("shut", noon - 1_000, { count: 5 }), api.video("open", noon - 2_000)]
      api.threads.set("open", [remark("c1", noon - 500)])
      api.intercept = (method, url) =>
        method === "commentThreads" && url.searchParams.get("videoId") === "shut"
          ? fault(403, "commentsDisabled", 'The video has <a href="/x">disabled comments</a>.')
          : undefined
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("3 minutes", "5 seconds")
      api.videos.get("shut")!.count = 9
      yield* advance("1 hour", "10 seconds")
      assert.strictEqual(api.calls.filter(({ params }) => params.get("videoId") === "shut").length, 1)
      assert.include(idsOf(bus), "c1")
      assert.deepInclude(yield* healthOf("channel:UCone"), { state: "live", why: null })
      assert.include(yield* rendered, 'signalflow_ingest_dropped_total{platform="youtube",reason="comments-disabled"} 1')
    }).pipe(on()),
  )

  it.effect("one malformed item costs that item, and is not asked for again and again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = [api.video("one", noon - 1_000), api.video("bad", noon - 2_000), api.video("two", noon - 3_000)]
      api.spoil = (item) => ((item as { id: string }).id === "bad" ? { ...(item as object), snippet: 5 } : item)
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("10 minutes", "5 seconds")
      assert.deepStrictEqual(idsOf(bus).slice(0, 2), ["two", "one"])
      assert.notInclude(idsOf(bus), "bad")
      assert.isAtMost(api.count("videos"), 5)
      assert.include(yield* rendered, 'signalflow_ingest_dropped_total{platform="youtube",reason="malformed"} 1')
    }).pipe(on()),
  )

  it.effect("that does not exist is off with the reason", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      yield* start(new DataApi(), recordingBus(), watching(target("channel:UCnone"), target("nonsense"), channel))
      yield* advance("10 seconds")
      assert.deepInclude(yield* healthOf("channel:UCnone"), { state: "off", why: "YouTube has no channel UCnone" })
      assert.include((yield* healthOf("nonsense")).why, "is not a target of YouTube")
      assert.strictEqual((yield* healthOf("channel:UCone")).state, "live")
    }).pipe(on()),
  )
})

describe("the chart on YouTube", () => {
  it.effect("is read page by page, each video once a look, and again at the next", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.chart = range(120).map((i) => api.video(`v${i}`, noon - 48 * HOUR, { count: null }))
      api.chart.splice(50, 0, "v3")
      const bus = recordingBus()
      yield* start(api, bus, watching(...youTube.targets))
      yield* advance("1 minute")
      assert.deepStrictEqual(
        idsOf(bus),
        range(120).map((i) => `v${i}`),
      )
      api.videos.get("v5")!.views = 99
      yield* advance("10 minutes", "5 seconds")
      assert.strictEqual(api.count("videos"), 6)
      const again = bus.events().slice(120)
      assert.strictEqual(again.length, 120)
      assert.isTrue(again.every((event) => event._tag === "Observed" && event.signal.meta.mode === "refresh"))
    }).pipe(on()),
  )
})

describe("a search on YouTube", () => {
  it.effect("is made a hundred times a day at most, spread over the day, and says when it was too narrow", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(midnight)
      const api = new DataApi()
      api.found = range(3).map((i) => api.video(`s${i}`, midnight - i * HOUR, { count: null }))
      const bus = recordingBus()
      yield* start(api, bus, watching(target("search:effect typescript", { tier: "fast" })))
      yield* advance("12 hours", "1 minute")
      const half = api.count("search")
      assert.isTrue(half > 45 && half < 56, `${half}`)
      assert.strictEqual((yield* healthOf("search:effect typescript")).state, "live")
      assert.strictEqual((yield* healthOf("search:effect typescript")).quotaLeft, 100 - half)
      assert.deepStrictEqual(idsOf(bus).slice(0, 3), ["s2", "s1", "s0"])
      api.found = range(60).map((i) => api.video(`t${i}`, midnight + 12 * HOUR, { count: null }))
      yield* advance("15 minutes", "1 minute")
      assert.include((yield* healthOf("search:effect typescript")).why, "some were not seen")
      yield* advance("11 hours", "1 minute")
      assert.isTrue(api.count("search") > 94 && api.count("search") <= 100, `${api.count("search")}`)
    }).pipe(on()),
  )
})

describe("the quota of YouTube", () => {
  const many = (api: DataApi) => {
    api.chart = range(200).map((i) => api.video(`v${i}`, midnight - 48 * HOUR, { count: null }))
    return watching(target("mostPopular:US", { intervalMs: 10_000 }), target("mostPopular:DE", { intervalMs: 10_000 }))
  }

  it.effect(
    "lasts the day when more is wanted than there is, and is new at midnight in California",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(midnight)
        const api = new DataApi()
        const bus = recordingBus()
        yield* start(api, bus, many(api))
        yield* advance("6 hours", "1 minute")
        assert.closeTo(api.count(), 250, 20)
        yield* advance("17 hours", "1 minute")
        assert.closeTo(api.count(), 960, 20)
        assert.strictEqual((yield* healthOf("mostPopular:US")).state, "live")
        yield* advance("59 minutes", "1 minute")
        assert.isAtMost(api.count(), 1_000)
        assert.deepInclude((yield* account) as object, { day: "2026-11-23", units: api.count() })
        const yesterday = api.count()
        yield* advance("2 hours", "1 minute")
        assert.deepInclude((yield* account) as object, { day: "2026-11-24", units: api.count() - yesterday })
        assert.isAbove(api.count() - yesterday, 60)
        assert.isBelow(api.count() - yesterday, 120)
      }).pipe(on({ YOUTUBE_DAILY_UNITS: 1_000 })),
    60_000,
  )

  it.effect("is accounted for across restarts, calls that failed too", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      const bus = recordingBus()
      const adapter = many(api)
      yield* during(api, bus, advance("1 minute"), adapter)
      assert.deepInclude((yield* account) as object, { units: api.count() })
      api.intercept = () => new Response("oops", { status: 503 })
      const before = api.count()
      yield* during(api, bus, advance("10 minutes", "5 seconds"), adapter)
      assert.isAbove(api.count(), before + 5)
      assert.deepInclude((yield* account) as object, { day: "2026-11-22", units: api.count(), searches: 0 })
    }).pipe(on({ YOUTUBE_DAILY_UNITS: 1_000 })),
  )

  it.effect("is spent: off with the reason until the reset, nothing is asked, then live", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(midnight - 2 * HOUR)
      const api = new DataApi()
      api.uploads = [api.video("one", noon)]
      api.intercept = () =>
        fault(403, "quotaExceeded", 'The request cannot be completed because you have exceeded your <a href="/">quota</a>.')
      const bus = recordingBus()
      yield* start(api, bus)
      yield* advance("30 minutes", "10 seconds")
      const health = yield* healthOf("channel:UCone")
      assert.deepInclude(health, { state: "off", quotaLeft: 0 })
      assert.strictEqual(
        health.why,
        "YouTube says that the day's quota is spent (quotaExceeded): off until 2026-11-23T08:00 UTC, when YouTube's day ends",
      )
      assert.strictEqual(api.count(), 1)
      yield* during(api, bus, advance("10 minutes", "10 seconds"))
      assert.strictEqual(api.count(), 1)
      api.intercept = () => undefined
      yield* advance("81 minutes", "10 seconds")
      assert.deepInclude(yield* healthOf("channel:UCone"), { state: "live" })
      assert.deepStrictEqual(idsOf(bus), ["one"])
    }).pipe(on()),
  )

  it.effect("that the comments have spent turns the whole target off at once, not at its next look", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = [api.video("v", noon - HOUR)]
      api.threads.set("v", [remark("c1", noon)])
      api.intercept = (method) => (method === "commentThreads" ? fault(403, "quotaExceeded") : undefined)
      yield* start(api, recordingBus(), watching({ ...channel, tier: "slow" }))
      yield* advance("20 seconds")
      assert.deepInclude(yield* healthOf("channel:UCone"), { state: "live" })
      yield* advance("40 seconds")
      assert.deepInclude(yield* healthOf("channel:UCone"), { state: "off", quotaLeft: 0 })
    }).pipe(on()),
  )

  it.effect("needs a key: without one, or with a wrong one, the target is off and says what to set; the key is never shown", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      yield* during(api, recordingBus(), advance("5 seconds")).pipe(on({ YOUTUBE_API_KEY: Redacted.make("") }))
      assert.strictEqual(api.count(), 0)
      const configured = Effect.gen(function* () {
        yield* start(api, recordingBus())
        yield* advance("5 seconds")
        return (yield* healthOf("channel:UCone")).why
      })
      assert.include(yield* configured.pipe(on({ YOUTUBE_API_KEY: Redacted.make("") })), "set YOUTUBE_API_KEY")
      assert.include(
        yield* configured.pipe(on({ YOUTUBE_API_KEY: Redacted.make("wrong-key") })),
        "check YOUTUBE_API_KEY: API key not valid",
      )
      api.intercept = () => new Error("ECONNREFUSED http://x/?key=the-key")
      const why = yield* configured.pipe(on())
      assert.include(why, "cannot be reached")
      assert.notInclude(why, "the-key")
    }).pipe(Effect.scoped),
  )
})

describe("a program that reads YouTube and is cut off", () => {
  it.effect("at any answer and after any batch, goes on without loss and without a second copy", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.pageSize = 30
      api.uploads = [api.video("v0", noon - HOUR)]
      const bus = recordingBus()
      yield* during(api, bus, advance("1 minute"))
      api.uploads = [...range(120).map((i) => api.video(`n${i}`, noon - i * 1_000, { count: null })), ...api.uploads]
      api.threads.set(
        "v0",
        range(120).map((i) => remark(`c${i}`, noon + i * 1_000)),
      )
      let answers = 0
      let batches = 0
      api.intercept = () => (answers-- > 0 ? undefined : new Error("cut"))
      bus.state.onPublish = () => {
        if (--batches <= 0) bus.state.down = true
      }
      for (let cut = 1; cut < 24; cut++) {
        answers = cut
        batches = 1 + (cut % 6)
        bus.state.down = false
        yield* during(api, bus, advance("3 minutes", "5 seconds"))
      }
      answers = Infinity
      batches = Infinity
      bus.state.down = false
      yield* during(api, bus, advance("5 hours", "30 seconds"))
      const fresh = bus
        .events()
        .flatMap((event) => (event._tag === "Observed" && event.signal.meta.mode !== "refresh" ? [event.signal.id] : []))
      assert.strictEqual(new Set(fresh).size, 241)
      assert.strictEqual(fresh.length, 241)
    }).pipe(on()),
  )

  it.effect("while the bus takes nothing, has not moved its cursor, and publishes everything afterwards", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const api = new DataApi()
      api.uploads = range(5).map((i) => api.video(`v${i}`, noon - i * 1_000, { count: null }))
      const bus = recordingBus()
      bus.state.down = true
      yield* during(api, bus, advance("2 minutes", "5 seconds"))
      const position = (yield* (yield* Cursors).load("youtube", "channel:UCone")) as { videos: ReadonlyArray<unknown> } | null
      assert.deepStrictEqual(position?.videos ?? [], [])
      assert.isAbove(bus.state.refused, 0)
      bus.state.down = false
      yield* during(api, bus, advance("2 minutes", "5 seconds"))
      assert.deepStrictEqual(idsOf(bus).slice(0, 5).sort(), ["v0", "v1", "v2", "v3", "v4"])
    }).pipe(on()),
  )
})
