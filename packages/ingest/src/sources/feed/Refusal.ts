import { retryAfter } from "../../upstream/RetryAfter.ts"
import { SourceError } from "../../SourceAdapter.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What an answer without a feed means. Gone and not found: off, asked again seldom. */
export const refusal = (host: string, status: number, asked: string | undefined, now: number): SourceError => {
  if (status === 410)
    return new SourceError({ reason: "off", message: `${host} answered 410: the feed is gone for good`, retryAfterMs: DAY, status })
  if (status === 404)
    return new SourceError({ reason: "off", message: `${host} answered 404: there is no feed`, retryAfterMs: HOUR, status })
  const wait = retryAfter(asked, now)
  const reason = status === 429 ? "rate-limited" : status >= 500 ? "unavailable" : "rejected"
  const message = status === 429 ? `${host} answered 429: too many requests` : `${host} answered ${status}`
  return new SourceError({ reason, message, status, ...(wait === undefined ? {} : { retryAfterMs: wait }) })
}
