import { assert, describe, it } from "@effect/vitest"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type Frame, frameOf } from "../../src/live/Frames.ts"
import { BACKLOG_LIMIT, Subscription, type Wire } from "../../src/live/Subscription.ts"
import { Subscriptions } from "../../src/live/Subscriptions.ts"
import { item } from "../TestServer.ts"

const layer = Subscriptions.layer.pipe(Layer.provideMerge(Layer.mergeAll(LiveFeed.layerMemory, Readiness.layer, Metrics.layerTest)))

const KEPT = 4_000

const fill = Effect.flatMap(LiveFeed.LivePublisher, ({ publish }) =>
  publish(Array.from({ length: KEPT }, (_, n) => item(`bluesky:${n + 1}`))),
)

/** A client's end: the offsets that came, and what it was told. */
class End implements Wire {
  readonly offsets: Array<number> = []
  readonly told: Array<string> = []
  reads = true
  readonly onSend: (frame: Frame) => void
  #waiting: Array<() => void> = []

  constructor(onSend: (frame: Frame) => void = () => {}) {
    this.onSend = onSend
  }
  send = (frame: Frame) => {
    this.offsets.push(frame.offset)
    this.onSend(frame)
  }
  control = (json: string) => void this.told.push(JSON.parse(json).type)
  together = (write: () => void) => write()
  backlog = () => (this.reads ? 0 : BACKLOG_LIMIT + 1)
  whenDrained = (then: () => void) => void (this.reads ? then() : this.#waiting.push(then))
  ping = () => {}
}

const elsewhere = { epoch: "another", offset: 0 }

const join = (end: End, who: string) =>
  Effect.gen(function* () {
    const subscriptions = yield* Subscriptions
    const subscription = new Subscription({ wire: end, who, wants: () => true, at: subscriptions.position() })
    yield* subscriptions.join(subscription, elsewhere)
    return subscription
  })

const all = Array.from({ length: KEPT }, (_, n) => n + 1)

describe("catching up", () => {
  it.effect("a frame is written once, whoever reads it from the history", () =>
    Effect.gen(function* () {
      yield* fill
      const feed = yield* LiveFeed.LiveSubscriber
      const read = feed.entries(elsewhere).pipe(
        Stream.filter((chunk) => !("_tag" in chunk)),
        Stream.take(1),
        Stream.runCollect,
        Effect.map((chunks) => chunks.flatMap((chunk) => ("_tag" in chunk ? [] : chunk)).map((entry) => frameOf(entry).bytes)),
      )
      const [first, second] = [yield* read, yield* read]
      assert.isAtLeast(first.length, 100)
      for (const [n, bytes] of first.entries()) assert.strictEqual(second[n], bytes)
      const frame = frameOf({ epoch: "e", offset: 7, item: item("bluesky:7", { title: "Grüße 🌍" }) })
      assert.strictEqual(frame.event.toString(), `id: e:7\ndata: ${frame.bytes}\n\n`)
      assert.strictEqual(frame.event.buffer, frame.bytes.buffer)
      assert.deepInclude(JSON.parse(frame.bytes.toString()), { type: "signal", epoch: "e", offset: 7 })
    }).pipe(Effect.provide(layer)),
  )

  it.effect("of many clients lets other work have its turn every few frames, and each gets everything in order", () =>
    Effect.gen(function* () {
      yield* fill
      let sinceTurn = 0
      let most = 0
      const ends = Array.from({ length: 30 }, () => new End(() => void (most = Math.max(most, ++sinceTurn))))
      const other = yield* Effect.sync(() => void (sinceTurn = 0)).pipe(
        Effect.andThen(Effect.yieldNow),
        Effect.forever,
        Effect.forkChild({ startImmediately: true }),
      )
      yield* Effect.forEach(ends, (end, n) => join(end, `user ${n % 3}`), { concurrency: "unbounded" })
      yield* Fiber.interrupt(other)
      for (const end of ends) {
        assert.deepStrictEqual(end.offsets, all)
        assert.deepStrictEqual(end.told, ["gap", "position"])
      }
      assert.isAtMost(most, 1_000)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("of one user with many clients delays nobody else for long", () =>
    Effect.gen(function* () {
      yield* fill
      const greedy = Array.from({ length: 60 }, () => new End())
      const late = new End()
      const many = yield* Effect.forEach(greedy, (end) => join(end, "greedy"), { concurrency: "unbounded" }).pipe(
        Effect.forkChild({ startImmediately: true }),
      )
      yield* join(late, "late")
      assert.deepStrictEqual(late.offsets, all)
      const done = greedy.filter(({ offsets }) => offsets.length === KEPT).length
      assert.isBelow(done, 30)
      yield* Fiber.join(many)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("waits for a client that does not read without holding the others, and in the end tells it what it missed", () =>
    Effect.gen(function* () {
      yield* fill
      const stuck = Array.from({ length: 20 }, () => {
        const end: End = new End(() => void (end.reads = end.offsets.length < 10))
        return end
      })
      const waiting = yield* Effect.forEach(stuck, (end) => join(end, "stuck"), { concurrency: "unbounded" }).pipe(
        Effect.forkChild({ startImmediately: true }),
      )
      const reader = new End()
      yield* join(reader, "stuck")
      assert.deepStrictEqual(reader.offsets, all)
      yield* TestClock.adjust("61 seconds")
      yield* Fiber.join(waiting)
      for (const end of stuck) {
        assert.deepStrictEqual(end.offsets, all.slice(0, 10))
        assert.deepStrictEqual(end.told, ["gap", "gap"])
      }
    }).pipe(Effect.provide(layer)),
  )

  it.live("does not spin for a client that seems to drain and never does", () =>
    Effect.gen(function* () {
      yield* fill
      const broken = new End()
      broken.reads = false
      broken.whenDrained = (then) => void then()
      const waiting = yield* join(broken, "broken").pipe(Effect.forkChild({ startImmediately: true }))
      const reader = new End()
      yield* join(reader, "reader")
      assert.deepStrictEqual(reader.offsets, all)
      yield* Effect.callback<void>((resume) => {
        setTimeout(() => resume(Effect.void), 1)
      })
      yield* Fiber.interrupt(waiting)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("comes once in three seconds for each client: one that asks sooner waits", () =>
    Effect.gen(function* () {
      yield* fill
      const subscriptions = yield* Subscriptions
      const end = new End()
      const subscription = yield* join(end, "eager")
      subscriptions.pause(subscription)
      const again = yield* subscriptions.join(subscription, elsewhere).pipe(Effect.forkChild({ startImmediately: true }))
      yield* TestClock.adjust("2999 millis")
      assert.strictEqual(end.offsets.length, KEPT)
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(again)
      assert.deepStrictEqual(end.offsets, [...all, ...all])
    }).pipe(Effect.provide(layer)),
  )
})
