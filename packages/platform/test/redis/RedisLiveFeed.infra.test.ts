import { LIVE_HISTORY } from "@signalflow/domain/live/LiveFeed"
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll, beforeAll, describe } from "vitest"
import { type RedisServer, startRedis } from "../../../../infra/test/redis.ts"
import { liveSignal, suite } from "../../../domain/test/LiveFeedSuite.ts"
import { until } from "../../../domain/test/Received.ts"
import * as RedisLiveFeed from "../../src/redis/RedisLiveFeed.ts"
import { follow } from "./Following.ts"
import { feedOf, missing, onEmpty } from "./TestRedis.ts"

describe.skipIf(missing !== null)("Redis", () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.stop())

  suite(
    "Redis",
    onEmpty(() => server, RedisLiveFeed.layer),
    { history: LIVE_HISTORY, most: LIVE_HISTORY * 1.2 },
  )

  it.live(
    "LiveFeed (Redis) hears of each batch by itself: looking for it now and then would take longer than this test may",
    () =>
      Effect.gen(function* () {
        const [{ publish }, { subscriber }] = [yield* feedOf(server), yield* feedOf(server)]
        const seen = yield* follow(subscriber)
        for (let n = 0; n < 100; n++) {
          yield* publish([liveSignal(`x:${n}`)])
          yield* until(() => seen.lastId() === `x:${n}`)
        }
      }),
    60_000,
  )
})
