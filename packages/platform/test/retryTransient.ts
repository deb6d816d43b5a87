import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { backoff } from "../src/flow/Backoff.ts"
import { isSqlError, isTransient } from "../src/postgres/Postgres.ts"
import { describe } from "../src/postgres/Sql.ts"

/** Repeats an effect until it succeeds or fails for good; `onWait` is called with the reason of each wait. */
export const retryTransient =
  (onWait: (reason: string) => Effect.Effect<void>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.catchDefect(effect, (defect) => (isSqlError(defect) ? Effect.fail(defect) : Effect.die(defect))).pipe(
      Effect.tapError((error) => (isSqlError(error) && isTransient(error) ? onWait(describe(error)) : Effect.void)),
      Effect.retry({ while: (error) => isSqlError(error) && isTransient(error), schedule: backoff() }),
    )
