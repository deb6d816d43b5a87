import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Settings } from "@signalflow/domain/settings/Settings"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { ByteSize, Effect, type Layer } from "effect"
import { HttpIncomingMessage, HttpRouter } from "effect/http"
import { createServer } from "node:http"
import { listen, urlHost } from "./Listening.ts"
import { BODY_LIMIT, front, REFUSED_HERE, refuseMalformed, refuseUncommon } from "./RequestGuard.ts"
import { hostGuard } from "./HostGuard.ts"
import { negotiated } from "./JsonResponses.ts"
import type { KnownRoutes } from "./KnownRoutes.ts"

const limits = {
  ...REFUSED_HERE,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 15_000,
  maxHeaderSize: 16 * 1024,
}

interface Options {
  /** The setting that names the port. */
  readonly setting: "PORT" | "DLQ_PORT"
  readonly maxConnections: number
  readonly known: KnownRoutes
}

/** Serves `routes` behind what every request passes first, until the scope closes. */
export const serve = <A, E, R>(routes: Layer.Layer<A, E, R>, { setting, maxConnections, known }: Options) =>
  Effect.gen(function* () {
    const settings = yield* Settings
    const metrics = yield* Metrics
    const app = yield* HttpRouter.toHttpEffect(routes)
    const scope = yield* Effect.scope
    const next = yield* NodeHttpServer.makeHandler(
      negotiated(app).pipe(Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe(BODY_LIMIT))),
      { scope },
    )
    const server = createServer(limits)
    server.maxConnections = maxConnections
    const guard = hostGuard(settings.ALLOWED_HOSTS)
    server.on("request", front({ guard, metrics, routeOf: known.template, next }))
    server.on("clientError", refuseMalformed)
    refuseUncommon(server, guard)
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const bounds = {
      perAddress: settings.CONNECTIONS_PER_ADDRESS,
      trusted: settings.TRUSTED_PROXIES,
      onRefused: (address: string) =>
        void run(
          Effect.logWarning(`${address} holds ${settings.CONNECTIONS_PER_ADDRESS} connections: more are closed (CONNECTIONS_PER_ADDRESS)`),
        ),
    }
    const port = yield* listen(server, { setting, host: settings.HOST, port: settings[setting], bounds })
    return { server, port, url: `http://${urlHost(settings.HOST)}:${port}` }
  })
