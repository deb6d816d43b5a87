import { assert, describe, it } from "@effect/vitest"
import { Readiness } from "@signalflow/domain/Readiness"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Clock, Effect, Layer, Random, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../src/stores/Cursors.ts"
import { FrameSocket } from "../src/upstream/FrameSocket.ts"
import { Health } from "../src/health/SourceHealth.ts"
import * as Ingestion from "../src/Ingestion.ts"
import { turnOf } from "../src/PollPlan.ts"
import { emptyBatch, type Feed, type SourceAdapter, type SourceBatch, SourceError } from "../src/SourceAdapter.ts"
import { config, NOW, observed } from "./Fixtures.ts"
import { advance, recordingBus, scripted, surroundings } from "./Harness.ts"

const adapter = (platform: string, batches: Feed["batches"], more: Partial<Feed> = {}): SourceAdapter => ({
  platform,
  rawTopics: () => [],
  rules: { check: Result.succeed },
  targets: [config(platform)],
  feeds: () => Effect.succeed([{ name: "live", cursor: "all", silenceMs: () => 30_000, batches, ...more }]),
})

/** Gives one event a second, numbered on from the stored position. */
const counting = (platform: string, last = Infinity) =>
  adapter(platform, (position) =>
    Stream.unfold(Number(position ?? 0), (n) =>
      Effect.gen(function* () {
        yield* Effect.sleep("1 second")
        if (n >= last) return yield* Effect.never
        const batch: SourceBatch = {
          ...emptyBatch,
          events: [observed(platform, n + 1)],
          received: 1,
          cursor: n + 1,
          readUntil: yield* Clock.currentTimeMillis,
        }
        return [batch, n + 1] as const
      }),
    ),
  )

const failing = (platform: string, error: Partial<SourceError> = {}) =>
  adapter(platform, () => Stream.fail(new SourceError({ reason: "unavailable", message: "no connection", ...error })))

const start = (bus: ReturnType<typeof recordingBus>, ...list: ReadonlyArray<SourceAdapter>) =>
  Effect.forkScoped(Ingestion.runWith(list)).pipe(
    Effect.provide(Layer.mergeAll(scripted(() => undefined).layer, bus.layer, FrameSocket.layer)),
  )

const healthOf = (platform: string) =>
  Effect.flatMap(Health, (health) => Effect.map(health.all, (all) => all.find((one) => one.platform === platform)))

const idsOf = (bus: ReturnType<typeof recordingBus>, platform: string) =>
  bus
    .events()
    .flatMap((event) => (event._tag === "Observed" && event.signal.platform === platform ? [Number(event.signal.id.split(":")[1])] : []))

const setup = Effect.provide(surroundings())

