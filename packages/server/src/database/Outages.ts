import { Clock, Context, Duration, Effect } from "effect"

/** So long without a failure and an outage is over: one that works beside others that fail is no recovery. */
const QUIET = 10_000

interface Outage {
  readonly since: number
  last: number
  count: number
}

/** Which kinds of queries fail now. The log has one line when a kind begins to fail and one when it has stopped, not one per request. */
export class Outages {
  readonly #now = new Map<string, Outage>()

  /** `kind` is one of few; `why` is said once. */
  failed(kind: string, why: string): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const known = this.#now.get(kind)
      if (known !== undefined) {
        known.last = now
        known.count += 1
        return Effect.void
      }
      this.#now.set(kind, { since: now, last: now, count: 1 })
      return Effect.logWarning(`Queries fail (${kind}): ${why}. More of these are counted, not logged`)
    })
  }

  /** Called when a query succeeds. */
  readonly worked: Effect.Effect<void> = Effect.suspend(() => (this.#now.size === 0 ? Effect.void : this.#recover))

  readonly #recover = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.forEach(
      [...this.#now].filter(([, { last }]) => now - last >= QUIET),
      ([kind, { since, last, count }]) => {
        this.#now.delete(kind)
        const lasted = Duration.format(Duration.seconds(Math.ceil((last - since) / 1_000)))
        return Effect.logInfo(`Queries succeed again (${kind}): ${count} failed within ${lasted}`)
      },
      { discard: true },
    ),
  )
}

/** One for all queries of this process. */
export const CurrentOutages = Context.Reference<Outages>("@signalflow/server/Outages", { defaultValue: () => new Outages() })
