import { Settings } from "@signalflow/domain/Settings"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect } from "effect"
import { createServer, type ServerResponse } from "node:http"
import { refusal } from "./http/Front.ts"
import { hostGuard } from "./http/HostGuard.ts"
import { listen } from "./Listening.ts"

const send = (response: ServerResponse, status: number, type: string, body: string) => {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), "x-content-type-options": "nosniff" })
  response.end(body)
}

const TEXT = "text/plain; charset=utf-8"

/** `/metrics` for Prometheus, on a port of its own. Yields that port. */
export const metricsServer = Effect.gen(function* () {
  const settings = yield* Settings
  const metrics = yield* Metrics
  const guard = hostGuard(settings.ALLOWED_HOSTS)
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 8 * 1024 }, (request, response) => {
    const refused = refusal(request, guard)
    if (refused !== undefined) return send(response, refused.status, TEXT, `${refused.detail}\n`)
    if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, TEXT, "Only GET\n")
    if (!/^\/metrics\/?(\?|$)/.test(request.url ?? "")) return send(response, 404, TEXT, "See /metrics\n")
    run(Effect.map(metrics.render, (page) => send(response, 200, metrics.contentType, page)))
  })
  server.maxConnections = 64
  return yield* listen(server, { setting: "METRICS_PORT", host: settings.HOST, port: settings.METRICS_PORT })
})
