import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Effect, Layer } from "effect"
import { RateLimits } from "./access/RateLimits.ts"
import { Tokens } from "./access/Tokens.ts"
import { LinkCodes } from "./accounts/LinkCodes.ts"
import { Sessions } from "./accounts/Sessions.ts"
import * as UserDatabase from "./database/UserDatabase.ts"
import * as Fallback from "./http/Fallback.ts"
import * as HttpServer from "./http/HttpServer.ts"
import { staticFiles } from "./http/StaticFiles.ts"
import { liveUpgrade } from "./live/LiveUpgrade.ts"
import { Subscriptions } from "./live/Subscriptions.ts"
import { operationsServer } from "./OperationsServer.ts"
import { known, routes } from "./routes.ts"

export interface ServerOptions {
  /** Directory of the built dashboard; null = a page that says how to build it. */
  readonly dashboard: string | null
}

/** Where the server listens. */
export class ServerAddress extends Context.Service<
  ServerAddress,
  { readonly url: string; readonly port: number; readonly metricsPort: number }
>()("@signalflow/server/ServerAddress") {}

const MAX_CONNECTIONS = 4_096

const access = Layer.mergeAll(Tokens.layer, LinkCodes.layer, Sessions.layer, RateLimits.layer)

const serve = (options: ServerOptions) =>
  Effect.gen(function* () {
    const everything = Layer.mergeAll(routes, Fallback.layer(known, staticFiles(options.dashboard))).pipe(
      Layer.provide(NodeHttpServer.layerHttpServices),
    )
    const { server, port, url } = yield* HttpServer.serve(everything, { setting: "PORT", maxConnections: MAX_CONNECTIONS, known })
    // After the listener, and so closed before it: it waits for every connection to end.
    server.on("upgrade", yield* liveUpgrade)
    const metricsPort = yield* operationsServer
    return ServerAddress.of({ url, port, metricsPort })
  })

/** The web server: API, live feed, dashboard and metrics, until the scope closes. Also yields the codes of sign-in links. */
export const layer = (options: ServerOptions) =>
  Layer.effect(ServerAddress, serve(options)).pipe(
    Layer.provide(Subscriptions.layer),
    Layer.provideMerge(access),
    Layer.provide(UserDatabase.layer),
    Layer.provide(UserDatabase.Ping.layer),
  )

/** Serves until it is interrupted; `onListening` hears where. */
export const run = <E, R>(options: ServerOptions, onListening: (address: ServerAddress["Service"]) => Effect.Effect<void, E, R>) =>
  Effect.gen(function* () {
    yield* onListening(yield* ServerAddress)
    return yield* Effect.never
  }).pipe(Effect.provide(layer(options)))
