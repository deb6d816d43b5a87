import { Option, Schema } from "effect"
import type { SourceError } from "../../SourceAdapter.ts"

/** What an error of the Data API means for whoever asked (https://developers.google.com/youtube/v3/docs/errors). */
export type Refusal =
  | { readonly _tag: "QuotaSpent"; readonly why: string }
  | { readonly _tag: "KeyRefused"; readonly why: string }
  | { readonly _tag: "TooFast" }
  | { readonly _tag: "CommentsDisabled" }
  | { readonly _tag: "NotFound"; readonly why: string }
  | { readonly _tag: "Forbidden"; readonly why: string }
  | { readonly _tag: "BadRequest"; readonly why: string }

const Reasons = Schema.Array(Schema.Struct({ reason: Schema.optionalKey(Schema.String) }))
const ErrorBody = Schema.fromJsonString(
  Schema.Struct({
    error: Schema.Struct({
      message: Schema.optionalKey(Schema.String),
      errors: Schema.optionalKey(Reasons),
      details: Schema.optionalKey(Reasons),
    }),
  }),
)
const decodeBody = Schema.decodeUnknownOption(ErrorBody)

const SPENT = /^(quotaExceeded|dailyLimitExceeded|dailyLimitExceededUnreg)$/
const TOO_FAST = /^(rateLimitExceeded|userRateLimitExceeded|RATE_LIMIT_EXCEEDED|concurrentLimitExceeded)$/
/** What the limit is counted over, as the message or the details of an error name it, whatever the reason is called. */
const PER_DAY = /\bper\s+day\b|perday|"1\/d\/|\bdaily\b/i
const PER_MOMENT = /\bper\s+(?:minute|second|100\s+seconds)\b|per(?:minute|second)|"1\/(?:min|s)\//i
const LIMITED = /quota|limit/i

/** Whether a limit that was reached is the day's; null = the error does not say which. */
const isOfDay = (text: string): boolean | null => (PER_MOMENT.test(text) ? false : PER_DAY.test(text) ? true : null)

const KEY = /^(keyInvalid|keyExpired|accessNotConfigured|ipRefererBlocked|API_KEY_\w+|SERVICE_DISABLED|CONSUMER_\w+)$/

/** Reads a refusal by its `reason`s; the body may be cut short, then its status alone speaks. */
export const refusalOf = ({ status, body, message }: Pick<SourceError, "status" | "body" | "message">): Refusal | null => {
  if (status === undefined || status >= 500) return null
  const text = body ?? ""
  const decoded = Option.getOrUndefined(decodeBody(text))?.error
  const reasons =
    decoded === undefined
      ? [...text.matchAll(/"reason":\s*"(\w{1,60})"/g)].map((found) => found[1]!)
      : [...(decoded.errors ?? []), ...(decoded.details ?? [])].flatMap(({ reason }) => reason ?? [])
  const has = (pattern: RegExp) => reasons.some((reason) => pattern.test(reason))
  const said = (decoded?.message ?? message).replace(/<[^<>]*>/g, "").slice(0, 200)
  const why = reasons.length === 0 ? said : `${said} (${reasons[0]})`
  const isLimit = has(SPENT) || has(TOO_FAST) || (status === 429 && LIMITED.test(text))
  const ofDay = isLimit ? isOfDay(text) : null
  if (isLimit && (ofDay ?? has(SPENT)))
    return {
      _tag: "QuotaSpent",
      why: `YouTube says that the day's quota is spent (${reasons.find((reason) => SPENT.test(reason)) ?? reasons[0] ?? status})`,
    }
  if (status === 429 || isLimit) return { _tag: "TooFast" }
  if (has(/^commentsDisabled$/)) return { _tag: "CommentsDisabled" }
  if (has(KEY) || status === 401 || /API key not valid/i.test(said)) return { _tag: "KeyRefused", why }
  if (status === 404 || has(/NotFound$/)) return { _tag: "NotFound", why }
  return { _tag: status === 403 ? "Forbidden" : "BadRequest", why }
}
