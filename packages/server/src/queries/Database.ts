import { Unavailable } from "@signalflow/domain/api/Access"
import { describe } from "@signalflow/platform/postgres/Sql"
import { Duration, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/** Longest that a user waits for the database. */
const PATIENCE = Duration.seconds(5)

const CANCELLED = "57014"

const explain = (error: SqlError): Unavailable => {
  const why = describe(error)
  return new Unavailable({
    detail: why.includes(CANCELLED)
      ? "The database took too long for this: narrow the filter, or try again"
      : "The database cannot be reached now: try again in a moment",
  })
}

/** A database that is away or too slow is 503 and a log line, never a page that hangs. The statement is cancelled. */
export const answered = <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>): Effect.Effect<A, Exclude<E, SqlError> | Unavailable, R> =>
  effect.pipe(
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () =>
        Effect.fail(new Unavailable({ detail: "The database did not answer within 5 seconds: narrow the filter, or try again" })),
    }),
    Effect.catchIf(
      (error): error is Extract<typeof error, SqlError> => (error as { _tag?: unknown })._tag === "SqlError",
      (error) =>
        Effect.andThen(Effect.logWarning(`A query failed: ${describe(error as SqlError)}`), Effect.fail(explain(error as SqlError))),
    ),
  ) as Effect.Effect<A, Exclude<E, SqlError> | Unavailable, R>
