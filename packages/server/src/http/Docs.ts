import { Api } from "@signalflow/domain/api/Api"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { HttpApiScalar } from "effect/http-api"
import { createHash } from "node:crypto"
import { compressed, pageOf, respond } from "./Page.ts"
import { rationed, type RationServices } from "./Rations.ts"
import { DOCS_CACHE, DOCS_LIMIT } from "./Specification.ts"

export const DOCS_PATH = "/docs"

/** The page is complete in itself, so that it works without a network; its scripts are allowed by their hashes. */
const policyFor = (html: string): string => {
  const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script]) => `'sha256-${createHash("sha256").update(script!).digest("base64")}'`,
  )
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ")}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ")
}

/** Scalar's page is a route of a router: one that keeps it instead of serving it. */
const rendered = Effect.gen(function* () {
  let handler: Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined
  const router = yield* HttpRouter.make
  const keep = HttpRouter.HttpRouter.of({
    ...router,
    add: (_method, _path, given) =>
      Effect.sync(() => void (handler = given as Effect.Effect<HttpServerResponse.HttpServerResponse>)) as never,
  })
  const options = {
    path: DOCS_PATH,
    scalar: { withDefaultFonts: false, telemetry: false, hideClientButton: true, showDeveloperTools: "never" },
  } as const
  yield* Effect.scoped(Layer.build(HttpApiScalar.layer(Api, options).pipe(Layer.provide(Layer.succeed(HttpRouter.HttpRouter, keep)))))
  const response = yield* handler!
  const bytes = response.body._tag === "Uint8Array" ? response.body.body : new Uint8Array()
  const page = pageOf("text/html; charset=utf-8", bytes, yield* Effect.promise(() => compressed(bytes)))
  return { page, policy: policyFor(new TextDecoder().decode(bytes)) }
})

/** `/docs`: the API reference. Its three megabytes are loaded when they are first asked for. */
export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const services = yield* Effect.context<RationServices>()
    // A client that leaves while the page is made must not take it from those who come after.
    const cached = yield* Effect.cached(Effect.uninterruptible(rendered))
    const answer = Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const { page, policy } = yield* cached
      return respond(request, page, { "content-security-policy": policy, "cache-control": DOCS_CACHE })
    })
    yield* router.add("GET", DOCS_PATH, rationed("docs", DOCS_LIMIT, answer).pipe(Effect.provideContext(services)))
  }),
)
