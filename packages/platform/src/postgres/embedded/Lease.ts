import { Effect, Schedule, type Scope } from "effect"
import { join } from "node:path"
import { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import { type FileLock, tryLock, unlock } from "./FileLock.ts"

/**
 * Who may start and who must stop a server that several programs share. Both locks are SQLite file locks,
 * so the kernel lets go of them when a program dies, however it dies, and no pid is ever compared.
 */
export interface Lease {
  /** Runs alone among all programs that use the same directory. */
  readonly alone: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | EmbeddedPostgresError, R>
  /** Counts this program among the users until the scope closes; then, alone, runs `last` if nobody else is left. */
  readonly use: (last: Effect.Effect<void>) => Effect.Effect<void, EmbeddedPostgresError, Scope.Scope>
}

const locked = (path: string, mode: "shared" | "exclusive") =>
  tryLock(path, mode).pipe(
    Effect.repeat({ until: (database) => database !== undefined, schedule: Schedule.spaced("25 millis") }),
    Effect.timeoutOrElse({
      duration: "2 minutes",
      orElse: () =>
        Effect.fail(
          new EmbeddedPostgresError({
            message: `Another program has been starting or stopping the embedded PostgreSQL for 2 minutes (it holds ${path}): end that program and try again`,
          }),
        ),
    }),
    Effect.map((database) => database!),
  )

export const make = (directory: string): Lease => {
  const gate = join(directory, "postgres.gate")
  const users = join(directory, "postgres.users")

  const alone: Lease["alone"] = (effect) => Effect.acquireUseRelease(locked(gate, "exclusive"), () => effect, unlock)

  const leave = (mine: FileLock, last: Effect.Effect<void>) =>
    Effect.gen(function* () {
      yield* unlock(mine)
      const nobodyElse = yield* tryLock(users, "exclusive")
      if (nobodyElse === undefined) return
      yield* unlock(nobodyElse)
      yield* last
    })

  return {
    alone,
    use: (last) =>
      Effect.asVoid(
        Effect.acquireRelease(locked(users, "shared"), (mine) =>
          alone(leave(mine, last)).pipe(Effect.catch((error) => Effect.logWarning(error.message))),
        ),
      ),
  }
}
