import { Effect, Layer } from "effect"
import { afterAll, beforeAll, describe } from "vitest"
import { type RedisServer, startRedis } from "../../../../infra/test/redis.ts"
import { suite } from "../../../domain/test/VelocityCacheSuite.ts"
import * as RedisVelocityCache from "../../src/redis/RedisVelocityCache.ts"
import { emptied, missing, redisOf } from "./TestRedis.ts"

describe.skipIf(missing !== null)("Redis", () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  const layer = Layer.unwrap(
    Effect.map(
      Effect.suspend(() => emptied(server)),
      () => Layer.provide(RedisVelocityCache.layer, redisOf(server)),
    ),
  )
  suite("Redis", layer)
})
