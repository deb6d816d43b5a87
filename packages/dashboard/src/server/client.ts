import { Api } from "@signalflow/domain/api/Api"
import type { AccessToken } from "@signalflow/domain/api/Accounts"
import type { SignalPage } from "@signalflow/domain/api/Signals"
import type { Health } from "@signalflow/domain/api/System"
import type { SourceView } from "@signalflow/domain/api/Sources"
import type { TrendPage } from "@signalflow/domain/api/Trends"
import { Effect, Result } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { type Failure, Failed, failureOf } from "./failure.ts"

export interface SignalQuery {
  readonly cursor?: string
  readonly page_size?: number
  readonly platform?: string
  readonly topic?: string
  readonly kind?: "post" | "story" | "comment" | "video"
  readonly sentiment?: "positive" | "neutral" | "negative"
  readonly sort?: "new" | "hot"
}

interface TrendQuery {
  readonly page_size?: number
  readonly platform?: string
}

/** Signing in and out. Every promise rejects with `Failed`. */
export interface Accounts {
  link(code: string): Promise<AccessToken>
  refresh(): Promise<AccessToken>
  revoke(): Promise<void>
}

/** The data routes. Every promise rejects with `Failed`. */
export interface Client {
  signals(query: SignalQuery, signal?: AbortSignal): Promise<SignalPage>
  trending(query: TrendQuery, signal?: AbortSignal): Promise<TrendPage>
  sources(signal?: AbortSignal): Promise<ReadonlyArray<SourceView>>
  health(signal?: AbortSignal): Promise<Health>
}

/** Where the access token comes from, and what to do when the server refuses it. */
export interface Access {
  token(): Promise<string>
  renew(refused: string): Promise<string>
  /** Tells each new token; returns how to stop. */
  watch(listener: (token: string) => void): () => void
}

export interface Transport {
  readonly baseUrl: string
  readonly fetch: typeof globalThis.fetch
}

const TIMEOUT = "20 seconds"

const run = async <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal): Promise<A> => {
  const outcome: Result.Result<A, Failure> = await Effect.runPromise(
    effect.pipe(Effect.timeout(TIMEOUT), Effect.mapError(failureOf), Effect.result),
    signal === undefined ? {} : { signal },
  )
  if (Result.isFailure(outcome)) throw new Failed(outcome.failure)
  return outcome.success
}

const clientWith = (transport: Transport, token: string | null) =>
  Effect.runSync(
    HttpApiClient.make(Api, {
      baseUrl: transport.baseUrl,
      transformClient: (client) => (token === null ? client : HttpClient.mapRequest(client, HttpClientRequest.bearerToken(token))),
    }).pipe(
      Effect.provide(FetchHttpClient.layer),
      Effect.provideService(FetchHttpClient.Fetch, transport.fetch),
      Effect.provideService(HttpClient.TracerPropagationEnabled, false),
    ),
  )

type Calls = ReturnType<typeof clientWith>

export const makeAccounts = (transport: Transport): Accounts => {
  const api = clientWith(transport, null)
  return {
    link: (code) => run(api.accounts.link({ payload: { code } })),
    refresh: () => run(api.accounts.refresh({})),
    revoke: () => run(api.accounts.revoke({})),
  }
}

export const makeClient = (transport: Transport, access: Access): Client => {
  let current: { readonly token: string; readonly api: Calls } | undefined
  const apiFor = (token: string) => (current?.token === token ? current.api : (current = { token, api: clientWith(transport, token) }).api)

  /** A token may be revoked before its time: one renewal, one more try. */
  const call = async <A>(ask: (api: Calls) => Promise<A>): Promise<A> => {
    const token = await access.token()
    try {
      return await ask(apiFor(token))
    } catch (error) {
      if (!(error instanceof Failed) || error.failure._tag !== "SignedOut") throw error
      return await ask(apiFor(await access.renew(token)))
    }
  }

  return {
    signals: (query, signal) => call((api) => run(api.signals.list({ query }), signal)),
    trending: (query, signal) => call((api) => run(api.trends.trending({ query }), signal)),
    health: (signal) => call((api) => run(api.system.healthAlias({}), signal)),
    sources: async (signal) => (await call((api) => run(api.sources.list({}), signal))).results,
  }
}
