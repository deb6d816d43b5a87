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

/** One trouble of a dependency, told by whoever waits it out. It is over when `over` runs, or at the time that was given with it. */
export interface Trouble {
  /** `until`: unix milliseconds; without it the trouble lasts until `over`. */
  readonly say: (state: "degraded" | "down", why: string, until?: number) => Effect.Effect<void>
  readonly over: Effect.Effect<void>
}

interface Told {
  readonly name: string
  readonly state: "degraded" | "down"
  readonly why: string
  readonly since: number
  readonly until: number
}

/** A trouble that is told by reports alone, where nothing holds several at a time. */
export const troubleBy =
  (report: Readiness["Service"]["report"]) =>
  (name: string): Trouble => ({ say: (state, why) => report(name, state, why), over: report(name, "ok") })

/** The worst that is told under a name, the oldest of equals. */
const merged = (told: ReadonlyArray<Told>): Dependency => {
  const worst = told.toSorted((a, b) => (a.state === b.state ? a.since - b.since : a.state === "down" ? -1 : 1))
  const { name, state, why } = worst[0]!
  const more = new Set(worst.map((trouble) => trouble.why)).size - 1
  return { name, state, why: more === 0 ? why : `${why} (and ${more} more)`, since: Math.min(...told.map(({ since }) => since)) }
}

/** What each part of this process says of what it stands on; `/ready` reads it. */
export class Readiness extends Context.Service<
  Readiness,
  {
    readonly report: (name: string, state: DependencyState, why?: string) => Effect.Effect<void>
    /** A trouble of its own under `name`, beside others of that name. Whoever makes it ends it in a finaliser. */
    readonly trouble: (name: string) => Trouble
    readonly all: Effect.Effect<ReadonlyArray<Dependency>>
  }
>()("@signalflow/domain/Readiness") {
  static readonly layer = Layer.sync(Readiness, () => {
    const known = new Map<string, Dependency>()
    const troubles = new Map<object, Told>()
    const well = (name: string, now: number) => {
      if (known.get(name) === undefined || known.get(name)!.state === "ok") known.set(name, { name, state: "ok", why: null, since: now })
    }
    return Readiness.of({
      report: (name, state, why) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const before = known.get(name)
          known.set(name, { name, state, why: why ?? null, since: before?.state === state ? before.since : now })
        }),
      trouble: (name) => {
        const key = {}
        return {
          say: (state, why, until = Infinity) =>
            Effect.map(Clock.currentTimeMillis, (now) => {
              const before = troubles.get(key)
              const since = before !== undefined && before.state === state && before.until > now ? before.since : now
              troubles.set(key, { name, state, why, since, until })
            }),
          over: Effect.map(Clock.currentTimeMillis, (now) => {
            if (troubles.delete(key)) well(name, now)
          }),
        }
      },
      all: Effect.map(Clock.currentTimeMillis, (now) => {
        for (const [key, { name, until }] of troubles)
          if (until <= now) {
            troubles.delete(key)
            well(name, until)
          }
        const byName = Map.groupBy(troubles.values(), ({ name }) => name)
        const shown = new Map(known)
        for (const [name, told] of byName) {
          const reported = known.get(name)
          if (reported?.state !== "down") shown.set(name, merged(told))
        }
        return [...shown.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
      }),
    })
  })
}
