import type { SettingValues } from "@signalflow/domain/Settings"
import { Clock, Effect, Random } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import { SourceError } from "../../SourceAdapter.ts"
import { askJson } from "../../Upstream.ts"
import { RateWindow, type Urgency } from "./RateWindow.ts"
import * as Token from "./Token.ts"

/** A wait that is longer is told to whoever asks, except to those who are in no hurry. */
const PATIENCE = 10_000
const LONGEST_NAP = 60_000
const MAX_BYTES = 8_000_000

export interface Answer {
  readonly body: unknown
  /** When the request was sent, unix milliseconds. */
  readonly askedAt: number
}

type Query = Readonly<Record<string, string | number>>

/** Reddit's data API for one application. All of its targets go through one rate window and one token. */
export interface Client {
  readonly get: (path: string, query: Readonly<Record<string, string | number>>, urgency: Urgency) => Effect.Effect<Answer, SourceError>
  readonly quotaLeft: () => number | null
}

export const make = (http: HttpClient.HttpClient, settings: SettingValues): Client => {
  const token = Token.make(http, settings)
  const window = new RateWindow()

  const turn = Effect.fnUntraced(function* (urgency: Urgency) {
    while (true) {
      const now = yield* Clock.currentTimeMillis
      const { ms, why } = window.delay(now, urgency)
      if (ms <= 0) {
        window.begin(now, urgency)
        return now
      }
      if (ms > PATIENCE && urgency !== "last")
        return yield* new SourceError({
          reason: "rate-limited",
          message: `Reddit is left alone for ${Math.ceil(ms / 1_000)} s: ${why}`,
          retryAfterMs: ms,
        })
      yield* Effect.sleep(Math.min(ms, LONGEST_NAP))
    }
  })

  /** A refusal or an outage concerns everybody who would ask next. */
  const learn = Effect.fnUntraced(function* (error: SourceError) {
    if (error.reason !== "rate-limited" && error.reason !== "unavailable" && error.reason !== "timeout") return yield* error
    const retryAfterMs = window.failed(yield* Clock.currentTimeMillis, error.message, error.retryAfterMs, yield* Random.next)
    return yield* new SourceError({ ...error, retryAfterMs })
  })

  const once = (path: string, query: Query, urgency: Urgency, used: { token: string }) =>
    Effect.acquireUseRelease(
      turn(urgency),
      () =>
        Effect.gen(function* () {
          used.token = yield* token.current
          const askedAt = yield* Clock.currentTimeMillis
          const request = HttpClientRequest.get(`${settings.REDDIT_API_URL}${path}`, {
            urlParams: { ...query, raw_json: 1 },
            headers: { "user-agent": settings.REDDIT_USER_AGENT, authorization: `Bearer ${used.token}` },
          })
          const onAnswer = (status: number, headers: Readonly<Record<string, string | undefined>>) => {
            window.note(headers, askedAt)
            if (status < 500 && status !== 429) window.succeeded()
          }
          return { body: yield* askJson(http, request, { maxBytes: MAX_BYTES, timeoutMs: 30_000, onAnswer }), askedAt }
        }).pipe(Effect.catch(learn)),
      () => Effect.sync(() => window.end()),
    )

  return {
    quotaLeft: () => window.quotaLeft,
    get: (path, query, urgency) =>
      Effect.suspend(() => {
        const used = { token: "" }
        const ask = once(path, query, urgency, used)
        return Effect.catchIf(
          ask,
          ({ status }) => status === 401,
          () => {
            token.spent(used.token)
            return ask
          },
        )
      }),
  }
}
