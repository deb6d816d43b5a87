import type * as PgConnection from "@effect/sql-pg/PgConnection"
import * as PgPool from "@effect/sql-pg/PgPool"
import { Data, Effect, type Scope, Stream } from "effect"
import type { Connection } from "effect/sql/SqlConnection"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import { abandonable } from "../DetachOnInterrupt.ts"
import type { ReplicaMonitor } from "./ReplicaMonitor.ts"

/** The replica is behind, or gone, by the time that a session on it is at hand. */
export class NotNow extends Data.TaggedError("NotNow") {}

const connectionOf = (session: PgConnection.PgConnection): Connection => {
  const rows = (text: string, params: ReadonlyArray<unknown>, prepare: boolean) =>
    Effect.map(session.query(text, params, prepare), (result) => result.rows)
  return {
    execute: (text, params, transform) => {
      const found = rows(text, params, true)
      return transform === undefined ? found : Effect.map(found, transform)
    },
    executeUnprepared: (text, params, transform) => {
      const found = rows(text, params, false)
      return transform === undefined ? found : Effect.map(found, transform)
    },
    executeRaw: (text, params) => session.query(text, params),
    executeValues: (text, params) => session.queryValues(text, params),
    executeValuesUnprepared: (text, params) => session.queryValues(text, params, false),
    // Reads that stream take the primary.
    executeStream: () =>
      Stream.fail(
        new SqlError({
          reason: new UnknownError({ cause: new Error("no streams"), message: "A replica session does not stream", operation: "stream" }),
        }),
      ),
  }
}

/** Lends a session on the replica while that is fresh enough; fails with `NotNow` where it is not. */
export type Lend = <A, E, R>(f: (connection: Connection) => Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError | NotNow, R>

export const make = (config: PgPool.Config, monitor: ReplicaMonitor): Effect.Effect<Lend, SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const pool = yield* PgPool.make(config)
    const known = new WeakSet<PgConnection.PgConnection>()

    /** A replica that started again may show less than the one that was looked at; a session never outlives a start. */
    const met = (session: PgConnection.PgConnection): Effect.Effect<void, SqlError | NotNow> =>
      known.has(session)
        ? Effect.void
        : Effect.flatMap(session.query("SELECT (pg_last_wal_replay_lsn() - '0/0')::text AS lsn", [], false), ({ rows }) => {
            const { lsn } = rows[0] as { lsn: string | null }
            if (lsn === null || !monitor.covers(BigInt(lsn))) return Effect.fail(new NotNow())
            known.add(session)
            return Effect.void
          })

    const gone = Effect.andThen(monitor.gone.await, Effect.fail(new NotNow()))
    // Asked with the session at hand: the wait for it may have been long.
    const fresh = Effect.suspend(() => (monitor.usable() ? Effect.void : Effect.fail(new NotNow())))

    return (f) => {
      const read = pool.use((session) => met(session).pipe(Effect.andThen(fresh), Effect.andThen(f(connectionOf(session)))))
      return Effect.raceFirst(abandonable(read), gone)
    }
  })
