import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { Clock, Effect, Random } from "effect"
import { FetchHttpClient, type HttpClient, HttpClientRequest } from "effect/http"
import { SourceError } from "../../SourceAdapter.ts"
import { askJson } from "../../upstream/Upstream.ts"
import { type Delay, RateWindow, type Urgency } from "./RateWindow.ts"
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

const TURNED_AWAY_MS = 60_000

/** A page where data was asked for: the network in front of Reddit refuses whoever asks, it says nothing of a subreddit. */
const isTurnedAway = ({ status, body }: SourceError) => status === 403 && /^\s*<(?:!doctype|html|head|body)/i.test(body ?? "")

const turnedAway = ({ status }: SourceError) =>
  new SourceError({ reason: "rate-limited", message: `Reddit refuses this address for now (${status} with a page instead of an answer)` })

/** Reddit's data API for one application. All of its targets go through one rate window and one token. */
export interface Client {
  readonly get: (path: string, query: Readonly<Record<string, string | number>>, urgency: Urgency) => Effect.Effect<Answer, SourceError>
  readonly quotaLeft: () => number | null
}

export const make = (http: HttpClient.HttpClient, settings: SettingValues): Client => {
  const token = Token.make(http, settings)
  const window = new RateWindow()

  /** Runs when it is its turn. Waiting holds nothing, so that it may be interrupted at any time. */
  const inTurn = <A>(urgency: Urgency, use: Effect.Effect<A, SourceError>): Effect.Effect<A, SourceError> => {
    const begin = Effect.map(Clock.currentTimeMillis, (now) => {
      const delay = window.delay(now, urgency)
      if (delay.ms <= 0) window.begin(now, urgency)
      return delay
    })
    const attempt = Effect.acquireUseRelease(
      begin,
      (delay): Effect.Effect<{ readonly of: A } | Delay, SourceError> =>
        delay.ms <= 0 ? Effect.map(use, (of) => ({ of })) : Effect.succeed(delay),
      ({ ms }) => Effect.sync(() => (ms <= 0 ? window.end() : undefined)),
    )
    return Effect.flatMap(attempt, (got) => {
      if ("of" in got) return Effect.succeed(got.of)
      if (got.ms <= PATIENCE || urgency === "last") return Effect.andThen(Effect.sleep(Math.min(got.ms, LONGEST_NAP)), inTurn(urgency, use))
      const message = `Reddit is left alone for ${Math.ceil(got.ms / 1_000)} s: ${got.why}`
      return Effect.fail(new SourceError({ reason: "rate-limited", message, retryAfterMs: got.ms }))
    })
  }

  /** A refusal or an outage concerns everybody who would ask next. */
  const learn = Effect.fnUntraced(function* (error: SourceError) {
    const { reason, message } = isTurnedAway(error) ? turnedAway(error) : error
    if (reason !== "rate-limited" && reason !== "unavailable" && reason !== "timeout") return yield* error
    const asked = isTurnedAway(error) ? (error.retryAfterMs ?? TURNED_AWAY_MS) : error.retryAfterMs
    const retryAfterMs = window.failed(yield* Clock.currentTimeMillis, message, asked, yield* Random.next)
    return yield* new SourceError({ reason, message, retryAfterMs })
  })

  const once = (path: string, query: Query, urgency: Urgency, used: { token: string }) =>
    inTurn(
      urgency,
      Effect.gen(function* () {
        used.token = yield* token.current
        const askedAt = Math.floor(yield* Clock.currentTimeMillis)
        const request = HttpClientRequest.get(`${settings.REDDIT_API_URL}${path}`, {
          urlParams: { ...query, raw_json: 1 },
          headers: { "user-agent": settings.REDDIT_USER_AGENT, authorization: `Bearer ${used.token}` },
        })
        const onAnswer = (status: number, headers: Readonly<Record<string, string | undefined>>) => {
          window.note(headers, askedAt)
          if (status < 500 && status !== 429) window.succeeded()
        }
        return { body: yield* askJson(http, request, { maxBytes: MAX_BYTES, timeoutMs: 30_000, onAnswer }), askedAt }
      }).pipe(
        Effect.catch(learn),
        // A redirect says that there is no such subreddit; the token is for nobody else.
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
      ),
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
