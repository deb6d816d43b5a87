import { Api } from "@signalflow/domain/api/Api"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiScalar } from "effect/http-api"
import { createHash } from "node:crypto"
import { promisify } from "node:util"
import { gzip } from "node:zlib"

const PATH = "/docs"

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
  let page: Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined
  const router = yield* HttpRouter.make
  const keep = HttpRouter.HttpRouter.of({
    ...router,
    add: (_method, _path, handler) =>
      Effect.sync(() => void (page = handler as Effect.Effect<HttpServerResponse.HttpServerResponse>)) as never,
  })
  const options = {
    path: PATH,
    scalar: { withDefaultFonts: false, telemetry: false, hideClientButton: true, showDeveloperTools: "never" },
  } as const
  yield* Effect.scoped(Layer.build(HttpApiScalar.layer(Api, options).pipe(Layer.provide(Layer.succeed(HttpRouter.HttpRouter, keep)))))
  const response = yield* page!
  const html = response.body._tag === "Uint8Array" ? new TextDecoder().decode(response.body.body) : ""
  const bytes = yield* Effect.promise(() => promisify(gzip)(html))
  return { bytes, html, headers: { "content-security-policy": policyFor(html), "cache-control": "no-cache", vary: "accept-encoding" } }
})

/** `/docs`: the API reference. Its three megabytes are loaded when they are first asked for. */
export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const cached = yield* Effect.cached(rendered)
    yield* router.add(
      "GET",
      PATH,
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        const { bytes, html, headers } = yield* cached
        if (!/\bgzip\b/.test(request.headers["accept-encoding"] ?? ""))
          return HttpServerResponse.text(html, { contentType: "text/html; charset=utf-8", headers })
        return HttpServerResponse.uint8Array(bytes, {
          contentType: "text/html; charset=utf-8",
          headers: { ...headers, "content-encoding": "gzip" },
        })
      }),
    )
  }),
)
