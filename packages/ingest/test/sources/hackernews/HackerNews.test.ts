import { assert, describe, it } from "@effect/vitest"
import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../../src/stores/Cursors.ts"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { Health } from "../../../src/health/SourceHealth.ts"
import * as Ingestion from "../../../src/Ingestion.ts"
import { hackerNews } from "../../../src/sources/hackernews/HackerNews.ts"
import { hackerNewsRaw } from "../../../src/sources/hackernews/Topic.ts"
import { nextHoles } from "../../../src/sources/hackernews/Live.ts"
import { advance, type Answer, json, recordingBus, scripted, surroundings } from "../../Harness.ts"

const now = Date.UTC(2026, 10, 22)
const story = (id: number, more: object = {}) => ({
  id,
  type: "story",
  by: "ada",
  time: now / 1_000 - 30,
  title: `Story ${id}`,
  score: 1,
  descendants: 0,
  ...more,
})

interface Upstream {
  max: number
  /** A function makes the answer itself. */
  readonly items: Record<number, unknown>
  changed?: Array<number>
  top?: Array<number>
  down?: boolean
  search?: (url: URL) => Answer
}

const firebase = (state: Upstream) =>
  scripted((url) => {
    if (state.down === true) return new Error("ECONNREFUSED")
    const { pathname } = url
    if (pathname === "/v0/maxitem.json") return json(state.max)
    if (pathname === "/v0/updates.json") return json({ items: state.changed ?? [], profiles: [] })
    if (pathname === "/v0/topstories.json") return json(state.top ?? [])
    if (/^\/v0\/(new|best)stories.json$/.test(pathname)) return json([])
    if (pathname === "/api/v1/search_by_date") return state.search?.(url)
    const id = /^\/v0\/item\/(\d+)\.json$/.exec(pathname)?.[1]
    if (id === undefined) return undefined
    const item = state.items[Number(id)]
    return typeof item === "function" ? (item as () => Answer)() : json(item ?? null)
  })

const start = (upstream: ReturnType<typeof scripted>, bus: ReturnType<typeof recordingBus>) =>
  Effect.forkScoped(Ingestion.runWith([hackerNews])).pipe(Effect.provide(Layer.mergeAll(upstream.layer, bus.layer, FrameSocket.layer)))

const idsOf = (bus: ReturnType<typeof recordingBus>) =>
  bus
    .events()
    .map((event) =>
      event._tag === "Observed" ? event.signal.id : event.target._tag === "Signal" ? `${event._tag} ${event.target.id}` : "",
    )
    .map((id) => id.replace("hackernews:", ""))

