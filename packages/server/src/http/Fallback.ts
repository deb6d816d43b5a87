import { Effect } from "effect"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { KnownRoutes } from "./KnownRoutes.ts"
import { problem } from "./Problem.ts"
import * as Problems from "./Problems.ts"
import { rationed } from "./Rations.ts"
import type { Static } from "./StaticFiles.ts"

/** Files and pages a minute for one address: a page of the dashboard is about fifteen. */
const FILES_LIMIT = 1_200

const SOCKET = /^\/+ws\/signals\/?$/i
const OF_PROGRAMS = /^\/+(api|ws|openapi\.json|health|ready|metrics|dlq)(\/|$)/i

const pathOf = (url: string): string => url.split("?")[0]!

/** Why no route took a request: another method than the route has, no such route, or undefined where it may be a file. */
export const refused = (
  known: KnownRoutes,
  request: HttpServerRequest.HttpServerRequest,
): HttpServerResponse.HttpServerResponse | undefined => {
  const path = pathOf(request.url)
  const methods = known.methods(path)
  if (methods.length > 0 && !methods.includes(request.method)) {
    return problem(405, `${path} takes ${methods.join(", ")}, not ${request.method}`, { allow: methods.join(", ") })
  }
  if (SOCKET.test(path)) {
    return request.method === "GET"
      ? problem(426, "This is a WebSocket: open it with ws://", { upgrade: "websocket", connection: "upgrade" })
      : problem(405, `${path} takes GET, not ${request.method}`, { allow: "GET" })
  }
  return OF_PROGRAMS.test(path) ? problem(404, `There is no ${request.method} ${path}: see /docs`) : undefined
}

/** What no route takes: a file or a page of the dashboard, or why there is none. */
export const layer = (known: KnownRoutes, files: Static) =>
  Problems.layer((request) => {
    const why = refused(known, request)
    return why === undefined ? rationed("files", FILES_LIMIT, files(request)) : Effect.succeed(why)
  })
