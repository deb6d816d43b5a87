import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import { Readiness } from "@signalflow/domain/Readiness"
import { isSet, Settings } from "@signalflow/domain/settings/Settings"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import * as Redis from "@signalflow/platform/redis/Redis"
import * as RedisLiveFeed from "@signalflow/platform/redis/RedisLiveFeed"
import * as RedisVelocityCache from "@signalflow/platform/redis/RedisVelocityCache"
import { Effect, Layer } from "effect"

/** Live feed and velocity cache of the settings: in Redis, which several processes share, where `REDIS_URL` names one, else in this process. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { REDIS_URL } = yield* Settings
    const readiness = yield* Readiness
    if (!isSet(REDIS_URL)) return Layer.merge(LiveFeed.layerMemory, VelocityCache.layerMemory)
    return Layer.merge(RedisLiveFeed.layer, RedisVelocityCache.layer).pipe(
      Layer.provide(Redis.layer({ url: REDIS_URL, onState: readiness.report })),
    )
  }),
)
