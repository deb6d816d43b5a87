import { LIVE_HISTORY } from "@signalflow/domain/LiveFeed"
import { afterAll, beforeAll, describe } from "vitest"
import { type RedisServer, startRedis } from "../../../../infra/test/redis.ts"
import { suite } from "../../../domain/test/LiveFeedSuite.ts"
import * as RedisLiveFeed from "../../src/redis/RedisLiveFeed.ts"
import { missing, onEmpty } from "./TestRedis.ts"

describe.skipIf(missing !== null)("Redis", () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  suite(
    "Redis",
    onEmpty(() => server, RedisLiveFeed.layer),
    { history: LIVE_HISTORY, most: LIVE_HISTORY * 1.2 },
  )
})
