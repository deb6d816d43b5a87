import type * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Latch, Queue, RcRef, type Scope } from "effect"
import { dedicated, retries } from "./BusSql.ts"

/**
 * Opens a reader's latch at every notification of a channel. One connection listens for all readers while there are any; where it is
 * lost, readers still find everything by looking from time to time.
 */
export const make = (
  sql: PgClient.PgClient,
  channel: string,
): Effect.Effect<Effect.Effect<Latch.Latch, never, Scope.Scope>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const latches = new Set<Latch.Latch>()
    const wakeAll = Effect.sync(() => {
      for (const latch of latches) latch.openUnsafe()
    })
    const listen = Effect.gen(function* () {
      const notifications = yield* (yield* dedicated(sql, "listener")).listen(channel)
      yield* wakeAll
      yield* Effect.forever(Effect.andThen(Queue.takeAll(notifications), wakeAll))
    }).pipe(Effect.scoped, Effect.retry(retries), Effect.orDie)
    const listener = yield* RcRef.make({ acquire: Effect.forkScoped(listen) })
    return Effect.gen(function* () {
      const latch = Latch.makeUnsafe(false)
      yield* Effect.acquireRelease(
        Effect.sync(() => latches.add(latch)),
        () => Effect.sync(() => latches.delete(latch)),
      )
      yield* RcRef.get(listener)
      return latch
    })
  })
