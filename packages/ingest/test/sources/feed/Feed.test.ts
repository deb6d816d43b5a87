import { assert, describe, it } from "@effect/vitest"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import type { SourceHealth } from "@signalflow/domain/sources/Source"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Cursors } from "../../../src/stores/Cursors.ts"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { Health } from "../../../src/health/SourceHealth.ts"
import * as Ingestion from "../../../src/Ingestion.ts"
import { platform } from "../../../src/sources/feed/Convert.ts"
import { feed, feedFrom } from "../../../src/sources/feed/Feed.ts"
import { makeReader } from "../../../src/sources/feed/Reader.ts"
import { recordingBus, scripted, settle, surroundings } from "../../Harness.ts"
import { item, rss, site } from "./Site.ts"

const now = Date.UTC(2026, 10, 22, 12)
const here = feedFrom((address) => address === "127.0.0.1")

const config = (target: string) => ({ platform, target, tier: "fast" as const, intervalMs: 60_000, options: {}, active: true, shard: 0 })

/** Runs `body` beside ingestion that watches these addresses. */
const watching = <A>(
  targets: string | ReadonlyArray<string>,
  body: (world: {
    readonly bus: ReturnType<typeof recordingBus>
    readonly restart: Effect.Effect<void>
  }) => Effect.Effect<A, unknown, Cursors | Health>,
  adapter = here,
) =>
  Effect.gen(function* () {
    const bus = recordingBus()
    const program = Effect.gen(function* () {
      yield* TestClock.setTime(now)
      yield* (yield* SourceConfigs).putDefaults([targets].flat().map(config))
      const start = Effect.forkChild(Ingestion.runWith([adapter]))
      let fiber = yield* start
      const restart = Effect.gen(function* () {
        yield* Fiber.interrupt(fiber)
        fiber = yield* start
      })
      const result = yield* body({ bus, restart: restart as Effect.Effect<void> })
      yield* Fiber.interrupt(fiber)
      return result
    })
    const outside = Layer.mergeAll(scripted(() => undefined).layer, FrameSocket.layer)
    return yield* Effect.provide(program, Layer.mergeAll(surroundings(), bus.layer, outside))
  })

/** Waits in real time, moves no clock. */
const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    while (!condition()) yield* settle
    yield* settle
  })

const stateOf = Effect.map(
  Effect.flatMap(Health, (health) => health.all),
  ([only]) => only,
)

/** Waits until the state is so: a document is read in a thread of its own. */
const untilState = (condition: (state: SourceHealth | undefined) => boolean) =>
  Effect.gen(function* () {
    let state = yield* stateOf
    while (!condition(state)) {
      yield* settle
      state = yield* stateOf
    }
    return state
  })

/** Moves the clock until the site has been asked so often: what was read before is dealt with by then. */
const untilAsked = (asked: ReadonlyArray<unknown>, times: number) =>
  Effect.gen(function* () {
    while (asked.length < times) {
      yield* settle
      yield* TestClock.adjust("1 second")
    }
  })

const titles = (bus: ReturnType<typeof recordingBus>) =>
  bus.events().map((event) => (event._tag === "Observed" ? event.signal.title : event._tag))

const SLOW = "a title that takes for ever"
/** The thread that reads feeds, and one document that it cannot finish. */
const slowThread = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads"
    parentPort.on("message", ({ text }) => { while (text.includes(${JSON.stringify(SLOW)})); })
    await import(${JSON.stringify(new URL("../../../src/sources/feed/ReaderThread.ts", import.meta.url).href)})`)}`,
)

