import { Effect } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { respondOnce } from "./Page.ts"

/** The browser of one user may keep it, and asks each time whether it has changed. */
const CACHING = { "cache-control": "private, no-cache", vary: "accept-encoding, authorization" }

/** What is read. What tells the state of the process, or gives tokens, is not kept. */
const PATHS = /^\/+(api\/v\d+|dlq)(\/|\?|$)/i

/** Adds `ETag` to the JSON that a `GET` is answered with, answers `If-None-Match` with 304, and compresses. */
export const negotiated = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.gen(function* () {
    const response = yield* app
    const { body, status } = response
    if (status !== 200 || body._tag !== "Uint8Array" || !body.contentType.startsWith("application/json")) return response
    const request = yield* HttpServerRequest.HttpServerRequest
    if ((request.method !== "GET" && request.method !== "HEAD") || !PATHS.test(request.url)) return response
    // Of the whole body, which the headers of the response already describe.
    const { "content-length": _, "content-type": __, ...headers } = response.headers
    return yield* Effect.promise(() => respondOnce(request, body.contentType, body.body, { ...headers, ...CACHING }))
  })
