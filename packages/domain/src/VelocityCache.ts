import { Context, Effect, Layer } from "effect"

/** The last committed observation of a signal. `at` in unix milliseconds; `textHash` = which text its stored reading is of. */
export interface LastObservation {
  readonly score: number | null
  readonly comments: number | null
  readonly at: number
  readonly textHash: string
}

/**
 * What is known of signals seen lately without asking the database: a hint, never the truth. It is read before a batch's transaction and
 * set after its commit; the transaction checks it against the stored row. It never fails: where it cannot be reached it knows nothing.
 */
export class VelocityCache extends Context.Service<
  VelocityCache,
  {
    readonly read: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyMap<string, LastObservation>>
    /** Only forward in time: an entry whose `at` is not newer than the kept one changes nothing. */
    readonly advance: (entries: ReadonlyMap<string, LastObservation>) => Effect.Effect<void>
    /** Drops what is known of signals that were removed. */
    readonly forget: (ids: ReadonlyArray<string>) => Effect.Effect<void>
  }
>()("@signalflow/domain/VelocityCache") {
  /** Entries that the in-process cache keeps at most; those that were read or set longest ago go first. */
  static readonly LIMIT = 200_000

  static readonly layerMemory = Layer.sync(VelocityCache, () => {
    const entries = new Map<string, LastObservation>()
    const keep = (id: string, entry: LastObservation) => {
      entries.delete(id)
      entries.set(id, entry)
    }
    return VelocityCache.of({
      read: (ids) =>
        Effect.sync(() => {
          const found = new Map<string, LastObservation>()
          for (const id of ids) {
            const entry = entries.get(id)
            if (entry === undefined) continue
            keep(id, entry)
            found.set(id, entry)
          }
          return found
        }),
      advance: (given) =>
        Effect.sync(() => {
          for (const [id, entry] of given) if (entry.at > (entries.get(id)?.at ?? -Infinity)) keep(id, entry)
          for (const id of entries.keys()) {
            if (entries.size <= VelocityCache.LIMIT) break
            entries.delete(id)
          }
        }),
      forget: (ids) =>
        Effect.sync(() => {
          for (const id of ids) entries.delete(id)
        }),
    })
  })
}