describe("a feed", () => {
  it.effect("publishes what is there, then only what is new or edited, under the id that it had", () =>
    Effect.gen(function* () {
      let items = item(2) + item(1)
      const { url } = yield* site((_, response) => response.end(rss(items)))
      yield* watching(`${url}/feed`, ({ bus }) =>
        Effect.gen(function* () {
          yield* until(() => bus.records.length > 0)
          assert.deepStrictEqual(titles(bus), ["Post 2", "Post 1"])
          items = item(3) + item(2, "Post 2, corrected")
          yield* TestClock.adjust("63 seconds")
          yield* until(() => titles(bus).length > 2)
          assert.deepStrictEqual(titles(bus), ["Post 2", "Post 1", "Post 3", "Post 2, corrected"])
          const [two, , three, edited] = bus.events().map((event) => (event._tag === "Observed" ? event.signal : null))
          assert.strictEqual(edited?.id, two?.id)
          assert.isAbove(edited!.observedAt, two!.observedAt)
          assert.deepStrictEqual([two?.meta.mode, three?.meta.mode, edited?.meta.mode], ["backfill", "new", "refresh"])
          assert.deepInclude(three, {
            platform,
            kind: "post",
            community: "Site",
            url: "https://site.example/3",
            permalink: "https://site.example/3",
            publishedAt: Date.UTC(2026, 10, 22, 3),
            score: null,
            comments: null,
          })
          const raw = bus.records.filter(({ topic }) => topic.name === "feed.items.raw")
          assert.strictEqual(raw.length, 4)
          assert.strictEqual(`feed:${raw[0]?.key}`, two?.id)
          assert.strictEqual((JSON.parse(raw[0]!.value) as { payload: { title: string } }).payload.title, "Post 2")
        }),
      )
    }),
  )

  it.effect("asks for a version that it does not have, also after a restart, and takes nothing twice", () =>
    Effect.gen(function* () {
      let version = 1
      const { url, asked } = yield* site(({ headers }, response) => {
        const etag = `"v${version}"`
        if (headers["if-none-match"] === etag) response.writeHead(304).end()
        else response.writeHead(200, { etag, "last-modified": "Sun, 22 Nov 2026 10:00:00 GMT" }).end(rss(item(version) + item(1)))
      })
      yield* watching(url, ({ bus, restart }) =>
        Effect.gen(function* () {
          yield* until(() => bus.records.length > 0)
          yield* TestClock.adjust("63 seconds")
          yield* until(() => asked.length === 2)
          assert.strictEqual(asked[1]?.headers["if-none-match"], `"v1"`)
          assert.strictEqual(asked[1]?.headers["if-modified-since"], "Sun, 22 Nov 2026 10:00:00 GMT")
          yield* settle
          const health = yield* stateOf
          assert.deepStrictEqual([health?.state, health?.why], ["live", null])
          yield* restart
          yield* until(() => asked.length === 3)
          assert.strictEqual(asked[2]?.headers["if-none-match"], `"v1"`)
          assert.deepStrictEqual(titles(bus), ["Post 1"])
          version = 2
          yield* restart
          yield* until(() => titles(bus).length > 1)
          assert.deepStrictEqual(titles(bus), ["Post 1", "Post 2"])
        }),
      )
    }),
  )

  it.effect("reads again what the bus has not acknowledged: no validator is stored before", () =>
    Effect.gen(function* () {
      const { url, asked } = yield* site(({ headers }, response) => {
        if (headers["if-none-match"] === `"v1"`) response.writeHead(304).end()
        else response.writeHead(200, { etag: `"v1"` }).end(rss(item(1)))
      })
      yield* watching(url, ({ bus, restart }) =>
        Effect.gen(function* () {
          bus.state.down = true
          yield* restart
          yield* until(() => bus.state.refused > 0)
          assert.isNull(yield* (yield* Cursors).load("feed", url))
          bus.state.down = false
          yield* restart
          yield* until(() => bus.records.length > 0)
          assert.isUndefined(asked.at(-1)?.headers["if-none-match"])
          assert.deepStrictEqual(titles(bus), ["Post 1"])
          assert.isNotNull(yield* (yield* Cursors).load("feed", url))
        }),
      )
    }),
  )

  it.effect("does not take items that leave the feed for removals", () =>
    Effect.gen(function* () {
      let items = item(2) + item(1)
      const { url, asked } = yield* site((_, response) => response.end(rss(items)))
      yield* watching(url, ({ bus }) =>
        Effect.gen(function* () {
          yield* until(() => bus.records.length > 0)
          items = item(2)
          yield* untilAsked(asked, 3)
          items = item(2) + item(1)
          yield* untilAsked(asked, 5)
          assert.deepStrictEqual(titles(bus), ["Post 2", "Post 1"])
        }),
      )
    }),
  )

  it.effect("is degraded, with the reason, while its document cannot be read, and live again by itself", () =>
    Effect.gen(function* () {
      let body = "<html><body>Maintenance</body></html>"
      const { url, asked } = yield* site((_, response) => response.end(body))
      yield* watching(url, ({ bus }) =>
        Effect.gen(function* () {
          yield* until(() => asked.length === 1)
          const broken = yield* untilState((state) => state?.state === "degraded" && state.why !== "no answer yet")
          assert.strictEqual(broken?.state, "degraded")
          assert.match(broken?.why ?? "", /sent something that is neither RSS, Atom nor JSON Feed/)
          body = rss(item(1))
          yield* TestClock.adjust("59 seconds")
          yield* settle
          assert.strictEqual(asked.length, 1)
          yield* TestClock.adjust("1 second")
          yield* until(() => bus.records.length > 0)
          assert.strictEqual((yield* stateOf)?.state, "live")
        }),
      )
    }),
  )

  it.effect("is off when it is gone, and live again when it is back", () =>
    Effect.gen(function* () {
      let gone = true
      const { url, asked } = yield* site((_, response) => (gone ? response.writeHead(404).end() : response.end(rss(item(1)))))
      yield* watching(url, ({ bus }) =>
        Effect.gen(function* () {
          yield* until(() => asked.length === 1)
          yield* settle
          const health = yield* stateOf
          assert.strictEqual(health?.state, "off")
          assert.match(health?.why ?? "", /answered 404: there is no feed/)
          gone = false
          yield* TestClock.adjust("1 hour")
          yield* until(() => bus.records.length > 0)
          assert.strictEqual((yield* stateOf)?.state, "live")
        }),
      )
    }),
  )

  it.effect("waits as long as a busy server asks", () =>
    Effect.gen(function* () {
      const { url, asked } = yield* site((_, response) => response.writeHead(429, { "retry-after": "300" }).end())
      yield* watching(url, () =>
        Effect.gen(function* () {
          yield* until(() => asked.length === 1)
          yield* TestClock.adjust("299 seconds")
          yield* settle
          assert.strictEqual(asked.length, 1)
          yield* TestClock.adjust("1 second")
          yield* until(() => asked.length === 2)
          assert.strictEqual((yield* stateOf)?.state, "degraded")
        }),
      )
    }),
  )

  it.effect("that is hostile neither stops the program nor another feed, and says what is wrong with it", () =>
    Effect.gen(function* () {
      const documents: Record<string, string> = {
        "/fine": rss(item(1)),
        "/deep": rss("<a>".repeat(100_000)),
        "/bomb": `<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${rss("<item><title>&b;</title></item>")}`,
        "/slow": rss(`<item><title>${SLOW}</title></item>`),
      }
      const { url } = yield* site(({ path }, response) => response.end(documents[path]))
      const reader = makeReader({ thread: slowThread, deadlineMs: 3_000 })
      yield* watching(
        Object.keys(documents).map((path) => url + path),
        ({ bus }) =>
          Effect.gen(function* () {
            const states = Effect.map(
              Effect.flatMap(Health, (health) => health.all),
              (all) => new Map(all.map((state) => [state.target.slice(url.length), state])),
            )
            let last = performance.now()
            let longest = 0
            const turning = setInterval(() => {
              longest = Math.max(longest, performance.now() - last)
              last = performance.now()
            }, 10)
            // The first looks at several targets are spread over a while.
            const reached = (condition: (known: ReadonlyMap<string, SourceHealth>) => boolean) =>
              Effect.gen(function* () {
                let known = yield* states
                while (!condition(known)) {
                  yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
                  yield* TestClock.adjust("200 millis")
                  known = yield* states
                }
                return known
              })
            const known = yield* reached(
              (all) => bus.records.length > 0 && ["/deep", "/bomb", "/slow"].every((path) => / sent /.test(all.get(path)?.why ?? "")),
            )
            clearInterval(turning)
            assert.isBelow(longest, 1_500)
            for (const [path, why] of [
              ["/deep", /nested deeper than 100 elements/],
              ["/bomb", /declarations of its own: refused/],
              ["/slow", /takes more than 3 s to read .*: reading it was given up/],
            ] as const) {
              assert.strictEqual(known.get(path)?.state, "degraded", path)
              assert.match(known.get(path)?.why ?? "", why)
            }
            assert.strictEqual(known.get("/fine")?.state, "live")
            documents["/fine"] = rss(item(2) + item(1))
            yield* reached(() => titles(bus).includes("Post 2"))
          }),
        feedFrom((address) => address === "127.0.0.1", reader),
      )
    }),
  )

  for (const [target, why] of [
    ["http://127.0.0.1:9/feed", /private, loopback and reserved addresses are not read/],
    ["http://localhost:9/feed", /localhost is at \S+: private/],
    ["file:///etc/passwd", /is not the address of a feed/],
    [
      "https://ann:secret@site.example/feed",
      /^an address with a user name or password is not read: write https:\/\/site\.example\/feed if the feed is public$/,
    ],
  ] as const)
    it.effect(`is off at ${target}`, () =>
      watching(
        target,
        () =>
          Effect.gen(function* () {
            let health = yield* stateOf
            while (health?.state !== "off") {
              yield* settle
              yield* TestClock.adjust("1 second")
              health = yield* stateOf
            }
            assert.match(health.why ?? "", why)
          }),
        feed,
      ),
    )
})
