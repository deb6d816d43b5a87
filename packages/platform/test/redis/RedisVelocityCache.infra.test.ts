import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll, beforeAll, describe } from "vitest"
import { type RedisServer, startRedis } from "../../../../infra/test/redis.ts"
import { suite } from "../../../domain/test/VelocityCacheSuite.ts"
import * as RedisVelocityCache from "../../src/redis/RedisVelocityCache.ts"
import { ask, cacheOf, missing, onEmpty } from "./TestRedis.ts"

describe.skipIf(missing !== null)("Redis", () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  suite(
    "Redis",
    onEmpty(() => server, RedisVelocityCache.layer),
  )

  const seen = (at: number) => ({ at, score: 3, comments: null, textHash: "0123456789abcdef" })

  it.live("VelocityCache (Redis) is one for all replicas, as a hash that lives for 25 hours after it was last set", () =>
    Effect.gen(function* () {
      yield* ask(server, 0, "flushall")
      const [first, second] = [yield* cacheOf(server), yield* cacheOf(server)]
      yield* first.advance(new Map([["hn:1", seen(5)]]))
      assert.deepStrictEqual((yield* second.read(["hn:1"])).get("hn:1"), seen(5))
      assert.deepStrictEqual(yield* ask(server, 0, "keys", "*"), ["vel:hn:1"])
      assert.deepStrictEqual(yield* ask(server, 0, "hmget", "vel:hn:1", "score", "comments", "ts", "text"), [
        "3",
        "",
        "5",
        "0123456789abcdef",
      ])
      const life = Effect.map(ask(server, 0, "ttl", "vel:hn:1"), Number)
      assert.isAtLeast(yield* life, 25 * 3_600 - 60)
      assert.isAtMost(yield* life, 25 * 3_600)
      yield* ask(server, 0, "expire", "vel:hn:1", 100)
      yield* second.advance(new Map([["hn:1", seen(4)]]))
      assert.isAtMost(yield* life, 100)
      yield* second.advance(new Map([["hn:1", seen(6)]]))
      assert.isAtLeast(yield* life, 25 * 3_600 - 60)
    }),
  )

  it.live("VelocityCache (Redis) takes what others have put under its keys for nothing, and replaces it", () =>
    Effect.gen(function* () {
      const cache = yield* cacheOf(server)
      const fields = (score: string, comments: string, ts: string, text: string) => [
        "score",
        score,
        "comments",
        comments,
        "ts",
        ts,
        "text",
        text,
      ]
      const spoilt: Record<string, [string, ...Array<string>]> = {
        text: ["set", "vel:text", "5,6,7,0123456789abcdef"],
        list: ["rpush", "vel:list", "1", "2"],
        set: ["sadd", "vel:set", "score"],
        other: ["hset", "vel:other", "something", "else"],
        noTime: ["hset", "vel:noTime", ...fields("1", "2", "", "0123456789abcdef")],
        words: ["hset", "vel:words", ...fields("1", "2", "yesterday", "0123456789abcdef")],
        notANumber: ["hset", "vel:notANumber", ...fields("1", "2", "nan", "0123456789abcdef")],
        infinite: ["hset", "vel:infinite", ...fields("1", "2", "inf", "0123456789abcdef")],
        far: ["hset", "vel:far", ...fields("1", "2", "1e300", "0123456789abcdef")],
        huge: ["hset", "vel:huge", ...fields("9".repeat(400), "2", "1", "0123456789abcdef")],
        fraction: ["hset", "vel:fraction", ...fields("1.5", "2", "1", "0123456789abcdef")],
        shifted: ["hset", "vel:shifted", ...fields("1,2,3,4", "2", "1", "0123456789abcdef")],
        lines: ["hset", "vel:lines", ...fields("1", "2", "1", "0123\n4567")],
        long: ["hset", "vel:long", ...fields("1", "2", "1", "a".repeat(100_000))],
      }
      for (const command of Object.values(spoilt)) yield* ask(server, 0, ...command)
      yield* cache.advance(new Map([["good", seen(5)]]))
      const ids = [...Object.keys(spoilt), "good"]
      assert.deepStrictEqual([...(yield* cache.read(ids))], [["good", seen(5)]])
      yield* cache.advance(new Map(ids.map((id) => [id, seen(10)])))
      assert.deepStrictEqual(
        [...(yield* cache.read(ids))],
        ids.map((id) => [id, seen(10)] as const),
      )
    }),
  )
})
