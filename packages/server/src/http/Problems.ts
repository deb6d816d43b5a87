import { Cause, Duration, Effect } from "effect"
import { HttpRouter, HttpServerError, HttpServerRequest, type HttpServerResponse } from "effect/http"
import type { unhandled } from "effect/Types"
import { asProblem, problem } from "./Problem.ts"

/** Longest that a request may be worked on; streams are not bound by it once they have begun. */
const TIMEOUT = Duration.seconds(30)

type Response = HttpServerResponse.HttpServerResponse

/** What is served where no route is declared. */
export type Fallback<R> = (
  request: HttpServerRequest.HttpServerRequest,
) => Effect.Effect<Response, never, R | HttpServerRequest.HttpServerRequest>

const ofFailure = <R>(
  request: HttpServerRequest.HttpServerRequest,
  error: unknown,
  fallback: Fallback<R>,
): Effect.Effect<Response, never, R | HttpServerRequest.HttpServerRequest> => {
  if (HttpServerError.isHttpServerError(error)) {
    const reason = error.reason
    if (reason._tag === "RouteNotFound") return fallback(request)
    if (reason._tag === "RequestParseError") {
      return Effect.succeed(
        reason.reason === "BodyTooLarge"
          ? problem(413, "The body is larger than 64 KiB", { connection: "close" })
          : problem(400, "The request could not be read"),
      )
    }
  }
  return Effect.as(
    Effect.logError(`${request.method} ${request.url.split("?")[0]} failed`, error),
    problem(500, "Something went wrong in the server; its log says what"),
  )
}

/** Every error leaves as `application/problem+json`, a request that takes too long as 503, and what no route takes goes to `fallback`. */
export const layer = <R>(fallback: Fallback<R>) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const services = yield* Effect.context<R>()
      yield* router.addGlobalMiddleware<unhandled, HttpServerRequest.HttpServerRequest>((effect) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const response = yield* effect.pipe(
            Effect.timeoutOrElse({
              duration: TIMEOUT,
              orElse: () =>
                Effect.succeed(problem(503, "This took longer than 30 seconds: ask for less, or try again", { "retry-after": "5" })),
            }),
            Effect.catchCause((cause) => {
              if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
              return Effect.provideContext(ofFailure(request, Cause.squash(cause), fallback), services)
            }),
          )
          return asProblem(response)
        }),
      )
    }),
  )
