import { Effect } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { type HttpApi, type HttpApiGroup, OpenApi } from "effect/http-api"
import { compressed, pageOf, respond } from "./Page.ts"
import { rationed, type RationServices } from "./Rations.ts"

/** `/docs` and `/openapi.json` a minute for one address. */
export const DOCS_LIMIT = 120
export const DOCS_CACHE = "public, max-age=600"

export const SPECIFICATION_PATH = "/openapi.json"

/** `/openapi.json` of `api`, written out once. */
export const layer = <Id extends string, Groups extends HttpApiGroup.Constraint>(api: HttpApi.HttpApi<Id, Groups>) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const services = yield* Effect.context<RationServices>()
      const prepared = yield* Effect.cached(
        Effect.uninterruptible(
          Effect.promise(async () => {
            const bytes = new TextEncoder().encode(JSON.stringify(OpenApi.fromApi(api)))
            return pageOf("application/json", bytes, await compressed(bytes))
          }),
        ),
      )
      const answer = Effect.gen(function* () {
        return respond(yield* HttpServerRequest.HttpServerRequest, yield* prepared, { "cache-control": DOCS_CACHE })
      })
      yield* router.add("GET", SPECIFICATION_PATH, rationed("docs", DOCS_LIMIT, answer).pipe(Effect.provideContext(services)))
    }),
  )
