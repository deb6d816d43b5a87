import type { Settings } from "@signalflow/domain/settings/Settings"
import { Effect } from "effect"
import type { HttpServerResponse } from "effect/http"
import { client } from "../access/Authentication.ts"
import { quotaHeaders, RateLimits } from "../access/RateLimits.ts"
import { problem } from "./Problem.ts"

/** `answer` at most `limit` times a minute for one address: what needs no token and is large. */
export const rationed = Effect.fnUntraced(function* <E, R>(
  kind: string,
  limit: number,
  answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
) {
  const quota = yield* (yield* RateLimits).take(`${kind} ${yield* client}`, limit)
  if (quota.allowed) return yield* answer
  return problem(429, `More than ${limit} requests in a minute: try again in ${quota.retryAfter} s`, quotaHeaders(quota), {
    retryAfter: quota.retryAfter,
  })
})

export type RationServices = RateLimits | Settings
