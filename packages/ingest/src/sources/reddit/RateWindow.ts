/** Who goes first when the window runs short: new posts, then what is read again, then comments. */
export type Urgency = "first" | "second" | "last"

/** Share of the whole window that is left to those who are more urgent. */
const RESERVED: Record<Urgency, number> = { first: 0, second: 0.1, last: 0.3 }
const MOST_AT_ONCE = 4
const RETRY_FIRST = 1_000
const RETRY_LONGEST = 300_000

/** How long a request has to wait, in milliseconds, and for what. */
export interface Delay {
  readonly ms: number
  readonly why: string
}

const numberIn = (value: string | undefined) => {
  const n = value === undefined || value.trim() === "" ? Number.NaN : Number(value)
  return Number.isFinite(n) && n >= 0 ? n : null
}

/**
 * How many requests Reddit still allows, as its answers say (`X-Ratelimit-Used`, `-Remaining`, `-Reset`): nothing here knows a number of its own.
 * While nothing is known, one request at a time finds out. Times are unix milliseconds.
 */
export class RateWindow {
  #remaining: number | null = null
  #total = 0
  #resetAt = 0
  #inFlight = 0
  #failures = 0
  #closedUntil = 0
  #closedBecause = ""
  #lastLeisurely = 0

  /** What the last answer left, or null before the first. */
  get quotaLeft(): number | null {
    return this.#remaining
  }

  left(now: number): number | null {
    return this.#remaining === null || now >= this.#resetAt ? null : this.#remaining
  }

  delay(now: number, urgency: Urgency): Delay {
    if (now < this.#closedUntil) return { ms: this.#closedUntil - now, why: this.#closedBecause }
    const left = this.left(now)
    if (left === null) return this.#inFlight === 0 ? FREE : { ms: 100, why: "the limit is not known yet" }
    if (this.#inFlight >= MOST_AT_ONCE) return { ms: 50, why: "requests are under way" }
    const free = left - RESERVED[urgency] * this.#total
    if (free < 1) return { ms: this.#resetAt - now, why: "the requests that Reddit allows are used up" }
    if (urgency !== "last") return FREE
    const next = this.#lastLeisurely + (this.#resetAt - now) / free
    return now >= next ? FREE : { ms: Math.ceil(next - now), why: "comments are spread over the window" }
  }

  begin(now: number, urgency: Urgency): void {
    this.#inFlight++
    // Counted when it is sent: the answer that would tell may be lost on its way.
    if (this.#remaining !== null) this.#remaining = Math.max(0, this.#remaining - 1)
    if (urgency === "last") this.#lastLeisurely = now
  }

  end(): void {
    this.#inFlight--
  }

  /** What an answer's headers say. */
  note(headers: Readonly<Record<string, string | undefined>>, now: number): void {
    const remaining = numberIn(headers["x-ratelimit-remaining"])
    const reset = numberIn(headers["x-ratelimit-reset"])
    if (remaining === null || reset === null) return
    const resetAt = now + reset * 1_000
    // Answers overtake each other: within one window only the smaller number is true.
    const sameWindow = this.#remaining !== null && now < this.#resetAt && Math.abs(resetAt - this.#resetAt) < 2_000
    this.#remaining = sameWindow ? Math.min(this.#remaining!, remaining) : remaining
    this.#resetAt = resetAt
    this.#total = remaining + (numberIn(headers["x-ratelimit-used"]) ?? 0)
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** A refusal for being too many, or a broken upstream: nobody asks before the time that it named, or a growing one. Gives that wait. */
  failed(now: number, because: string, retryAfterMs: number | undefined, jitter: number): number {
    const backoff = Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** Math.min(this.#failures, 16)) * (0.5 + jitter / 2)
    this.#failures++
    this.#closedUntil = Math.max(this.#closedUntil, now + Math.round(retryAfterMs ?? backoff))
    this.#closedBecause = because
    return this.#closedUntil - now
  }
}

const FREE: Delay = { ms: 0, why: "" }
