import { Clock, Effect, Stream } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { whyFailed } from "./Failure.ts"
import { retryAfter } from "./RetryAfter.ts"
import { SourceError } from "../SourceAdapter.ts"

export interface GetOptions {
  /** Longest time from the request to the last byte. Default 15 seconds. */
  readonly timeoutMs?: number
  /** Longest body. Default 2 MB. */
  readonly maxBytes?: number
  /** Hears status and headers of every answer, refusals too. */
  readonly onAnswer?: (status: number, headers: Readonly<Record<string, string | undefined>>) => void
}

const REFUSAL_BYTES = 20_000

const fail = (reason: SourceError["reason"], message: string, retryAfterMs?: number) =>
  new SourceError({ reason, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })

const refusal = (url: string, response: HttpClientResponse.HttpClientResponse, now: number): SourceError => {
  const { status } = response
  const wait = retryAfter(response.headers["retry-after"], now)
  if (status === 429) return fail("rate-limited", `${url} answered 429: too many requests`, wait)
  if (status >= 500) return fail("unavailable", `${url} answered ${status}`, wait)
  return fail("rejected", `${url} answered ${status}`, wait)
}

/** The refusal with what its body says, if that can be read. */
const refused = (url: string, response: HttpClientResponse.HttpClientResponse) =>
  body(url, response, REFUSAL_BYTES).pipe(
    Effect.orElseSucceed(() => ""),
    Effect.zip(Clock.currentTimeMillis),
    Effect.flatMap(([text, now]) => {
      const { reason, message, retryAfterMs } = refusal(url, response, now)
      const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
      return new SourceError({ reason, message, status: response.status, body: text.slice(0, 2_000), ...asked })
    }),
  )

const body = (
  url: string,
  response: HttpClientResponse.HttpClientResponse,
  maxBytes: number,
): Effect.Effect<string, SourceError | HttpClientError.HttpClientError> => {
  const tooLarge = () => fail("too-large", `${url} sent more than ${maxBytes} bytes: refused`)
  const declared = response.headers["content-length"]
  if (declared !== undefined && Number(declared) > maxBytes) return Effect.fail(tooLarge())
  if (declared !== undefined && response.headers["content-encoding"] === undefined) return response.text
  return Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    return Effect.map(
      Stream.runForEach(response.stream, (chunk) => {
        size += chunk.length
        chunks.push(chunk)
        return size > maxBytes ? Effect.fail(tooLarge()) : Effect.void
      }),
      () => Buffer.concat(chunks).toString("utf8"),
    )
  })
}

/** The JSON at a URL, bounded in time and size. What it holds is for the caller to decode. */
export const getJson = (client: HttpClient.HttpClient, url: string, options: GetOptions = {}): Effect.Effect<unknown, SourceError> =>
  askJson(client, HttpClientRequest.get(url, { headers: { "user-agent": "signalflow" } }), options)

/** The JSON that a request is answered with, bounded in time and size. */
export const askJson = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  options: GetOptions = {},
): Effect.Effect<unknown, SourceError> => {
  const { url } = request
  const timeoutMs = options.timeoutMs ?? 15_000
  const shown = url.length > 200 ? `${url.slice(0, 200)}…` : url
  return client.execute(HttpClientRequest.acceptJson(request)).pipe(
    Effect.flatMap((response) => {
      const { status } = response
      options.onAnswer?.(status, response.headers)
      return status >= 200 && status < 300 ? body(shown, response, options.maxBytes ?? 2_000_000) : refused(shown, response)
    }),
    Effect.catchTag("HttpClientError", (error) => fail("unavailable", `${shown} cannot be reached: ${whyFailed(error)}`)),
    Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => fail("timeout", `${shown} did not answer within ${timeoutMs / 1_000} s`) }),
    Effect.flatMap((text) => {
      try {
        return Effect.succeed(JSON.parse(text) as unknown)
      } catch {
        return fail("malformed", `${shown} sent ${text.length} characters that are not JSON`)
      }
    }),
    Effect.provideService(HttpClient.TracerPropagationEnabled, false),
  )
}
