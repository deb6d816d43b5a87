import { Settings } from "@signalflow/domain/settings/Settings"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer } from "effect"
import { createServer, type ServerResponse } from "node:http"
import { REFUSED_HERE, refusal, refuseMalformed, refuseUncommon } from "./http/RequestGuard.ts"
import { CONTENT_TYPE, problemBody } from "./http/Problem.ts"
import { hostGuard } from "./http/HostGuard.ts"
import { makeHealth } from "./system/Health.ts"
import { makeReady } from "./system/Ready.ts"
import { securityHeaders } from "./http/SecurityHeaders.ts"
import { listen } from "./http/Listening.ts"
import { Ping } from "./database/UserDatabase.ts"

const send = (response: ServerResponse, status: number, type: string, body: string, headers: Record<string, string> = {}) => {
  response.writeHead(status, { ...securityHeaders(), "content-type": type, "content-length": Buffer.byteLength(body), ...headers })
  response.end(body)
}

const refuse = (response: ServerResponse, status: number, detail: string, headers: Record<string, string> = {}) =>
  send(response, status, CONTENT_TYPE, JSON.stringify(problemBody(status, detail)), headers)

const limits = {
  ...REFUSED_HERE,
  requestTimeout: 10_000,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 15_000,
  maxHeaderSize: 8 * 1024,
}
const MAX_CONNECTIONS = 64

const JSON_TYPE = "application/json"

/** For those who run it: `/metrics` for Prometheus, `/health`, and `/ready` with 503 while something is down. Yields its port. */
export const operationsServer = Effect.gen(function* () {
  const settings = yield* Settings
  const metrics = yield* Metrics
  const ready = yield* makeReady
  const guard = hostGuard(settings.ALLOWED_HOSTS)
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const health = yield* makeHealth
  const server = createServer(limits, (request, response) => {
    const refused = refusal(request, guard)
    if (refused !== undefined) return refuse(response, refused.status, refused.detail, { connection: "close" })
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(response, 405, `This port takes GET and HEAD, not ${request.method}`, { allow: "GET, HEAD" })
    switch (/^\/(metrics|health|ready)\/?(?:\?|$)/.exec(request.url ?? "")?.[1]) {
      case "metrics":
        return run(Effect.map(metrics.render, (page) => send(response, 200, metrics.contentType, page)))
      case "health":
        return run(Effect.map(health, (now) => send(response, 200, JSON_TYPE, JSON.stringify(now))))
      case "ready":
        return run(Effect.map(ready, (now) => send(response, now.status === "unready" ? 503 : 200, JSON_TYPE, JSON.stringify(now))))
      default:
        return refuse(response, 404, "There is no such page here: see /metrics, /health and /ready")
    }
  })
  server.maxConnections = MAX_CONNECTIONS
  server.on("clientError", refuseMalformed)
  refuseUncommon(server, guard)
  return yield* listen(server, {
    setting: "METRICS_PORT",
    host: settings.HOST,
    port: settings.METRICS_PORT,
    bounds: { perAddress: MAX_CONNECTIONS, trusted: settings.TRUSTED_PROXIES },
  })
})

/** The same beside a service that is no web server. */
export const layer = Layer.effectDiscard(operationsServer).pipe(Layer.provide(Ping.layer))
