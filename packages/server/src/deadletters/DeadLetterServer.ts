import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { DeadLetterApi } from "@signalflow/domain/api/DeadLetters"
import { Settings } from "@signalflow/domain/Settings"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { ByteSize, Context, Effect, Layer } from "effect"
import { HttpIncomingMessage, HttpRouter } from "effect/http"
import { HttpApiBuilder, HttpApiMiddleware } from "effect/http-api"
import { createServer } from "node:http"
import * as Administration from "../access/Administration.ts"
import * as Authentication from "../access/Authentication.ts"
import { RateLimits } from "../access/RateLimits.ts"
import { Tokens } from "../access/Tokens.ts"
import { BODY_LIMIT, front } from "../http/Front.ts"
import { hostGuard } from "../http/HostGuard.ts"
import { problem } from "../http/Problem.ts"
import * as Problems from "../http/Problems.ts"
import { listen, urlHost } from "../Listening.ts"
import * as Handlers from "./Handlers.ts"
import { LetterDesk } from "./LetterDesk.ts"
import { Replays } from "./Replays.ts"

/** Where the dead-letter API listens. */
export class DeadLetterAddress extends Context.Service<DeadLetterAddress, { readonly url: string; readonly port: number }>()(
  "@signalflow/server/DeadLetterAddress",
) {}

const MAX_CONNECTIONS = 64
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 15_000,
  maxHeaderSize: 16 * 1024,
}

const middlewares = Layer.mergeAll(
  Authentication.layer,
  Administration.layer,
  HttpApiMiddleware.layerProblemDetails({ includeDetails: true }),
)

const routes = Layer.mergeAll(
  HttpApiBuilder.layer(DeadLetterApi, { openapiPath: "/openapi.json" }).pipe(Layer.provide(Handlers.layer), Layer.provide(middlewares)),
  Problems.layer((request) =>
    Effect.succeed(problem(404, `There is no ${request.method} ${request.url.split("?")[0]}: see /openapi.json`)),
  ),
).pipe(Layer.provide(NodeHttpServer.layerHttpServices))

const serve = Effect.gen(function* () {
  const settings = yield* Settings
  const metrics = yield* Metrics
  const app = yield* HttpRouter.toHttpEffect(routes)
  const scope = yield* Effect.scope
  const next = yield* NodeHttpServer.makeHandler(
    app.pipe(Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe(BODY_LIMIT))),
    { scope },
  )
  const server = createServer(limits)
  server.maxConnections = MAX_CONNECTIONS
  server.on("request", front({ guard: hostGuard(settings.ALLOWED_HOSTS), metrics, next }))
  const port = yield* listen(server, { setting: "DLQ_PORT", host: settings.HOST, port: settings.DLQ_PORT })
  return DeadLetterAddress.of({ url: `http://${urlHost(settings.HOST)}:${port}`, port })
})

/** The API of dead letters on `DLQ_PORT`, until the scope closes. */
export const layer = Layer.effect(DeadLetterAddress, serve).pipe(
  Layer.provide(Layer.mergeAll(LetterDesk.layer, Replays.layer, Tokens.layer, RateLimits.layer)),
)

/** Serves until it is interrupted. */
export const run = Effect.never.pipe(Effect.provide(layer))
