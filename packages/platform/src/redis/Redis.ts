import { Context, Effect, Layer, type Redacted, type Scope } from "effect"
import { parseAddress } from "./RedisAddress.ts"
import { type ConnectionOptions, openConnection, type RedisConnection } from "./RedisConnection.ts"
import { RedisError } from "./RedisError.ts"

/** What is kept in which database of the server. */
export const DATABASES = { velocity: 0, cache: 1, live: 2 } as const
export type Database = keyof typeof DATABASES

export interface RedisOptions {
  /** `redis://` or `rediss://`, with a password where the server wants one, without a database. */
  readonly url: Redacted.Redacted
  /** Hears of every change; `name` is `redis velocity`, `redis cache` or `redis live`. */
  readonly onState?: (name: string, state: "ok" | "degraded", why?: string) => Effect.Effect<void>
}

/** Opens connections to one Redis, each to one database. */
export class Redis extends Context.Service<
  Redis,
  {
    /**
     * A connection that comes back by itself for as long as the scope is open. Returns when it is open or the first attempt has failed:
     * a Redis that is unavailable fails what is asked of it, not the program.
     */
    readonly connect: (database: Database, options?: ConnectionOptions) => Effect.Effect<RedisConnection, never, Scope.Scope>
  }
>()("@signalflow/platform/redis/Redis") {}

export const layer = ({ url, onState }: RedisOptions): Layer.Layer<Redis, RedisError> =>
  Layer.effect(
    Redis,
    Effect.suspend(() => {
      const address = parseAddress(url)
      if (address === null)
        return Effect.fail(
          new RedisError({ message: "REDIS_URL must be a URL like redis://:password@host:port (reserved characters as %xx)" }),
        )
      return Effect.succeed(
        Redis.of({
          connect: (database, options) =>
            openConnection(address, `redis ${database}`, DATABASES[database], onState ?? (() => Effect.void), options),
        }),
      )
    }),
  )
