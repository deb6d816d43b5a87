import { Unavailable } from "@signalflow/domain/api/Access"
import { describe } from "@signalflow/platform/postgres/Sql"
import { Duration, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { CurrentOutages } from "./Outages.ts"

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

/** A database that is unavailable or too slow is 503, never a page that hangs; the log says when that begins and ends. The statement is cancelled. */
export const answered = <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>): Effect.Effect<A, Exclude<E, SqlError> | Unavailable, R> =>
  Effect.flatMap(CurrentOutages, (outages) =>
    effect.pipe(
      Effect.tap(outages.worked),
      Effect.timeoutOrElse({
        duration: PATIENCE,
        orElse: () =>
          Effect.andThen(
            outages.failed("no answer", "the database did not answer within 5 seconds"),
            Effect.fail(new Unavailable({ detail: "The database did not answer within 5 seconds: narrow the filter, or try again" })),
          ),
      }),
      Effect.catchIf(
        (error): error is Extract<typeof error, SqlError> => (error as { _tag?: unknown })._tag === "SqlError",
        (error) => {
          const failure = error as SqlError
          return Effect.andThen(outages.failed(failure.reason._tag, describe(failure)), Effect.fail(explain(failure)))
        },
      ),
    ),
  ) as Effect.Effect<A, Exclude<E, SqlError> | Unavailable, R>
