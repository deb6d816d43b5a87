import { Cache, Effect, Exit } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { findUser, type User } from "./Users.ts"

const KNOWN = 2_000
/** How long a change of a user may go unseen. */
const FRESH = "5 seconds"
/** While the database is unavailable nobody can be removed there, so what it last said stays. */
const AGAIN = "1 second"
const PATIENCE = "2 seconds"

/** What the database says of users now, asked at most every few seconds for each. */
export const standing = Effect.gen(function* () {
  const sql = yield* SqlClient
  /** Bounded as the cache is: the last answer for each name that it held. */
  const last = new Map<string, User | null>()
  const remember = (name: string, user: User | null) => {
    last.delete(name)
    last.set(name, user)
    if (last.size > KNOWN) last.delete(last.keys().next().value!)
    return user
  }
  const cache = yield* Cache.makeWith(
    (name: string) =>
      findUser(name).pipe(
        Effect.provideService(SqlClient, sql),
        Effect.timeout(PATIENCE),
        Effect.map((user) => remember(name, user ?? null)),
      ),
    { capacity: KNOWN, timeToLive: (exit) => (Exit.isSuccess(exit) ? FRESH : AGAIN) },
  )
  /** The user as the database has them, null when it has none; `claimed` where it has not answered yet. */
  return (claimed: User): Effect.Effect<User | null> =>
    Effect.orElseSucceed(Cache.get(cache, claimed.name), () => last.get(claimed.name) ?? (last.has(claimed.name) ? null : claimed))
})
