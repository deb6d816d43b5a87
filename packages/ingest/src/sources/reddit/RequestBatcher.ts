import { type Cause, Deferred, Effect, Latch, Result, type Scope } from "effect"
import type { SourceError } from "../../SourceAdapter.ts"

export interface GatherOptions<K, V> {
  /** How long the first who asks waits for others. */
  readonly windowMs: number
  /** Whether one more key fits into a call that has these. */
  readonly room: (keys: ReadonlyArray<K>, next: K) => boolean
  /** How long to wait before the next call, in milliseconds, when so many keys are still without an answer. */
  readonly pauseMs?: (open: number) => number
  /** One call for all. A key without an answer fails with the reason given for it. */
  readonly call: (keys: ReadonlyArray<K>) => Effect.Effect<ReadonlyMap<K, Result.Result<V, SourceError>>, SourceError>
}

interface Waiter<K, V> {
  readonly open: Set<K>
  readonly answers: Map<K, V>
  readonly done: Deferred.Deferred<ReadonlyMap<K, V>, SourceError>
}

/** Asks for many keys at once what several fibers ask for separately at about the same time. */
export interface Gather<K, V> {
  readonly ask: (keys: ReadonlyArray<K>) => Effect.Effect<ReadonlyMap<K, V>, SourceError>
}

export const make = <K, V>(options: GatherOptions<K, V>): Effect.Effect<Gather<K, V>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const waiters = new Set<Waiter<K, V>>()
    const latch = yield* Latch.make(false)

    const settle = (waiter: Waiter<K, V>, result: Result.Result<ReadonlyMap<K, V>, SourceError>) => {
      waiters.delete(waiter)
      return Result.isSuccess(result) ? Deferred.succeed(waiter.done, result.success) : Deferred.fail(waiter.done, result.failure)
    }

    const openKeys = () => [...waiters].reduce((sum, { open }) => sum + open.size, 0)

    const next = () => {
      const keys = new Set<K>()
      const taken: Array<K> = []
      for (const { open } of waiters)
        for (const key of open) {
          if (keys.has(key)) continue
          if (!options.room(taken, key)) return taken
          keys.add(key)
          taken.push(key)
        }
      return taken
    }

    const round = Effect.gen(function* () {
      const keys = next()
      const result = yield* Effect.result(options.call(keys))
      for (const waiter of waiters) {
        const asked = keys.filter((key) => waiter.open.has(key))
        if (asked.length === 0) continue
        if (Result.isFailure(result)) {
          yield* settle(waiter, Result.fail(result.failure))
          continue
        }
        let failure: SourceError | null = null
        for (const key of asked) {
          waiter.open.delete(key)
          const answer = result.success.get(key)
          if (answer === undefined) continue
          if (Result.isSuccess(answer)) waiter.answers.set(key, answer.success)
          else failure = answer.failure
        }
        if (failure !== null) yield* settle(waiter, Result.fail(failure))
        else if (waiter.open.size === 0) yield* settle(waiter, Result.succeed(waiter.answers))
      }
    })

    const work = Effect.gen(function* () {
      yield* latch.await
      yield* Effect.sleep(options.windowMs)
      while (waiters.size > 0) {
        yield* round
        if (waiters.size > 0 && options.pauseMs !== undefined) yield* Effect.sleep(options.pauseMs(openKeys()))
      }
      latch.closeUnsafe()
    })
    /** A bug ends those who wait for it, and with them the program. */
    const bug = (cause: Cause.Cause<never>) =>
      Effect.forEach([...waiters], (waiter) => {
        waiters.delete(waiter)
        return Deferred.failCause(waiter.done, cause)
      })
    yield* Effect.forkScoped(Effect.forever(Effect.tapCause(work, bug)))

    return {
      ask: (keys) =>
        Effect.suspend(() => {
          if (keys.length === 0) return Effect.succeed(new Map<K, V>())
          const waiter: Waiter<K, V> = { open: new Set(keys), answers: new Map(), done: Deferred.makeUnsafe() }
          waiters.add(waiter)
          latch.openUnsafe()
          return Effect.onInterrupt(Deferred.await(waiter.done), () => Effect.sync(() => waiters.delete(waiter)))
        }),
    }
  })
