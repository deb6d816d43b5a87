import { Effect, Scope, Semaphore } from "effect"
import type { SourceContext } from "./SourceAdapter.ts"

/** One value per platform, made by the first who asks and closed with the scope that this is called in. */
export const sharing: Effect.Effect<(platform: string) => SourceContext["shared"], never, Scope.Scope> = Effect.map(
  Effect.scope,
  (scope) => {
    const made = new Map<string, { readonly lock: Semaphore.Semaphore; value?: { readonly of: unknown } }>()
    return (platform) => {
      const slot = made.get(platform) ?? { lock: Semaphore.makeUnsafe(1) }
      made.set(platform, slot)
      return <A, R>(make: Effect.Effect<A, never, R>) =>
        Effect.suspend(() => {
          if (slot.value !== undefined) return Effect.succeed(slot.value.of as A)
          return Effect.tap(Scope.provide(make, scope), (of) => Effect.sync(() => (slot.value = { of })))
        }).pipe(slot.lock.withPermits(1))
    }
  },
)
