import type { Ready } from "@signalflow/domain/api/System"
import { type Dependency, Readiness } from "@signalflow/domain/Readiness"
import { Clock, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { Ping } from "../database/UserDatabase.ts"

const PING_TIMEOUT = "2 seconds"
/** Probes that come together share one ping. */
const PING_TTL = "1 second"

const statusOf = (dependencies: ReadonlyArray<Dependency>): Ready["status"] => {
  if (dependencies.some(({ state }) => state === "down")) return "unready"
  return dependencies.some(({ state }) => state === "degraded") ? "degraded" : "ready"
}

const view = ({ name, state, why, since }: Dependency): Ready["dependencies"][number] => ({
  name,
  state,
  why,
  since: new Date(since).toISOString(),
})

const ping = (sql: SqlClient) =>
  sql`SELECT 1 AS one`.pipe(
    Effect.as({ state: "ok" as const, why: null }),
    Effect.timeoutOrElse({
      duration: PING_TIMEOUT,
      orElse: () => Effect.succeed({ state: "down" as const, why: `it did not answer within ${PING_TIMEOUT}` }),
    }),
    Effect.catch((error) => Effect.succeed({ state: "down" as const, why: `it cannot be reached: ${error.message}` })),
  )

/** What this process stands on: the database, asked now, and what each part last said of itself. */
export const makeReady = Effect.gen(function* () {
  const readiness = yield* Readiness
  const sql = yield* Ping
  const database = yield* Effect.cachedWithTTL(ping(sql), PING_TTL)
  let since = yield* Clock.currentTimeMillis
  let before = "ok"
  return Effect.gen(function* () {
    const { state, why } = yield* database
    if (state !== before) {
      before = state
      since = yield* Clock.currentTimeMillis
    }
    const reported = (yield* readiness.all).filter(({ name }) => name !== "database")
    const all = [{ name: "database", state, why, since }, ...reported]
    return { status: statusOf(all), dependencies: all.map(view) } satisfies Ready
  })
})
