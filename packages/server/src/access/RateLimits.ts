import { Clock, Context, Effect, Layer } from "effect"

const WINDOW = 60_000
const MAX_KEYS = 10_000

export interface Quota {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Seconds until this minute is over. */
  readonly reset: number
  /** Seconds until the next request may succeed; 0 when this one did. */
  readonly retryAfter: number
}

interface Count {
  window: number
  now: number
  before: number
}

/** A sliding window of one minute, from the counts of this clock minute and the one before. Pure but for the counts it keeps. */
export class SlidingWindow {
  readonly #counts = new Map<string, Count>()
  readonly #maxKeys: number

  constructor(maxKeys: number = MAX_KEYS) {
    this.#maxKeys = maxKeys
  }

  take(key: string, limit: number, at: number): Quota {
    const window = Math.floor(at / WINDOW)
    const count = this.#count(key, window)
    const elapsed = (at - window * WINDOW) / WINDOW
    const used = count.now + count.before * (1 - elapsed)
    const allowed = used + 1 <= limit
    if (allowed) count.now += 1
    const reset = Math.max(1, Math.ceil((1 - elapsed) * (WINDOW / 1_000)))
    return {
      allowed,
      limit,
      remaining: Math.max(0, Math.floor(limit - used - (allowed ? 1 : 0))),
      reset,
      retryAfter: allowed ? 0 : wait(count, limit, elapsed, reset),
    }
  }

  get size(): number {
    return this.#counts.size
  }

  #count(key: string, window: number): Count {
    let count = this.#counts.get(key)
    // Taken out and put back, so that the map's order is that of use and its first key may go.
    if (count !== undefined) this.#counts.delete(key)
    if (count === undefined) count = { window, now: 0, before: 0 }
    else if (count.window !== window) count = { window, now: 0, before: count.window === window - 1 ? count.now : 0 }
    this.#counts.set(key, count)
    if (this.#counts.size > this.#maxKeys) this.#counts.delete(this.#counts.keys().next().value!)
    return count
  }
}

const wait = (count: Count, limit: number, elapsed: number, reset: number): number => {
  if (count.now >= limit) return reset + Math.ceil((1 - (limit - 1) / count.now) * (WINDOW / 1_000))
  const until = 1 - (limit - 1 - count.now) / count.before
  return Math.max(1, Math.ceil((until - elapsed) * (WINDOW / 1_000)))
}

export const quotaHeaders = (quota: Quota): Record<string, string> => ({
  "x-ratelimit-limit": String(quota.limit),
  "x-ratelimit-remaining": String(quota.remaining),
  "x-ratelimit-reset": String(quota.reset),
  ...(quota.allowed ? {} : { "retry-after": String(quota.retryAfter) }),
})

/** How much each user and each address has asked for in the last minute, in this process. */
export class RateLimits extends Context.Service<RateLimits, { readonly take: (key: string, limit: number) => Effect.Effect<Quota> }>()(
  "@signalflow/server/RateLimits",
) {
  static readonly layer = Layer.sync(RateLimits, () => {
    const window = new SlidingWindow()
    return RateLimits.of({ take: (key, limit) => Effect.map(Clock.currentTimeMillis, (now) => window.take(key, limit, now)) })
  })
}
