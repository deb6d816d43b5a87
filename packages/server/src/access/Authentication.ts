import { Authenticated, CurrentUser, TooManyRequests, Unauthorized } from "@signalflow/domain/api/Access"
import { Settings } from "@signalflow/domain/settings/Settings"
import { Effect, Layer, Option, Redacted, Result } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { clientKey } from "./ClientAddress.ts"
import { type Quota, quotaHeaders, RateLimits } from "./RateLimits.ts"
import { Tokens } from "./Tokens.ts"

/** Counts a request against `key`; its response tells what is left, whatever becomes of it. */
export const spend = Effect.fnUntraced(function* (key: string, limit: number) {
  const quota: Quota = yield* (yield* RateLimits).take(key, limit)
  yield* HttpEffect.appendPreResponseHandler((_, response) => Effect.succeed(HttpServerResponse.setHeaders(response, quotaHeaders(quota))))
  if (!quota.allowed) {
    return yield* new TooManyRequests({
      detail: `More than ${quota.limit} requests in a minute: try again in ${quota.retryAfter} s`,
      retryAfter: quota.retryAfter,
    })
  }
})

/** Who asks, as every limit of an address counts them. */
export const client = Effect.gen(function* () {
  const { TRUSTED_PROXIES } = yield* Settings
  const { remoteAddress, headers } = yield* HttpServerRequest.HttpServerRequest
  return clientKey(TRUSTED_PROXIES, Option.getOrUndefined(remoteAddress), headers)
})

/** The bearer of `token`, within their rate limit. An unknown bearer is counted by address. */
export const authenticate = Effect.fnUntraced(function* (token: string) {
  const tokens = yield* Tokens
  const { RATE_LIMIT } = yield* Settings
  const identity = yield* Effect.result(tokens.verify(token))
  if (Result.isFailure(identity)) {
    yield* spend(`address ${yield* client}`, RATE_LIMIT)
    yield* HttpEffect.appendPreResponseHandler((_, response) =>
      Effect.succeed(HttpServerResponse.setHeader(response, "www-authenticate", 'Bearer realm="signalflow"')),
    )
    return yield* new Unauthorized({ detail: identity.failure.message })
  }
  yield* spend(`user ${identity.success.name}`, RATE_LIMIT)
  return identity.success
})

/** Stands before every data route. */
export const layer = Layer.effect(
  Authenticated,
  Effect.gen(function* () {
    const services = yield* Effect.context<Tokens | RateLimits | Settings>()
    return Authenticated.of({
      bearer: Effect.fnUntraced(function* (app, { credential }) {
        const { name, role } = yield* authenticate(Redacted.value(credential)).pipe(Effect.provideContext(services))
        return yield* Effect.provideService(app, CurrentUser, { name, role })
      }),
    })
  }),
)
