import { assert, it } from "@effect/vitest"
import { LivePublisher } from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import * as RedisLiveFeed from "@signalflow/platform/redis/RedisLiveFeed"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Context, Effect, Layer } from "effect"
import { describe } from "vitest"
import type { RedisServer } from "../../../../infra/test/redis.ts"
import { eventually } from "../../../domain/test/Received.ts"
import { kill, missing, redisAt, start, testServer } from "../../../platform/test/redis/TestRedis.ts"
import * as TestPostgres from "../../../platform/test/TestPostgres.ts"
import * as Server from "../../src/Server.ts"
import { item, signIn } from "../TestServer.ts"
import { connect } from "./Client.ts"

/** A server that takes the live feed from Redis, and an access token of it. */
const serverOn = (redis: RedisServer) =>
  Effect.gen(function* () {
    const needs = Layer.mergeAll(
      TestPostgres.layer,
      Layer.provide(RedisLiveFeed.layerSubscriber, redisAt(redis.url)),
      Readiness.layer,
      Metrics.layerTest,
      Settings.layerWith({ PORT: 0, METRICS_PORT: 0, RATE_LIMIT: 10_000 }),
    )
    const context = yield* Layer.build(Layer.fresh(Server.layer({ dashboard: null }).pipe(Layer.provideMerge(needs))))
    return yield* Effect.provide(signIn, context)
  })

const clientOf = ({ url, access }: { readonly url: string; readonly access: string }) =>
  Effect.gen(function* () {
    const client = yield* connect(`${url}/ws/signals/`, { headers: { authorization: `Bearer ${access}` } })
    yield* client.until("hello", ({ frames }) => frames.length > 0)
    return client
  })

describe.skipIf(missing !== null)("servers on one Redis", () => {
  it.live("send the same frames; a client resumes at another one, and hears of a feed that was lost", () =>
    Effect.gen(function* () {
      const redis = yield* testServer()
      const publisher = Context.get(yield* Layer.build(Layer.provide(RedisLiveFeed.layerPublisher, redisAt(redis.url))), LivePublisher)
      const publish = (...ids: ReadonlyArray<string>) => publisher.publish(ids.map((id) => item(id)))
      const [first, second] = [yield* serverOn(redis), yield* serverOn(redis)]
      const clients = [yield* clientOf(first), yield* clientOf(second)]
      yield* publish("hackernews:1", "hackernews:2", "hackernews:3")
      for (const client of clients) yield* client.until("three", ({ offsets }) => offsets.length === 3)
      assert.deepStrictEqual(clients[0]!.of("signal"), clients[1]!.of("signal"))

      const seen = clients[0]!.of("signal")[0]!
      const moved = yield* clientOf(second)
      moved.say({ type: "subscribe", resume: { epoch: seen.epoch, offset: seen.offset } })
      yield* moved.until("the rest", ({ offsets }) => offsets.length === 2)
      assert.deepStrictEqual(
        moved.of("signal").map(({ signal }) => signal.id),
        ["hackernews:2", "hackernews:3"],
      )
      assert.deepStrictEqual(moved.of("gap"), [])

      yield* kill(redis, "SIGKILL")
      yield* start(redis)
      for (const client of clients) {
        yield* client.until("gap", () => client.of("gap").length === 1)
        assert.notStrictEqual(client.of("gap")[0]!.epoch, seen.epoch)
        assert.deepStrictEqual([client.of("gap")[0]!.from, client.of("gap")[0]!.to], [0, 0])
      }
      yield* eventually(Effect.option(publish("hackernews:4")), ({ _tag }) => _tag === "Some")
      for (const client of clients) {
        yield* client.until("the next", () => client.of("signal").at(-1)?.signal.id === "hackernews:4")
        assert.lengthOf(client.of("gap"), 1)
        assert.strictEqual(client.of("signal").at(-1)!.epoch, client.of("gap")[0]!.epoch)
      }
    }),
  )

  it.live("start without it and serve live when it comes", () =>
    Effect.gen(function* () {
      const redis = yield* testServer()
      yield* kill(redis, "SIGKILL")
      const client = yield* clientOf(yield* serverOn(redis))
      yield* start(redis)
      const publisher = Context.get(yield* Layer.build(Layer.provide(RedisLiveFeed.layerPublisher, redisAt(redis.url))), LivePublisher)
      yield* publisher.publish([item("hackernews:1")])
      yield* client.until("the signal", ({ offsets }) => offsets.length === 1)
      assert.lengthOf(client.of("gap"), 1)
    }),
  )
})
