import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { Clock, Effect, Option, Redacted, Schema, Semaphore } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import { SourceError } from "../../SourceAdapter.ts"
import { askJson } from "../../upstream/Upstream.ts"

const REFUSED_FOR = 600_000
const LONGEST_LEAD = 120_000

const decodeGrant = Schema.decodeUnknownOption(
  Schema.Struct({ access_token: Schema.NonEmptyString, expires_in: Schema.Finite.check(Schema.isGreaterThan(0)) }),
)
const decodeRefusal = Schema.decodeUnknownOption(Schema.Struct({ error: Schema.Union([Schema.String, Schema.Finite]) }))

const refusal = (said: string, retryAfterMs: number) =>
  new SourceError({
    reason: "off",
    message: `Reddit refuses the credentials (${said}): check REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET`,
    retryAfterMs,
  })

/** The access token of one application, by client credentials; renewed before it expires, one request at a time. */
export interface Token {
  readonly current: Effect.Effect<string, SourceError>
  /** Says that Reddit no longer takes this token: the next `current` is another. */
  readonly spent: (value: string) => void
}

export const make = (client: HttpClient.HttpClient, settings: SettingValues): Token => {
  const lock = Semaphore.makeUnsafe(1)
  let known: { readonly value: string; readonly renewAt: number } | null = null
  let refused: { readonly said: string; readonly until: number } | null = null
  const request = HttpClientRequest.post(`${settings.REDDIT_AUTH_URL}/api/v1/access_token`, {
    headers: { "user-agent": settings.REDDIT_USER_AGENT },
  }).pipe(
    HttpClientRequest.basicAuth(settings.REDDIT_CLIENT_ID, Redacted.value(settings.REDDIT_CLIENT_SECRET)),
    HttpClientRequest.bodyUrlParams({ grant_type: "client_credentials" }),
  )

  const refuse = (said: string, now: number) => {
    refused = { said, until: now + REFUSED_FOR }
    return refusal(said, REFUSED_FOR)
  }

  const ask = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (known !== null && now < known.renewAt) return known.value
    if (refused !== null && now < refused.until) return yield* refusal(refused.said, refused.until - now)
    const body = yield* askJson(client, request).pipe(
      Effect.catchIf(
        ({ status }) => status === 400 || status === 401 || status === 403,
        ({ status }) => refuse(`it answered ${status}`, now),
      ),
    )
    const grant = Option.getOrNull(decodeGrant(body))
    if (grant === null) {
      const said = Option.getOrNull(decodeRefusal(body))
      if (said !== null) return yield* refuse(String(said.error).slice(0, 50), now)
      return yield* new SourceError({ reason: "malformed", message: "Reddit answered something else than an access token" })
    }
    const lifetime = grant.expires_in * 1_000
    refused = null
    known = { value: grant.access_token, renewAt: now + lifetime - Math.min(LONGEST_LEAD, lifetime / 10) }
    return known.value
  })

  return {
    current: lock.withPermits(1)(ask),
    spent: (value) => {
      if (known?.value === value) known = null
    },
  }
}
