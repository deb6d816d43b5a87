import { assert, describe, it } from "@effect/vitest"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../../src/stores/Cursors.ts"
import { expose } from "../../../src/sources/bluesky/History.ts"
import { advance, recordingBus, surroundings } from "../../Harness.ts"
import { bodies, closed, EAST, frame, healthNow, now, type Play, post, refused, silent, start, stored, WEST } from "./Scripted.ts"

const live = Effect.provide(surroundings({ WARM_START_HOURS: 0, BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "", BLUESKY_ENGAGEMENT: "off" }))

describe("Bluesky", () => {
  it.effect("follows the stream and remembers the host, the number and the time of the last event", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const us = now * 1_000
      const { opened, run } = start(
        () => Stream.concat(Stream.make([post(1, us + 1), post(2, us + 123_457), "{trunc"], [frame("hologram", 3, us, {})]), silent),
        bus,
      )
      yield* run
      yield* advance("1 second")
      assert.deepStrictEqual(bodies(bus), ["Post 1", "Post 2"])
      assert.deepStrictEqual(yield* stored, { host: EAST, seq: 2, timeUs: us + 123_457 })
      assert.strictEqual(opened[0]!.pathname, "/xrpc/network.bsky.jetstream.subscribeEvents")
      assert.deepStrictEqual(opened[0]!.searchParams.getAll("kinds"), ["commit", "account"])
      assert.strictEqual(opened[0]!.searchParams.get("cursor"), String(us - 5_000_000))
      const page = yield* (yield* Metrics).render
      for (const reason of ["malformed", "unknown-kind"])
        assert.include(page, `signalflow_ingest_dropped_total{platform="bluesky",reason="${reason}"} 1`)
    }).pipe(live),
  )

  it.effect("resumes on the next host five seconds back by time, on the same host by number, and publishes nothing twice", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const us = now * 1_000
      const all = Array.from({ length: 12 }, (_, i) => us + i * 1_000_000)
      const play: Play = ({ host, cursor, n }) => {
        // Each host numbers events in its own way.
        const base = host === EAST ? 100 : 900
        const from = cursor! < 1e15 ? cursor! - base : all.findIndex((at) => at >= cursor!)
        const frames = all.map((at, i) => post(i, at, base + i)).slice(Math.max(0, from), n * 4)
        return Stream.concat(frames.length === 0 ? Stream.empty : Stream.make(frames), closed)
      }
      const { opened, run } = start(play, bus)
      yield* run
      yield* advance("30 seconds", "200 millis")
      assert.deepStrictEqual(
        bodies(bus),
        all.map((_, i) => `Post ${i}`),
      )
      const [, second] = opened
      assert.strictEqual(second!.host, new URL(WEST).host)
      assert.strictEqual(second!.searchParams.get("cursor"), String(us + 3_000_000 - 5_000_000))
      const numbers = opened.map((url) => Number(url.searchParams.get("cursor"))).filter((cursor) => cursor < 1e15)
      assert.isTrue(numbers.every((cursor) => (cursor > 100 && cursor <= 112) || (cursor > 900 && cursor <= 912)))
    }).pipe(live),
  )

  it.effect("guarantee 1: what was received but not acknowledged before a break comes again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const us = now * 1_000
      const frames = [1, 2, 3].map((n) => post(n, us + n))
      const play: Play = () => Stream.concat(Stream.make(frames), silent)
      bus.state.down = true
      yield* Effect.scoped(Effect.andThen(start(play, bus).run, advance("5 seconds")))
      assert.isNull(yield* stored)
      bus.state.down = false
      yield* start(play, bus).run
      yield* advance("5 seconds")
      assert.deepStrictEqual(bodies(bus), ["Post 1", "Post 2", "Post 3"])
    }).pipe(live),
  )

  it.effect("guarantee 10: a socket that is open and silent is left for the next host, and degraded meanwhile", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      let stalled = false
      const busy = (host: string) =>
        Stream.concat(
          Stream.fromIterable(Array.from({ length: 40 }, (_, i) => i)).pipe(
            Stream.mapEffect((i) => Effect.as(Effect.sleep("500 millis"), [post(i, (now + i) * 1_000, (host === EAST ? 0 : 500) + i)])),
          ),
          silent,
        )
      const { opened, run } = start(({ host }) => (stalled ? silent : busy(host)), bus)
      yield* run
      yield* advance("21 seconds", "500 millis")
      assert.deepInclude(yield* healthNow, { state: "live" })
      stalled = true
      yield* advance("35 seconds")
      const health = yield* healthNow
      assert.deepInclude(health, { state: "degraded", why: "the stream is open but silent for 30 s" })
      assert.strictEqual(opened[1]!.host, new URL(WEST).host)
      stalled = false
      yield* advance("90 seconds", "500 millis")
      assert.deepInclude(yield* healthNow, { state: "live" })
    }).pipe(live),
  )

  it.effect("speaks v1 to a host that knows no v2", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const old = JSON.stringify({
        did: "did:plc:ada",
        time_us: now * 1_000,
        kind: "commit",
        commit: { operation: "create", collection: "app.bsky.feed.post", rkey: "r", cid: "c", record: { text: "Old wire" } },
      })
      const { opened, run } = start(({ v1 }) => (v1 ? Stream.concat(Stream.make([old]), silent) : refused(404, "not found")), bus)
      yield* run
      yield* advance("5 seconds")
      assert.deepStrictEqual(bodies(bus), ["Old wire"])
      assert.strictEqual(
        opened[1]!.href.split("&cursor")[0],
        "wss://jetstream2.us-east.bsky.network/subscribe?wantedCollections=app.bsky.feed.post&maxMessageSizeBytes=500000",
      )
      assert.deepStrictEqual(yield* stored, { host: EAST, seq: null, timeUs: now * 1_000 })
    }).pipe(live),
  )

  it.effect("goes on by time when its number is too old, and tells of the gap", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const us = now * 1_000
      yield* (yield* Cursors).store("bluesky", "posts", { host: EAST, seq: 7, timeUs: us - 9e11 })
      const info = JSON.stringify({
        $type: "message",
        payload: { $type: "network.bsky.jetstream.subscribeEvents#info", name: "OutdatedCursor", message: "resuming from 5000" },
      })
      const play: Play = ({ cursor }) =>
        cursor! < 1e15
          ? refused(400, '{"error":"CursorTooOld","message":"floor 5000"}')
          : Stream.concat(Stream.make([info, post(5_000, us)]), silent)
      const { opened, run } = start(play, bus)
      yield* run
      yield* advance("5 seconds")
      assert.deepStrictEqual(bodies(bus), ["Post 5000"])
      assert.deepStrictEqual(
        opened.map((url) => [url.pathname.startsWith("/xrpc"), url.searchParams.get("cursor")]),
        [
          [true, "8"],
          [true, String(us - 9e11 - 5_000_000)],
        ],
      )
      assert.deepInclude(yield* healthNow, { state: "live", why: "gap in the stream, OutdatedCursor: resuming from 5000" })
      assert.include(yield* (yield* Metrics).render, 'signalflow_ingest_dropped_total{platform="bluesky",reason="gap"} 1')
    }).pipe(live),
  )

  it.effect("begins again after an error frame, with what came before it published", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const us = now * 1_000
      const slow = JSON.stringify({ $type: "error", payload: { error: "ConsumerTooSlow", message: "bye" } })
      const play: Play = ({ n }) =>
        n === 1
          ? Stream.concat(Stream.make([post(1, us), slow, post(2, us + 1)]), silent)
          : Stream.concat(Stream.make([post(2, us + 1)]), silent)
      yield* start(play, bus).run
      yield* advance("5 seconds")
      assert.deepStrictEqual(bodies(bus), ["Post 1", "Post 2"])
    }).pipe(live),
  )

  const info = (name: string) =>
    JSON.stringify({ $type: "message", payload: { $type: "network.bsky.jetstream.subscribeEvents#info", name, message: "said the host" } })

  it.effect("asks by time when the host numbers its events anew, and misses nothing", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const us = now * 1_000
      yield* (yield* Cursors).store("bluesky", "posts", { host: EAST, seq: 900, timeUs: us - 60_000_000 })
      const play: Play = ({ cursor }) =>
        Stream.concat(Stream.make(cursor! < 1e15 ? [info("FutureCursor"), post(9, us)] : [post(1, us - 30_000_000, 1)]), silent)
      const { opened, run } = start(play, bus)
      yield* run
      yield* advance("5 seconds")
      assert.deepStrictEqual(bodies(bus), ["Post 1"])
      assert.deepStrictEqual(
        opened.map((url) => [url.host, url.searchParams.get("cursor")]),
        [
          [new URL(EAST).host, "901"],
          [new URL(EAST).host, String(us - 65_000_000)],
        ],
      )
      assert.notInclude(yield* (yield* Metrics).render, 'reason="gap"')
    }).pipe(live),
  )

  it.effect("goes on from its cursor at the same host that called it too slow, and says so", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const us = now * 1_000
      const slow = JSON.stringify({ $type: "error", error: "ConsumerTooSlow", message: "reconnect" })
      const { opened, run } = start(({ n }) => Stream.concat(Stream.make(n === 1 ? [post(1, us), slow] : [post(2, us + 1)]), silent), bus)
      yield* run
      yield* advance("5 seconds")
      assert.deepStrictEqual(bodies(bus), ["Post 1", "Post 2"])
      assert.strictEqual(opened[1]!.host, opened[0]!.host)
      assert.strictEqual(opened[1]!.searchParams.get("cursor"), "2")
      assert.deepInclude(yield* healthNow, { state: "live", why: "cut off by the host for reading too slowly; goes on from its cursor" })
      assert.include(yield* (yield* Metrics).render, 'signalflow_ingest_dropped_total{platform="bluesky",reason="too-slow"} 1')
    }).pipe(live),
  )

  it.effect("sees that v1 has moved its cursor without a word, and calls a quiet stream no gap", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const us = now * 1_000
      const old = (n: number, at: number) =>
        JSON.stringify({
          did: "did:plc:ada",
          time_us: at,
          kind: "commit",
          commit: { operation: "create", collection: "app.bsky.feed.post", rkey: `r${n}`, cid: "c", record: { text: `Post ${n}` } },
        })
      const hour = 3_600_000_000
      for (const [left, firstAt, why] of [
        [40 * hour, -36 * hour, "gap in the stream, the stream was left for longer than its host keeps"],
        [
          3 * hour,
          -hour,
          `gap in the stream, asked for the events from ${new Date(now - 3 * 3_600_000 - 5_000).toISOString()} on, the host began at ${new Date(now - 3_600_000).toISOString()}`,
        ],
        [3 * hour, -3 * hour + 1_000_000, null],
        [60_000_000, 1_500_000, null],
      ] as const) {
        const bus = recordingBus()
        yield* (yield* Cursors).store("bluesky", "posts", { host: EAST, seq: null, timeUs: us - left })
        const play: Play = ({ v1 }) => (v1 ? Stream.concat(Stream.make([old(1, us + firstAt)]), silent) : refused(404, "not found"))
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* start(play, bus).run
            yield* advance("4 seconds")
            assert.deepInclude(yield* healthNow, { state: "live", why })
          }),
        )
        yield* TestClock.setTime(now)
      }
      assert.include(yield* (yield* Metrics).render, 'signalflow_ingest_dropped_total{platform="bluesky",reason="gap"} 2')
    }).pipe(live),
  )

  it.effect("guarantee 10: leaves a host that sends likes but no posts any more", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const bus = recordingBus()
      const like = (n: number) =>
        frame("commit", n, (now + n) * 1_000, {
          operation: "create",
          collection: "app.bsky.feed.like",
          rkey: `l${n}`,
          record: { subject: { uri: "at://did:plc:ada/app.bsky.feed.post/none" } },
        })
      const { opened, run } = start(
        () =>
          Stream.fromIterable(Array.from({ length: 1_000 }, (_, i) => i)).pipe(
            Stream.mapEffect((i) => Effect.as(Effect.sleep("500 millis"), [i < 20 ? post(i, (now + i) * 1_000) : like(i)])),
          ),
        bus,
      )
      yield* run
      yield* advance("45 seconds", "500 millis")
      assert.strictEqual(opened.length, 2)
      assert.strictEqual(opened[1]!.host, new URL(WEST).host)
    }).pipe(Effect.provide(surroundings({ WARM_START_HOURS: 0, BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "" }))),
  )

  describe("history", () => {
    const warm = (hours: number) =>
      Effect.provide(surroundings({ WARM_START_HOURS: hours, BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "", BLUESKY_ENGAGEMENT: "off" }))
    const position = Effect.flatMap(Cursors, (cursors) => cursors.load("bluesky", "warm-start")) as Effect.Effect<
      { kept: number; exposure: Record<string, number>; at: number; to: number },
      never,
      Cursors
    >

    /** A host that replays one post every `gapUs` from the cursor on, 500 at a time, up to now and then is silent. */
    const replaying =
      (gapUs: number, floorUs = 0): Play =>
      ({ cursor }) => {
        const first = Math.ceil(Math.max(cursor!, floorUs) / gapUs)
        const last = Math.floor((now * 1_000) / gapUs)
        const notice =
          cursor! < floorUs
            ? [JSON.stringify({ $type: "message", payload: { $type: "x#info", name: "OutdatedCursor", message: "clamped" } })]
            : []
        const chunks = Stream.unfold(first, (n) =>
          Effect.succeed(
            n > last
              ? undefined
              : ([Array.from({ length: Math.min(500, last - n + 1) }, (_, i) => post(n + i, (n + i) * gapUs)), n + 500] as const),
          ),
        )
        return Stream.concat(Stream.concat(notice.length > 0 ? Stream.make(notice) : Stream.empty, chunks), silent)
      }

    it.effect("of a thin stream is read whole, on one connection", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const bus = recordingBus()
        const { opened, run } = start(replaying(15_000_000), bus)
        yield* run
        yield* advance("20 seconds")
        assert.strictEqual(new Set(bodies(bus)).size, 6 * 240 + 1)
        const { exposure } = yield* position
        assert.deepStrictEqual(
          Object.values(exposure).map((share) => Math.round(share * 1_000) / 1_000),
          Array.from({ length: 24 }, () => 1),
        )
        assert.isAtMost(opened.length, 2)
        assert.isTrue(bus.events().every((event) => event._tag === "Observed" && event.signal.observedAt <= now))
        assert.deepInclude(yield* healthNow, { warmStart: null })
      }).pipe(warm(6)),
    )

    it.effect("of a broad stream is sampled from every bucket, and the exposure says how much", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const bus = recordingBus()
        const { opened, run } = start(replaying(50_000), bus)
        yield* run
        yield* advance("60 seconds")
        const { exposure, kept, at, to } = yield* position
        assert.strictEqual(at, to * 1_000)
        assert.isBelow(kept, 45_000)
        assert.isAbove(kept, 30_000)
        assert.strictEqual(Object.keys(exposure).length, 24)
        const rate = 900_000_000 / 50_000
        const estimate = Object.values(exposure).reduce((sum, share) => sum + share * rate, 0)
        assert.closeTo(estimate / kept, 1, 0.05)
        assert.isTrue(Object.values(exposure).every((share) => share > 0 && share <= 1))
        assert.isAtMost(opened.length, 26)
      }).pipe(warm(6)),
    )

    it.effect("that a host no longer keeps is not called read", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const bus = recordingBus()
        yield* start(replaying(15_000_000, (now - 3_600_000) * 1_000), bus).run
        yield* advance("20 seconds")
        const { exposure } = yield* position
        assert.strictEqual(Object.keys(exposure).length, 4)
      }).pipe(warm(6)),
    )

    it.effect("that was cut resumes where its cursor stands", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const bus = recordingBus()
        let breaks = 0
        const play: Play = (options) => Stream.concat(Stream.take(replaying(15_000_000)(options), 1), ++breaks > 6 ? silent : closed)
        yield* start(play, bus).run
        yield* advance("3 minutes")
        assert.strictEqual(new Set(bodies(bus)).size, 6 * 240 + 1)
      }).pipe(warm(6)),
    )

    it("adds exposure to every bucket that a time touches", () => {
      const exposure: Record<string, number> = {}
      expose(exposure, 450_000_000, 1_350_000_000)
      expose(exposure, 1_350_000_000, 1_800_000_000)
      assert.deepStrictEqual(exposure, { 0: 0.5, 900000: 1 })
    })
  })
})
