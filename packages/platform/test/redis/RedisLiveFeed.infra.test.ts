import { LIVE_HISTORY } from "@signalflow/domain/LiveFeed"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, describe } from "vitest"
import { type RedisServer, startRedis } from "../../../../infra/test/redis.ts"
import { suite } from "../../../domain/test/LiveFeedSuite.ts"
import * as RedisLiveFeed from "../../src/redis/RedisLiveFeed.ts"
import { emptied, missing, redisOf } from "./TestRedis.ts"

describe.skipIf(missing !== null)("Redis", () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  const layer = Layer.unwrap(
    Effect.map(
      Effect.suspend(() => emptied(server)),
      () => Layer.provide(RedisLiveFeed.layer, redisOf(server)),
    ),
  )
  suite("Redis", layer, { history: LIVE_HISTORY, most: LIVE_HISTORY * 1.2 })
})