const healthNow = Effect.flatMap(Health, (health) => Effect.map(health.all, (all) => all[0]!))
const liveOnly = Effect.provide(surroundings({ WARM_START_HOURS: 0 }))
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe("Hacker News", () => {
  it.effect("publishes every new item, once, and remembers how far it has read", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state = {
        max: 100,
        items: { 101: story(101), 102: story(102, { type: "comment", parent: 101, text: "Hi<p>there &amp; then" }) },
      }
      const bus = recordingBus()
      yield* start(firebase(state), bus)
      yield* advance("1 second")
      assert.deepStrictEqual(bus.events(), [])
      state.max = 102
      yield* advance("12 seconds")
      const events = bus.events()
      assert.deepStrictEqual(
        events.map((event) =>
          event._tag === "Observed" ? [event.signal.id, event.signal.kind, event.signal.title, event.signal.body] : [],
        ),
        [
          ["hackernews:101", "story", "Story 101", ""],
          ["hackernews:102", "comment", "", "Hi\n\nthere & then"],
        ],
      )
      assert.deepStrictEqual(yield* (yield* Cursors).load("hackernews", "items"), { last: 102, holes: [] })
    }).pipe(Effect.provide(surroundings({ WARM_START_HOURS: 0 }))),
  )

  it.effect("a null item is asked for again and published when it appears; the items beside it are not held up", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state: Upstream = { max: 100, items: { 101: story(101), 103: story(103) } }
      const bus = recordingBus()
      yield* start(firebase(state), bus)
      yield* advance("1 second")
      state.max = 103
      yield* advance("8 seconds")
      assert.deepStrictEqual(idsOf(bus), ["101", "103"])
      const position = (yield* (yield* Cursors).load("hackernews", "items")) as { last: number; holes: ReadonlyArray<{ id: number }> }
      assert.deepStrictEqual([position.last, position.holes.map(({ id }) => id)], [103, [102]])
      state.items[102] = story(102)
      yield* advance("1 minute")
      assert.deepStrictEqual(idsOf(bus), ["101", "103", "102"])
      assert.deepStrictEqual(yield* (yield* Cursors).load("hackernews", "items"), { last: 103, holes: [] })
    }).pipe(liveOnly),
  )

  it.effect("an answer that is not the item that was asked for is a hole; an item that cannot be read is dropped, counted", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const wrong: ReadonlyArray<unknown> = [{}, [], "ok", { data: "moved" }, story(7)]
      const answers = new Map<number, unknown>(wrong.map((body, i) => [101 + i, body]))
      const items = Object.fromEntries(range(101, 105).map((id) => [id, () => json(answers.get(id))]))
      const state: Upstream = { max: 100, items: { ...items, 106: story(106, { time: "then" }), 107: story(107) } }
      const bus = recordingBus()
      yield* start(firebase(state), bus)
      yield* advance("1 second")
      state.max = 107
      yield* advance("8 seconds")
      assert.deepStrictEqual(idsOf(bus), ["107"])
      for (const id of answers.keys()) answers.set(id, story(id))
      yield* advance("1 minute")
      assert.deepStrictEqual(idsOf(bus), ["107", "101", "102", "103", "104", "105"])
      assert.include(yield* (yield* Metrics).render, 'signalflow_ingest_dropped_total{platform="hackernews",reason="malformed"} 1\n')
    }).pipe(liveOnly),
  )

  it.effect("a change that could not be read is asked for again, five times at most", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      let broken = true
      const item = () => (broken ? new Response("", { status: 500 }) : json(story(50, { dead: true })))
      const state: Upstream = { max: 100, changed: [50, 51], items: { 50: item, 51: story(51) } }
      const upstream = firebase(state)
      const bus = recordingBus()
      yield* start(upstream, bus)
      yield* advance("10 seconds")
      assert.deepStrictEqual(idsOf(bus), ["51"])
      state.changed = []
      yield* advance("30 seconds")
      broken = false
      yield* advance("30 seconds")
      assert.deepStrictEqual(idsOf(bus), ["51", "Removed 50"])
      state.changed = [52]
      yield* advance("31 seconds")
      state.changed = []
      yield* advance("10 minutes")
      assert.strictEqual(upstream.asked.filter((path) => path === "/v0/item/52.json").length, 5)
    }).pipe(liveOnly),
  )

  it.effect("a hole that stays empty is given up, counted, after about an hour and a quarter", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state: Upstream = { max: 100, items: {} }
      const upstream = firebase(state)
      yield* start(upstream, recordingBus())
      yield* advance("1 second")
      state.max = 101
      yield* advance("90 minutes", "5 seconds")
      assert.strictEqual(upstream.asked.filter((path) => path === "/v0/item/101.json").length, 6)
      assert.deepStrictEqual(yield* (yield* Cursors).load("hackernews", "items"), { last: 101, holes: [] })
      assert.include(yield* (yield* Metrics).render, 'signalflow_ingest_dropped_total{platform="hackernews",reason="hole"} 1')
    }).pipe(liveOnly),
  )

  it.effect("half a number for the newest item moves nothing; another upstream, which stays, is begun anew", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state: Upstream = { max: 900_000, items: { 900_001: story(900_001) } }
      const bus = recordingBus()
      const cursors = yield* Cursors
      yield* start(firebase(state), bus)
      yield* advance("1 second")
      state.max = 900
      yield* advance("6 seconds")
      assert.deepInclude(yield* healthNow, { state: "degraded", why: "maxitem is 900, after 900000" })
      assert.deepStrictEqual(yield* cursors.load("hackernews", "items"), { last: 900_000, holes: [] })
      state.max = 900_001
      yield* advance("10 seconds")
      assert.deepStrictEqual(idsOf(bus), ["900001"])
      // However often: an answer that is cut at the same place each time.
      state.max = 900
      yield* advance("10 minutes", "5 seconds")
      assert.deepStrictEqual(yield* cursors.load("hackernews", "items"), { last: 900_001, holes: [] })
      state.max = 712
      yield* advance("10 minutes", "5 seconds")
      assert.deepStrictEqual(yield* cursors.load("hackernews", "items"), { last: 712, holes: [] })
      assert.match((yield* healthNow).why!, /another upstream/)
    }).pipe(liveOnly),
  )

  it("holes are bounded: the oldest are given up first", () => {
    const missed = range(1, 700)
    const { kept, given } = nextHoles([], new Set(missed), missed, now)
    assert.deepStrictEqual([kept.length, given, kept[0]!.id], [500, 200, 201])
  })

  it.effect("an item that cannot be read costs that item alone: 5 MB, truncated, an error, an unknown kind, year 9999", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const items = {
        101: story(101),
        102: () => new Response(JSON.stringify({ ...story(102), text: "x".repeat(5_000_000) })),
        103: () => new Response(JSON.stringify(story(103)).slice(0, -9)),
        104: () => new Response("oops", { status: 500 }),
        105: story(105, { type: "hologram" }),
        106: story(106, { time: 253_370_764_800 }),
        107: story(107, { time: "then" }),
        108: story(108, { title: "nul\u0000 and \ud800 surrogate" }),
      }
      const state: Upstream = { max: 100, items }
      const bus = recordingBus()
      yield* start(firebase(state), bus)
      yield* advance("1 second")
      state.max = 108
      yield* advance("8 seconds")
      assert.deepStrictEqual(idsOf(bus), ["101", "108"])
      const page = yield* (yield* Metrics).render
      for (const reason of ["too-large", "unknown-kind", "bad-time", "malformed"])
        assert.include(page, `signalflow_ingest_dropped_total{platform="hackernews",reason="${reason}"} 1`)
      const position = (yield* (yield* Cursors).load("hackernews", "items")) as { last: number; holes: ReadonlyArray<{ id: number }> }
      assert.deepStrictEqual([position.last, position.holes.map(({ id }) => id)], [108, [103, 104]])
      assert.deepInclude(yield* healthNow, { state: "live" })
    }).pipe(liveOnly),
  )

  it.effect("guarantee 1: cut while it catches up and resumed, every item is published", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state: Upstream = { max: 1_000, items: Object.fromEntries(range(1_001, 2_050).map((id) => [id, story(id)])) }
      const bus = recordingBus()
      const cursors = yield* Cursors
      yield* Effect.scoped(Effect.andThen(start(firebase(state), bus), advance("1 second")))
      state.max = 2_050
      // Each run ends right after another batch has reached the bus, before its cursor could be stored.
      for (let cut = 0; cut < 30; cut++) {
        let fell = false
        bus.state.onPublish = () => {
          fell = fell || bus.records.length % 3 === cut % 3
          bus.state.down = fell
        }
        bus.state.down = false
        yield* Effect.scoped(Effect.andThen(start(firebase(state), bus), advance("300 millis", "100 millis")))
        const { last } = (yield* cursors.load("hackernews", "items")) as { last: number }
        const seen = new Set(idsOf(bus))
        for (const id of range(1_001, last)) assert.isTrue(seen.has(String(id)), `${id} is missing at ${last}`)
      }
      bus.state.onPublish = () => undefined
      bus.state.down = false
      yield* start(firebase(state), bus)
      yield* advance("10 seconds")
      assert.strictEqual(new Set(idsOf(bus)).size, 1_050)
    }).pipe(liveOnly),
  )

  it.effect("reads changed items again: new counts, deleted, dead, and back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state: Upstream = {
        max: 100,
        items: { 90: story(90), 91: { id: 91, deleted: true, type: "comment" }, 92: story(92, { dead: true }) },
        changed: [90, 91, 92],
      }
      const bus = recordingBus()
      yield* start(firebase(state), bus)
      yield* advance("2 seconds")
      assert.deepStrictEqual(idsOf(bus), ["90", "Removed 91", "Removed 92"])
      state.changed = [92]
      state.items[92] = story(92)
      yield* advance("31 seconds")
      const [, deleted, dead, back] = bus.events()
      assert.deepInclude(deleted as object, { _tag: "Removed", kind: "deleted" })
      assert.deepInclude(dead as object, { _tag: "Removed", kind: "hidden" })
      assert.isTrue(
        back?._tag === "Observed" && back.signal.meta.mode === "refresh" && dead?._tag === "Removed" && back.signal.observedAt > dead.at,
      )
    }).pipe(liveOnly),
  )

  it.effect("reads stories again as they age, and front-page stories after a restart", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state: Upstream = {
        max: 100,
        items: { 101: story(101), 50: story(50, { time: now / 1_000 - 3_000 }), 51: story(51, { time: now / 1_000 - 200_000 }) },
        top: [50, 51],
      }
      const upstream = firebase(state)
      yield* start(upstream, recordingBus())
      yield* advance("2 seconds")
      state.max = 101
      yield* advance("125 minutes", "5 seconds")
      const times = (id: number) => upstream.asked.filter((path) => path === `/v0/item/${id}.json`).length
      assert.deepStrictEqual([times(101), times(50), times(51)], [2, 2, 1])
    }).pipe(liveOnly),
  )

  it.effect("guarantee 10: degraded with the reason while the upstream is unavailable, live again after", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const state: Upstream = { max: 100, items: {} }
      yield* start(firebase(state), recordingBus())
      yield* advance("3 seconds")
      assert.deepInclude(yield* healthNow, { state: "live", why: null })
      state.down = true
      yield* advance("10 seconds")
      const away = yield* healthNow
      assert.strictEqual(away.state, "degraded")
      assert.match(away.why!, /maxitem\.json cannot be reached/)
      state.down = false
      yield* advance("3 minutes")
      assert.deepInclude(yield* healthNow, { state: "live", why: null })
    }).pipe(liveOnly),
  )

  it.effect("gives raw bodies to a bus that wants them", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const state: Upstream = { max: 100, items: { 101: story(101) } }
      yield* start(firebase(state), bus)
      yield* advance("1 second")
      state.max = 101
      yield* advance("6 seconds")
      const raw = bus.records.find(({ topic }) => topic.name !== signalsNormalised.name)!
      assert.deepStrictEqual([raw.topic, raw.key], [hackerNewsRaw, "101"])
      assert.deepInclude(JSON.parse(raw.value), { entity_type: "item", source: "hackernews", mode: "new", payload: story(101) })
    }).pipe(liveOnly),
  )

  /** A search index with one item a minute over the last days, more in one hour than an answer may hold. */
  const index = () => {
    const hits: Array<{ objectID: string; created_at_i: number }> = []
    const end = now / 1_000
    for (let minute = 1; minute <= 24 * 60; minute++) {
      const many = minute > 600 && minute <= 660 ? 40 : 1
      for (let i = 0; i < many; i++) hits.push({ objectID: String(100_000 + hits.length), created_at_i: end - minute * 60 + i })
    }
    const search = (url: URL) => {
      const bounds = /^created_at_i>=(\d+),created_at_i<(\d+)$/.exec(url.searchParams.get("numericFilters")!)!
      const found = hits.filter(({ created_at_i }) => created_at_i >= Number(bounds[1]) && created_at_i < Number(bounds[2]))
      return json({
        hits: found.slice(0, 1_000).map((hit) => ({ ...hit, author: "ada", title: "T", points: 1, num_comments: 0, _tags: ["story"] })),
        nbHits: found.length,
      })
    }
    return { hits, search }
  }

  it.effect("loads the last days once, in slices below the cap of the index, and shows how far", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { hits, search } = index()
      const state: Upstream = { max: 100, items: {}, search }
      const bus = recordingBus()
      const upstream = firebase(state)
      yield* Effect.scoped(Effect.andThen(start(upstream, bus), advance("20 seconds")))
      assert.strictEqual(new Set(idsOf(bus)).size, hits.length)
      assert.isTrue(bus.events().every((event) => event._tag === "Observed" && event.signal.meta.mode === "backfill"))
      assert.deepInclude(yield* healthNow, { warmStart: null, state: "live" })
      const queries = upstream.asked.filter((path) => path.startsWith("/api")).length
      assert.isAtMost(queries, 24 + 10)
      yield* start(upstream, bus)
      yield* advance("20 seconds")
      assert.strictEqual(upstream.asked.filter((path) => path.startsWith("/api")).length, queries)
    }).pipe(Effect.provide(surroundings({ WARM_START_HOURS: 24 }))),
  )

  it.effect("resumes a history that was cut, and survives an index that fails now and then", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { hits, search } = index()
      let asked = 0
      const state: Upstream = {
        max: 100,
        items: {},
        search: (url) => (++asked % 4 === 0 ? new Response("", { status: 502 }) : search(url)),
      }
      const bus = recordingBus()
      const shares: Array<number> = []
      for (let cut = 0; cut < 12; cut++) {
        yield* Effect.scoped(Effect.andThen(start(firebase(state), bus), advance("900 millis", "300 millis")))
        shares.push((yield* healthNow).warmStart ?? 1)
      }
      yield* start(firebase(state), bus)
      yield* advance("5 minutes")
      assert.strictEqual(new Set(idsOf(bus)).size, hits.length)
      assert.deepStrictEqual(
        shares,
        shares.toSorted((a, b) => a - b),
      )
      assert.isAbove(shares.at(-1)!, shares[0]!)
    }).pipe(Effect.provide(surroundings({ WARM_START_HOURS: 24 }))),
  )
})
