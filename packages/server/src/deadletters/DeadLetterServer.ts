import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { DeadLetterApi } from "@signalflow/domain/api/DeadLetters"
import { Context, Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import * as Administration from "../access/Administration.ts"
import * as Authentication from "../access/Authentication.ts"
import { RateLimits } from "../access/RateLimits.ts"
import { Tokens } from "../access/Tokens.ts"
import * as Contract from "../http/Contract.ts"
import * as Fallback from "../http/Fallback.ts"
import * as HttpServer from "../http/HttpServer.ts"
import { knownRoutes } from "../http/KnownRoutes.ts"
import { notFound } from "../http/NotFound.ts"
import * as Specification from "../http/Specification.ts"
import { SPECIFICATION_PATH } from "../http/Specification.ts"
import * as Handlers from "./Handlers.ts"
import { LetterDesk } from "./DeadLetterQueries.ts"
import { Replays } from "./Replays.ts"

/** Where the dead-letter API listens. */
export class DeadLetterAddress extends Context.Service<DeadLetterAddress, { readonly url: string; readonly port: number }>()(
  "@signalflow/server/DeadLetterAddress",
) {}

const MAX_CONNECTIONS = 64

const middlewares = Layer.mergeAll(Authentication.layer, Administration.layer, Contract.layer)

const known = knownRoutes(DeadLetterApi, [SPECIFICATION_PATH])

/** To the router, `replay` would be the id of a letter. */
const replayIsNoLetter = HttpRouter.use((router) =>
  router.add("GET", "/dlq/replay", (request) => Effect.succeed(Fallback.refused(known, request) ?? notFound(request))),
)

const routes = Layer.mergeAll(
  replayIsNoLetter,
  HttpApiBuilder.layer(DeadLetterApi).pipe(Layer.provide(Handlers.layer), Layer.provide(middlewares)),
  Specification.layer(DeadLetterApi),
  Fallback.layer(known, (request) => Effect.succeed(notFound(request))),
).pipe(Layer.provide(NodeHttpServer.layerHttpServices))

const serve = Effect.map(HttpServer.serve(routes, { setting: "DLQ_PORT", maxConnections: MAX_CONNECTIONS, known }), ({ url, port }) =>
  DeadLetterAddress.of({ url, port }),
)

/** The API of dead letters on `DLQ_PORT`, until the scope closes. */
export const layer = Layer.effect(DeadLetterAddress, serve).pipe(
  Layer.provide(Layer.mergeAll(LetterDesk.layer, Replays.layer, Tokens.layer, RateLimits.layer)),
)

/** Serves until it is interrupted. */
export const run = Effect.never.pipe(Effect.provide(layer))
