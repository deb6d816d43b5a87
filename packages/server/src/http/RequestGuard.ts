import type { MetricsShape } from "@signalflow/platform/telemetry/Metrics"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { STATUS_CODES } from "node:http"
import type { HostGuard } from "./HostGuard.ts"
import { CONTENT_TYPE, problemBody } from "./Problem.ts"
import { securityHeaders } from "./SecurityHeaders.ts"

export const BODY_LIMIT = 64 * 1024
const URL_LIMIT = 8 * 1024
/** A larger body is read and thrown away up to here, so that the client gets to see why it was refused. */
const DISCARD_LIMIT = 32 * 1024 * 1024

interface Refusal {
  readonly status: number
  readonly detail: string
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Why a request may not pass, before anything looks at what it asks for; undefined when it may. */
export const refusal = (request: IncomingMessage, guard: HostGuard): Refusal | undefined => {
  const url = request.url ?? ""
  const port = request.socket.localPort ?? 0
  const hosts = request.rawHeaders.filter((name, n) => n % 2 === 0 && name.toLowerCase() === "host").length
  if (hosts === 0 && request.httpVersion === "1.1") return { status: 400, detail: "The request has no Host header" }
  if (hosts > 1) return { status: 400, detail: "The request has more than one Host header" }
  if (!guard(request.headers.host, port)) {
    return { status: 421, detail: "This server does not answer to that host name: see ALLOWED_HOSTS" }
  }
  if (!url.startsWith("/")) return { status: 400, detail: "The request target must be a path" }
  if (url.length > URL_LIMIT) return { status: 414, detail: `The URL is longer than ${URL_LIMIT} characters` }
  return undefined
}

const answer = (response: ServerResponse, { status, detail }: Refusal): void => {
  const body = JSON.stringify(problemBody(status, detail))
  response.writeHead(status, {
    ...securityHeaders(),
    "content-type": CONTENT_TYPE,
    "content-length": Buffer.byteLength(body),
    connection: "close",
  })
  response.end(body)
}

const refuseBody = (request: IncomingMessage, response: ServerResponse, length: number): void => {
  const tooLarge = { status: 413, detail: `The body has ${length} bytes: at most ${BODY_LIMIT} are taken` }
  if (length > DISCARD_LIMIT || request.headers.expect !== undefined) return answer(response, tooLarge)
  request.once("end", () => answer(response, tooLarge)).resume()
}

/** `curl -d` calls any body a form. */
const forgiveCurl = (request: IncomingMessage): void => {
  if (
    request.method === "POST" &&
    request.headers["content-type"] === "application/x-www-form-urlencoded" &&
    /^\/api\/token\//i.test(request.url ?? "")
  ) {
    request.headers["content-type"] = "application/json"
  }
}

/** What is no route of the API is a file or page of the dashboard, or nothing. */
const otherRoute = (status: number): string => (status < 400 ? "dashboard" : "none")

/** What every request passes first: host, target, size, the headers that every answer carries, and the counters. */
export const front =
  (options: {
    readonly guard: HostGuard
    readonly metrics: MetricsShape
    /** The template of the route at a path. */
    readonly routeOf: (path: string) => string | undefined
    readonly next: Handler
  }): Handler =>
  (request, response) => {
    options.metrics.count("serve", "received", "http", 1)
    const receivedAt = performance.now()
    const path = (request.url ?? "").split("?", 1)[0]!
    response.once("finish", () => {
      const status = response.statusCode
      options.metrics.httpRequest(options.routeOf(path) ?? otherRoute(status), status, (performance.now() - receivedAt) / 1_000)
      const outcome = status < 400 ? "sent" : status < 500 ? "dropped" : "failed"
      options.metrics.count("serve", outcome, "http", 1, status < 400 ? "" : String(status))
    })
    const refused = refusal(request, options.guard)
    if (refused !== undefined) return answer(response, refused)
    for (const [name, value] of Object.entries(securityHeaders(request.headers.host!))) response.setHeader(name, value)
    const length = Number(request.headers["content-length"] ?? 0)
    if (length > BODY_LIMIT) return refuseBody(request, response, length)
    forgiveCurl(request)
    options.next(request, response)
  }

/** An answer in place of the 101, written by hand: there is no response object on an upgrade. */
export const refuseUpgrade = (socket: Duplex, status: number, detail: string, headers: Record<string, string> = {}): void => {
  if (socket.destroyed) return
  const body = JSON.stringify(problemBody(status, detail))
  const lines = Object.entries({
    ...securityHeaders(),
    "content-type": CONTENT_TYPE,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
    ...headers,
  })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`,
    () => socket.destroy(),
  )
}

const shownExpectation = (request: IncomingMessage): string => JSON.stringify(String(request.headers.expect).slice(0, 60))

/** What Node would refuse without a word: a missing `Host` (left to `refusal`), an unknown `Expect`, and `CONNECT`. */
export const REFUSED_HERE = { requireHostHeader: false } as const

export const refuseUncommon = (server: Server, guard: HostGuard): void => {
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) =>
    answer(
      response,
      refusal(request, guard) ?? {
        status: 417,
        detail: `Expect is ${shownExpectation(request)}: only 100-continue is known, or leave it out`,
      },
    ),
  )
  server.on("connect", (_: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy())
    refuseUpgrade(socket, 405, "This server is no proxy: CONNECT is not taken", { allow: "GET, HEAD, POST" })
  })
}

const malformed: Record<string, readonly [number, string]> = {
  HPE_HEADER_OVERFLOW: [431, "The headers are longer than 16 KiB"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "The chunk extensions of the body are too long"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request did not arrive in time"],
}

/** What is no HTTP gets an answer too, unless one was begun before it on the same connection. */
export const refuseMalformed = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  const begun = (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true
  if (error.code === "ECONNRESET" || !socket.writable || begun) return void socket.destroy()
  const [status, detail] = malformed[error.code ?? ""] ?? [400, "The request is not well-formed HTTP"]
  refuseUpgrade(socket, status, detail)
}
