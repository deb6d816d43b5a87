import { Redis as Client } from "ioredis"
import { Context, Effect, Layer, Redacted } from "effect"
import { type RedisServer, redisMissing, startRedis } from "../../../../infra/test/redis.ts"
import * as Redis from "../../src/redis/Redis.ts"

/** Why tests with Redis are skipped here, or null. */
export const missing = redisMissing()

/** A server of the test's own. */
export class TestRedis extends Context.Service<TestRedis, RedisServer>()("@signalflow/platform/test/TestRedis") {}

export const server = (extra?: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.promise(() => startRedis(extra)),
    (redis) => Effect.promise(() => redis.stop()),
  )

export const layer = (extra?: Readonly<Record<string, string>>) => Layer.effect(TestRedis, server(extra))

export const redisOf = ({ url }: RedisServer, onState?: Redis.RedisOptions["onState"]) =>
  Redis.layer({ url: Redacted.make(url), ...(onState === undefined ? {} : { onState }) })

/** Asks the server itself, beside what is tested. */
export const ask = (server: RedisServer, database: number, ...command: [string, ...Array<string | number>]): Effect.Effect<unknown> =>
  Effect.acquireUseRelease(
    Effect.sync(() => new Client(server.port, "127.0.0.1", { password: server.password, db: database })),
    (client) => Effect.promise(() => client.call(command[0], command.slice(1))),
    (client) => Effect.sync(() => client.disconnect()),
  )

export const emptied = (server: RedisServer) => ask(server, 0, "flushall")
