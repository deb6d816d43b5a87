import { LivePublisher, LiveSubscriber } from "@signalflow/domain/live/LiveFeed"
import { VelocityCache } from "@signalflow/domain/VelocityCache"
import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import { Redis as Client } from "ioredis"
import { type RedisServer, redisMissing, startRedis } from "../../../../infra/test/redis.ts"
import * as Redis from "../../src/redis/Redis.ts"
import * as RedisLiveFeed from "../../src/redis/RedisLiveFeed.ts"
import * as RedisVelocityCache from "../../src/redis/RedisVelocityCache.ts"

/** Why tests with Redis are skipped here, or null. */
export const missing = redisMissing()

/** A server of the test's own. */
export const testServer = (extra?: Readonly<Record<string, string>>): Effect.Effect<RedisServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => startRedis(extra)),
    (redis) => Effect.promise(() => redis.stop()),
  )

export type States = Array<readonly [name: string, state: "ok" | "degraded", why: string | undefined]>

/** Collects what the connections say of themselves. */
export const redisAt = (url: string, states?: States) =>
  Redis.layer({
    url: Redacted.make(url),
    onState: (name, state, why) => Effect.sync(() => void states?.push([name, state, why])),
  })

/** A cache with a connection of its own, for the rest of the test. */
export const cacheOf = ({ url }: { readonly url: string }, states?: States) =>
  Effect.map(Layer.build(Layer.fresh(Layer.provide(RedisVelocityCache.layer, redisAt(url, states)))), (context) =>
    Context.get(context, VelocityCache),
  )

/** A live feed with a connection of its own, for the rest of the test. */
export const feedOf = ({ url }: { readonly url: string }, states?: States) =>
  Effect.map(Layer.build(Layer.fresh(Layer.provide(RedisLiveFeed.layer, redisAt(url, states)))), (context) => ({
    publish: Context.get(context, LivePublisher).publish,
    subscriber: Context.get(context, LiveSubscriber),
  }))

/** Asks the server itself, beside what is tested. */
export const ask = (server: RedisServer, database: number, ...command: [string, ...Array<string | number>]): Effect.Effect<unknown> =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Client(server.port, "127.0.0.1", { password: server.password, db: database })),
    (client) => Effect.promise(() => client.call(command[0], command.slice(1))),
    (client) => Effect.sync(() => client.disconnect()),
  )

export const kill = (server: RedisServer, signal: NodeJS.Signals) => Effect.promise(() => server.kill(signal))
export const start = (server: RedisServer) => Effect.promise(() => server.start())

/** The layer on an emptied server. */
export const onEmpty = <A, E>(server: () => RedisServer, layer: Layer.Layer<A, E, Redis.Redis>) =>
  Layer.unwrap(Effect.suspend(() => Effect.as(ask(server(), 0, "flushall"), Layer.provide(layer, redisAt(server().url)))))
