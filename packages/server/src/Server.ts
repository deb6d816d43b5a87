import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Api } from "@signalflow/domain/api/Api"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import { Context, Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Authentication from "./access/Authentication.ts"
import { LinkCodes } from "./accounts/LinkCodes.ts"
import { RateLimits } from "./access/RateLimits.ts"
import { Sessions } from "./accounts/Sessions.ts"
import { Tokens } from "./access/Tokens.ts"
import * as Accounts from "./accounts/Handlers.ts"
import * as Contract from "./http/Contract.ts"
import { DOCS_PATH } from "./http/Docs.ts"
import * as Docs from "./http/Docs.ts"
import * as Fallback from "./http/Fallback.ts"
import * as HttpServer from "./http/HttpServer.ts"
import { knownRoutes } from "./http/KnownRoutes.ts"
import * as Signals from "./signals/Handlers.ts"
import * as Sources from "./sources/Handlers.ts"
import * as Specification from "./http/Specification.ts"
import { SPECIFICATION_PATH } from "./http/Specification.ts"
import { type Static, staticFiles } from "./http/StaticFiles.ts"
import * as System from "./system/Handlers.ts"
import * as Trends from "./trends/Handlers.ts"
import * as LiveEvents from "./live/LiveEvents.ts"
import { liveUpgrade } from "./live/LiveUpgrade.ts"
import { Subscriptions } from "./live/Subscriptions.ts"
import { operationsServer } from "./OperationsServer.ts"
import { SignalQueries } from "./signals/SignalQueries.ts"
import { SourceQueries } from "./sources/SourceQueries.ts"
import { TrendQueries } from "./trends/TrendQueries.ts"
import * as UserDatabase from "./database/UserDatabase.ts"

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

const handlers = Layer.mergeAll(System.layer, Accounts.layer, Signals.layer, Trends.layer, Sources.layer)

const middlewares = Layer.mergeAll(Authentication.layer, Contract.layer)

const known = knownRoutes(Api, [DOCS_PATH, SPECIFICATION_PATH, "/api/v1/live"])

const routes = (files: Static) =>
  Layer.mergeAll(
    HttpApiBuilder.layer(Api).pipe(Layer.provide(handlers), Layer.provide(middlewares)),
    Docs.layer,
    Specification.layer(Api),
    LiveEvents.layer,
    Fallback.layer(known, files),
  ).pipe(Layer.provide(NodeHttpServer.layerHttpServices))

const queries = Layer.mergeAll(SignalQueries.layer, TrendQueries.layer, SourceQueries.layer).pipe(Layer.provide(Reads.layer))
const access = Layer.mergeAll(Tokens.layer, LinkCodes.layer, Sessions.layer, RateLimits.layer)

const serve = (options: ServerOptions) =>
  Effect.gen(function* () {
    const { server, port, url } = yield* HttpServer.serve(routes(staticFiles(options.dashboard)), {
      setting: "PORT",
      maxConnections: MAX_CONNECTIONS,
    })
    // After the listener, and so closed before it: it waits for every connection to end.
    server.on("upgrade", yield* liveUpgrade)
    const metricsPort = yield* operationsServer
    return ServerAddress.of({ url, port, metricsPort })
  })

/** The web server: API, live feed, dashboard and metrics, until the scope closes. Also yields the codes of sign-in links. */
export const layer = (options: ServerOptions) =>
  Layer.effect(ServerAddress, serve(options)).pipe(
    Layer.provide(Subscriptions.layer),
    Layer.provide(queries),
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
