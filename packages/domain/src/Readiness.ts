import { Clock, Context, Effect, Layer } from "effect"

export type DependencyState = "ok" | "degraded" | "down"

export interface Dependency {
  readonly name: string
  readonly state: DependencyState
  /** What is wrong, for a person; null when nothing is. */
  readonly why: string | null
  /** Unix milliseconds of the last change of state. */
  readonly since: number
}

/** What each part of this process says of what it stands on; `/ready` reads it. */
export class Readiness extends Context.Service<
  Readiness,
  {
    readonly report: (name: string, state: DependencyState, why?: string) => Effect.Effect<void>
    readonly all: Effect.Effect<ReadonlyArray<Dependency>>
  }
>()("@signalflow/domain/Readiness") {
  static readonly layer = Layer.sync(Readiness, () => {
    const known = new Map<string, Dependency>()
    return Readiness.of({
      report: (name, state, why) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const before = known.get(name)
          known.set(name, { name, state, why: why ?? null, since: before?.state === state ? before.since : now })
        }),
      all: Effect.sync(() => [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
    })
  })
}