describe("Ingestion", () => {
  it.effect("guarantee 1: a cursor never moves before the bus has acknowledged", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const bus = recordingBus()
      const cursors = yield* Cursors
      yield* start(bus, counting("one"))
      yield* advance("3 seconds")
      assert.strictEqual(yield* cursors.load("one", "all"), 3)
      bus.state.down = true
      yield* advance("20 seconds")
      assert.isAbove(bus.state.refused, 1)
      assert.strictEqual(yield* cursors.load("one", "all"), 3)
      assert.deepInclude(yield* healthOf("one"), {
        state: "degraded",
        why: "the bus does not take signals: no broker",
        readUntil: NOW + 3_000,
      })
      assert.deepInclude((yield* (yield* Readiness).all)[0], { name: "ingest one", state: "degraded" })
      bus.state.down = false
      yield* advance("20 seconds")
      const ids = idsOf(bus, "one")
      assert.deepStrictEqual(
        ids,
        ids.map((_, i) => i + 1),
      )
      assert.isAbove(ids.length, 10)
      assert.strictEqual(yield* cursors.load("one", "all"), ids.length)
      assert.deepInclude((yield* (yield* Readiness).all)[0], { state: "ok" })
    }).pipe(setup),
  )

  it.effect("guarantee 1: cut at any moment it goes on where the bus was, nothing is lost", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const bus = recordingBus()
      const cursors = yield* Cursors
      for (let cut = 1; cut <= 6; cut++) {
        yield* Effect.scoped(Effect.andThen(start(bus, counting("one")), advance(`${cut * 700} millis`, "350 millis")))
        const stored = Number((yield* cursors.load("one", "all")) ?? 0)
        assert.isAtMost(stored, Math.max(0, ...idsOf(bus, "one")))
      }
      const ids = new Set(idsOf(bus, "one"))
      assert.deepStrictEqual(
        [...ids].sort((a, b) => a - b),
        Array.from({ length: ids.size }, (_, i) => i + 1),
      )
      assert.isAbove(ids.size, 4)
    }).pipe(setup),
  )

  it.effect("guarantee 5: sets aside and counts what no bus takes, and publishes what came with it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const bus = recordingBus()
      const topic = { name: "one.raw", partitions: 1 }
      const body = (key: string, length: number) => ({ topic, key, value: "x".repeat(length), headers: {} })
      const oversized = (batch: SourceBatch, n: number): SourceBatch =>
        n === 3 ? { ...batch, raw: [body("a", 10), body("huge", 5_000_000), body("b", 20)] } : batch
      const source = counting("one", 5)
      const feeds: SourceAdapter["feeds"] = (context) =>
        Effect.map(source.feeds(context), (all) =>
          all.map((feed) => ({
            ...feed,
            batches: (position: unknown) => Stream.map(feed.batches(position), (batch) => oversized(batch, Number(batch.cursor))),
          })),
        )
      yield* start(bus, { ...source, feeds })
      bus.state.down = true
      yield* advance("5 seconds")
      bus.state.down = false
      yield* advance("30 seconds")
      assert.deepStrictEqual(idsOf(bus, "one"), [1, 2, 3, 4, 5])
      assert.deepStrictEqual(
        bus.records.filter((record) => record.topic.name === topic.name).map(({ key }) => key),
        ["a", "b"],
      )
      assert.strictEqual(yield* (yield* Cursors).load("one", "all"), 5)
      assert.deepInclude(yield* healthOf("one"), { state: "live" })
      const page = yield* (yield* Metrics).render
      assert.include(page, 'signalflow_ingest_dropped_total{platform="one",reason="oversized"} 1')
      assert.include(page, 'signalflow_ingest_sent_total{platform="one",reason=""} 5')
    }).pipe(setup),
  )

  it.effect(
    "a retry that is cut off leaves nothing behind in /ready, whether the source is paused, removed or the program's lease moves",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(NOW)
        const bus = recordingBus()
        const configs = yield* SourceConfigs
        const ready = Effect.map((yield* Readiness).all, (all) => all.find(({ name }) => name === "ingest one"))
        const cuts = {
          paused: configs.put({ ...config("one"), active: false }),
          removed: configs.remove("one", "all"),
          moved: Effect.void,
        }
        for (const [how, cut] of Object.entries(cuts)) {
          yield* configs.put(config("one"))
          bus.state.down = false
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* start(bus, counting("one"))
              yield* advance("3 seconds")
              bus.state.down = true
              yield* advance("5 seconds")
              assert.deepInclude(yield* ready, { state: "degraded", why: "the bus does not take signals: no broker" }, how)
              yield* cut
              yield* advance("1 second")
            }),
          )
          assert.deepInclude(yield* ready, { state: "ok", why: null }, how)
        }
      }).pipe(setup),
  )

  it.effect("guarantee 10: a source of which everything is dropped says so with the counts, in /ready too, and recovers by itself", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      let dropped: Readonly<Record<string, number>> = { undated: 2, "no-id": 17, unchanged: 0 }
      let events: SourceBatch["events"] = []
      const source = adapter("one", () =>
        Stream.fromEffectRepeat(
          Effect.delay(
            Effect.sync(() => ({ ...emptyBatch, events, dropped, received: 19 })),
            "10 seconds",
          ),
        ),
      )
      const ready = Effect.map((yield* Readiness).all, (all) => all.find(({ name }) => name === "sources of one"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* start(recordingBus(), source)
          yield* advance("12 seconds")
          const why = "everything is dropped: 19 of the last 19 items (17 without identity, 2 without a date)"
          assert.deepInclude(yield* healthOf("one"), { state: "degraded", why })
          assert.deepInclude(yield* ready, { state: "degraded", why: `all: ${why}` })
          // An answer that says nothing new changes nothing.
          dropped = {}
          yield* advance("20 seconds")
          assert.deepInclude(yield* healthOf("one"), { state: "degraded", why })
          events = [observed("one", 1), observed("one", 2)]
          yield* advance("12 seconds")
          assert.deepInclude(yield* healthOf("one"), { state: "live", why: null })
          assert.deepInclude(yield* ready, { state: "ok" })
          events = []
          dropped = { unchanged: 30, filtered: 10, "not-a-post": 500, malformed: 1 }
          yield* advance("30 seconds")
          assert.deepInclude(yield* healthOf("one"), { state: "live", why: null })
          dropped = { malformed: 190, "no-text": 5 }
          events = [observed("one", 3)]
          yield* advance("40 seconds")
          assert.match(
            (yield* healthOf("one"))!.why!,
            /^nearly everything is dropped: \d+ of the last \d+ items \(\d+ malformed, \d+ without /,
          )
        }),
      )
      assert.deepInclude(yield* ready, { state: "ok" })
    }).pipe(setup),
  )

  it.effect("guarantee 10: a source that is silent past its cadence is told in /ready, until it is heard again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const source = adapter("one", () =>
        Stream.fromEffectRepeat(
          Effect.delay(
            Effect.sync(() => emptyBatch),
            "50 seconds",
          ),
        ),
      )
      const ready = Effect.map((yield* Readiness).all, (all) => all.find(({ name }) => name === "sources of one"))
      yield* start(recordingBus(), source)
      yield* advance("45 seconds")
      assert.match((yield* ready)?.why ?? "", /^all: nothing heard for \d+ s$/)
      yield* advance("10 seconds")
      assert.deepInclude(yield* ready, { state: "ok" })
    }).pipe(setup),
  )

  it.effect("guarantee 8: a dead source does not silence the others", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const bus = recordingBus()
      yield* start(bus, failing("dead"), counting("alive"))
      yield* advance("60 seconds")
      assert.isAtLeast(idsOf(bus, "alive").length, 59)
      assert.deepInclude(yield* healthOf("alive"), { state: "live", why: null })
      assert.deepInclude(yield* healthOf("dead"), { state: "degraded", why: "no connection", lastSuccess: null })
      const page = yield* (yield* Metrics).render
      assert.include(page, 'signalflow_ingest_failed_total{platform="dead",reason="unavailable"}')
      assert.include(page, 'signalflow_source_state{platform="dead",target="all",state="degraded"} 1')
    }).pipe(setup),
  )

  it.effect("guarantee 10: silence past the expected cadence is degraded, a switched-off target is off", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const bus = recordingBus()
      yield* start(bus, counting("one", 5))
      yield* advance("6 seconds")
      assert.deepInclude(yield* healthOf("one"), { state: "live", why: null, lastSuccess: NOW + 5_000, readUntil: NOW + 5_000 })
      yield* advance("24 seconds")
      assert.deepInclude(yield* healthOf("one"), { state: "live" })
      yield* advance("10 seconds")
      const silent = yield* healthOf("one")
      assert.deepInclude(silent, { state: "degraded", lastSuccess: NOW + 5_000 })
      assert.match(silent!.why!, /^nothing heard for 3\d s$/)
      yield* (yield* SourceConfigs).put(config("one", "all", { active: false }))
      yield* advance("1 second")
      assert.deepInclude(yield* healthOf("one"), { state: "off", why: "switched off", lastSuccess: NOW + 5_000 })
    }).pipe(setup),
  )

  it.effect("guarantee 10: a source that has not answered yet is not called live", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      yield* start(
        recordingBus(),
        adapter("mute", () => Stream.never),
      )
      yield* advance("1 second")
      assert.deepInclude(yield* healthOf("mute"), { state: "degraded", why: "no answer yet" })
    }).pipe(setup),
  )

  it.effect("retries with growing delays, and waits as long as the upstream asks", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const tries: Record<string, number> = {}
      const counted = (platform: string, retryAfterMs: number) =>
        adapter(platform, () => {
          tries[platform] = (tries[platform] ?? 0) + 1
          return Stream.fail(new SourceError({ reason: "rate-limited", message: "slow down", retryAfterMs }))
        })
      yield* start(recordingBus(), counted("soon", 0), counted("later", 600_000))
      yield* advance("9 minutes")
      assert.isAbove(tries["soon"]!, 8)
      assert.isBelow(tries["soon"]!, 40)
      assert.strictEqual(tries["later"], 1)
    }).pipe(setup),
  )

  it.effect("follows changes of the configuration and leaves unchanged targets alone", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const starts: Array<string> = []
      const stops: Array<string> = []
      const source: SourceAdapter = {
        ...counting("one"),
        feeds: ({ config }) =>
          Effect.succeed([
            {
              name: "live",
              cursor: config.target,
              silenceMs: () => null,
              batches: () => {
                starts.push(config.target)
                return Stream.ensuring(
                  Stream.never,
                  Effect.sync(() => stops.push(config.target)),
                )
              },
            },
          ]),
      }
      const configs = yield* SourceConfigs
      yield* start(recordingBus(), source)
      yield* advance("1 second")
      yield* configs.put(config("one", "second"))
      yield* configs.put(config("unknown"))
      yield* advance("1 second")
      assert.deepStrictEqual([starts, stops], [["all", "second"], []])
      assert.deepInclude(yield* healthOf("unknown"), { state: "off", why: "no source reads unknown" })
      yield* configs.put(config("one", "second", { intervalMs: 5_000 }))
      yield* advance("1 second")
      assert.deepStrictEqual([starts, stops], [["all", "second", "second"], ["second"]])
      yield* configs.remove("one", "all")
      yield* advance("1 second")
      assert.deepStrictEqual(stops, ["second", "all"])
      assert.deepInclude(yield* healthOf("one"), { state: "off", why: "removed" })
    }).pipe(setup),
  )

  it.effect("ends the program on a bug: it does not go on as if nothing were", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const fiber = yield* start(
        recordingBus(),
        counting("one"),
        adapter("buggy", () => Stream.die(new Error("bug"))),
      )
      yield* advance("1 second")
      assert.isDefined(fiber.pollUnsafe())
    }).pipe(setup),
  )

  it.effect("guarantee 10: a target that has nothing to give is off with the reason, the others go on, and it comes back by itself", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const state = { closed: true, tries: 0 }
      const one = counting("one")
      const feeds: SourceAdapter["feeds"] = ({ config }) => {
        if (config.target === "keyless") return Effect.fail(new SourceError({ reason: "off", message: "set ONE_KEY" }))
        return Effect.map(one.feeds({ config } as never), ([feed]) => [
          {
            ...feed!,
            cursor: config.target,
            quotaLeft: () => 41.7,
            batches: (position: unknown) => {
              if (config.target !== "private" || !state.closed) return feed!.batches(position)
              state.tries++
              return Stream.fail(new SourceError({ reason: "off", message: "r/private is private", retryAfterMs: 600_000 }))
            },
          },
        ])
      }
      const targets = ["all", "private", "keyless"].map((target) => config("one", target))
      yield* start(recordingBus(), { ...one, targets, feeds })
      yield* advance("20 seconds")
      const known = yield* (yield* Health).all
      const at = (target: string) => known.find((one) => one.target === target)
      assert.deepInclude(at("all"), { state: "live", quotaLeft: 41 })
      assert.deepInclude(at("private"), { state: "off", why: "r/private is private", lagMs: null })
      assert.deepInclude(at("keyless"), { state: "off", why: "set ONE_KEY" })
      assert.include(yield* (yield* Metrics).render, 'signalflow_source_quota_left{platform="one",target="all"} 41')
      state.closed = false
      yield* advance("9 minutes")
      assert.strictEqual(state.tries, 1)
      yield* advance("2 minutes")
      const later = yield* (yield* Health).all
      assert.deepInclude(
        later.find(({ target }) => target === "private")!,
        { state: "live", why: null },
      )
    }).pipe(setup),
  )

  it.effect("what the targets of a platform share is made once and closed at the end", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const made: Array<string> = []
      const closed: Array<string> = []
      const sharing = (platform: string): SourceAdapter => ({
        ...counting(platform),
        targets: ["a", "b", "c"].map((target) => config(platform, target)),
        feeds: (context) =>
          Effect.as(
            context.shared(
              Effect.gen(function* () {
                yield* Effect.sleep("1 second")
                made.push(platform)
                yield* Effect.addFinalizer(() => Effect.sync(() => closed.push(platform)))
              }),
            ),
            [],
          ),
      })
      yield* Effect.scoped(Effect.andThen(start(recordingBus(), sharing("one"), sharing("two")), advance("5 seconds")))
      assert.deepStrictEqual(
        [[...made].sort(), [...closed].sort()],
        [
          ["one", "two"],
          ["one", "two"],
        ],
      )
    }).pipe(setup),
  )

  it.effect("a history shows its share from the first report on, then none", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const shares: Array<number | null> = []
      const history: Feed = {
        name: "history",
        cursor: "warm-start",
        silenceMs: () => null,
        progress: (position) => (position === 4 ? null : Number(position ?? 0) / 4),
        batches: (position) =>
          Stream.unfold(Number(position ?? 0), (n) =>
            n === 4
              ? Effect.succeed(undefined)
              : Effect.as(Effect.sleep("5 seconds"), [{ ...emptyBatch, cursor: n + 1, progress: (n + 1) / 4 }, n + 1] as const),
          ),
      }
      const live = counting("one")
      const source: SourceAdapter = { ...live, feeds: (context) => Effect.map(live.feeds(context), (feeds) => [...feeds, history]) }
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* start(recordingBus(), source)
          for (const wait of ["100 millis", "6 seconds", "6 seconds"] as const) {
            yield* advance(wait, "100 millis")
            shares.push((yield* healthOf("one"))!.warmStart)
          }
        }),
      )
      yield* start(recordingBus(), source)
      for (const wait of ["100 millis", "14 seconds"] as const) {
        yield* advance(wait, "100 millis")
        shares.push((yield* healthOf("one"))!.warmStart)
      }
      assert.deepStrictEqual(shares, [0, 0.25, 0.5, 0.5, null])
    }).pipe(setup),
  )

  it.effect("does not let many targets ask at the same moment after a restart, nor later; which begins when follows from the seed", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const polling = (platform: string, targets: number, more: Partial<SourceAdapter> = {}): SourceAdapter => ({
        ...adapter(platform, () => Stream.die("replaced")),
        targets: Array.from({ length: targets }, (_, n) => config(platform, `t${n}`, { intervalMs: 60_000 })),
        feeds: ({ config: { target } }) =>
          Effect.succeed([
            {
              name: "live",
              cursor: target,
              silenceMs: () => null,
              batches: () =>
                Stream.unfold(0, (turn) =>
                  Effect.gen(function* () {
                    if (turn > 0) yield* Effect.sleep(turnOf(60_000, yield* Random.next))
                    asked.push({ who: `${platform}/${target}`, at: (yield* Clock.currentTimeMillis) - NOW, turn })
                    return [emptyBatch, turn + 1] as const
                  }),
                ),
            },
          ]),
        ...more,
      })
      let asked: Array<{ readonly who: string; readonly at: number; readonly turn: number }> = []
      const run = (seed: string) =>
        Effect.gen(function* () {
          asked = []
          yield* TestClock.setTime(NOW)
          yield* Effect.scoped(
            Effect.andThen(
              start(recordingBus(), polling("many", 40), polling("one", 1), polling("shared", 20, { asksTogether: true })),
              advance("6 minutes"),
            ),
          ).pipe(Random.withSeed(seed))
          return asked
        })
      const polls = yield* run("a")
      const of = (platform: string, turn: number) => polls.filter((poll) => poll.who.startsWith(`${platform}/`) && poll.turn === turn)
      assert.deepStrictEqual(
        of("one", 0).map(({ at }) => at),
        [0],
      )
      assert.deepStrictEqual(new Set(of("shared", 0).map(({ at }) => at)), new Set([0]))
      for (const turn of [0, 1, 4]) {
        const times = of("many", turn).map(({ at }) => at)
        assert.strictEqual(times.length, 40)
        assert.isAbove(new Set(times).size, 30)
        assert.isAtLeast(Math.max(...times) - Math.min(...times), 5_000)
      }
      assert.isAtMost(Math.max(...of("many", 0).map(({ at }) => at)), 10_000)
      assert.deepStrictEqual(yield* run("a"), polls)
      assert.notDeepEqual(yield* run("b"), polls)
    }).pipe(setup),
  )
})
