import { afterAll, beforeAll, describe } from "vitest"
import { type RedisServer, startRedis } from "../../../../infra/test/redis.ts"
import { suite } from "../../../domain/test/VelocityCacheSuite.ts"
import * as RedisVelocityCache from "../../src/redis/RedisVelocityCache.ts"
import { missing, onEmpty } from "./TestRedis.ts"

describe.skipIf(missing !== null)("Redis", () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  suite(
    "Redis",
    onEmpty(() => server, RedisVelocityCache.layer),
  )
})
