import { Api } from "@signalflow/domain/api/Api"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import { Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import * as Authentication from "./access/Authentication.ts"
import * as Accounts from "./accounts/Handlers.ts"
import * as Contract from "./http/Contract.ts"
import * as Docs from "./http/Docs.ts"
import { knownRoutes } from "./http/KnownRoutes.ts"
import * as Specification from "./http/Specification.ts"
import * as LiveEvents from "./live/LiveEvents.ts"
import * as Signals from "./signals/Handlers.ts"
import * as Sources from "./sources/Handlers.ts"
import * as System from "./system/Handlers.ts"
import * as Trends from "./trends/Handlers.ts"

/** The features of the HTTP contract, one line each: a feature brings its handlers and the queries that they need. */
const features = Layer.mergeAll(System.layer, Accounts.layer, Signals.layer, Trends.layer, Sources.layer)

/** Routes beside the contract: documents and the live feed. They all are GET. */
const documents = Layer.mergeAll(Docs.layer, Specification.layer(Api), LiveEvents.layer)
const documentPaths = [Docs.DOCS_PATH, Specification.SPECIFICATION_PATH, LiveEvents.LIVE_EVENTS_PATH]

/** Every route with its methods, for 405, and its template, for metrics. */
export const known = knownRoutes(Api, documentPaths)

/** Everything that the server answers, except files and what no route takes. */
export const routes = Layer.mergeAll(
  HttpApiBuilder.layer(Api).pipe(
    Layer.provide(features),
    Layer.provide(Reads.layer),
    Layer.provide(Layer.mergeAll(Authentication.layer, Contract.layer)),
  ),
  documents,
)
