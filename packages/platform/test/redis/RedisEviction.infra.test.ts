import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { describe } from "vitest"
import { liveSignal } from "../../../domain/test/LiveFeedSuite.ts"
import { until } from "../../../domain/test/Received.ts"
import { isWhole, follow } from "./Following.ts"
import { ask, cacheOf, feedOf, missing, type States, testServer } from "./TestRedis.ts"

const small = { maxmemory: "3mb", "maxmemory-policy": "allkeys-lru" }

const evicted = (info: unknown) => Number(/evicted_keys:(\d+)/.exec(String(info))![1])

describe.skipIf(missing !== null)("Redis with 3 MB and allkeys-lru", () => {
  const test = it.live

  test("keeps the velocities that were used last, and the others are unknown", () =>
    Effect.gen(function* () {
      const server = yield* testServer(small)
      const states: States = []
      const cache = yield* cacheOf(server, states)
      const idOf = (n: number) => `bluesky:at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/${n}`
      const BATCH = 500
      for (let batch = 0; batch < 60; batch++) {
        const ids = Array.from({ length: BATCH }, (_, n) => idOf(batch * BATCH + n))
        yield* cache.advance(
          new Map(ids.map((id, n) => [id, { at: batch * BATCH + n, score: n, comments: 1, textHash: "0123456789abcdef" }])),
        )
      }
      assert.isAbove(evicted(yield* ask(server, 0, "info", "stats")), 0)
      const ids = Array.from({ length: 60 * BATCH }, (_, n) => idOf(n))
      const found = yield* cache.read(ids)
      assert.isBelow(found.size, ids.length)
      for (const [n, id] of ids.entries()) if (found.has(id)) assert.strictEqual(found.get(id)!.at, n)
      const newest = yield* cache.read(ids.slice(-BATCH))
      assert.isAbove(newest.size, BATCH / 2)
      assert.isTrue(states.every(([, state]) => state === "ok"))
    }))

  test("the live feed beside them goes on; where it was evicted its followers are told", () =>
    Effect.gen(function* () {
      const server = yield* testServer(small)
      const { publish, subscriber } = yield* feedOf(server)
      const cache = yield* cacheOf(server)
      const seen = yield* follow(subscriber)
      const text = "words ".repeat(200)
      let published = 0
      for (let batch = 0; batch < 60; batch++) {
        const items = Array.from({ length: 100 }, (_, n) => liveSignal(`x:${batch}-${n}`, text))
        const worked = yield* Effect.option(publish(items))
        if (worked._tag === "Some") published += 100
        yield* cache.advance(
          new Map(items.map((_, n) => [`x:${batch}-${n}`, { at: batch + 1, score: n, comments: 1, textHash: "0123456789abcdef" }])),
        )
      }
      assert.strictEqual(published, 6_000)
      assert.isAbove(evicted(yield* ask(server, 0, "info", "stats")), 0)
      yield* publish([liveSignal("x:last")])
      yield* until(() => seen.lastId() === "x:last")
      assert.isTrue(isWhole(seen))
      assert.isAbove(seen.gaps().length, 0)
      assert.isAbove(seen.entries().length, 1_000)
    }))
})
