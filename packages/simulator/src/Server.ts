import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import type { Control } from "./Control.ts"
import type { Faults } from "./faults/Faults.ts"
import { json, type Protocol, type Reply } from "./Protocol.ts"
import type { tamperer } from "./faults/Tamper.ts"

const LARGEST_BODY = 16 * 1024 * 1024

const mediaType = (type: Reply["type"]) => (type === "application/octet-stream" ? type : `${type}; charset=utf-8`)

const answer = (response: ServerResponse, { status, body, type, headers = {} }: Reply) => {
  if (status === 304) return response.writeHead(status, headers).end()
  response.writeHead(status, { ...headers, "content-type": mediaType(type), "content-length": Buffer.byteLength(body) })
  response.end(body)
}

const TOO_MANY = { message: "Too Many Requests", error: 429 }

const injured = (injury: "error" | "truncate" | "close" | "hang" | "rateLimit", response: ServerResponse, reply: Reply, faults: Faults) => {
  if (injury === "hang") {
    faults.withheld++
    response.on("close", () => faults.withheld--)
    return
  }
  if (injury === "close") return response.destroy()
  if (injury === "rateLimit") return answer(response, json(TOO_MANY, 429, { "retry-after": String(faults.plan.rateLimitS) }))
  const nth = faults.done[injury] ?? 0
  if (injury === "error") return answer(response, { status: [500, 502, 503][nth % 3]!, body: "upstream failed\n", type: "text/plain" })
  response.writeHead(reply.status, { ...reply.headers, "content-type": mediaType(reply.type) })
  response.end(reply.body.slice(0, Math.floor(reply.body.length / 2)))
}

const bodyOf = async (request: IncomingMessage): Promise<string | null> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_BODY) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

const notFound: Reply = { status: 404, body: JSON.stringify({ error: "not found" }), type: "application/json" }

/** The HTTP server of all protocols, with the faults in between. */
export const serve = (
  protocols: ReadonlyArray<Protocol>,
  control: Control,
  injuries: Faults,
  spoil: ReturnType<typeof tamperer>,
  sleep: (ms: number) => Promise<void>,
  requests: Record<string, number>,
): Server => {
  /** Waits, unless whoever asked does not. */
  const late = async (response: ServerResponse, ms: number) => {
    injuries.withheld++
    await Promise.race([sleep(ms), new Promise((gone) => response.once("close", gone))])
    injuries.withheld--
  }
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://simulator")
    const { method = "GET", headers } = request
    if (method !== "GET" && method !== "HEAD" && method !== "POST") return answer(response, { ...notFound, status: 405 })
    const body = method === "POST" ? await bodyOf(request) : ""
    if (body === null) return answer(response, json({ error: "body too large" }, 413))
    const own = method === "POST" ? await control.post(url, body) : control.get(url)
    if (own !== null) return answer(response, own)
    for (const protocol of protocols) {
      const reply = protocol.http(url, { method, headers, body })
      if (reply === null) continue
      requests[protocol.name] = (requests[protocol.name] ?? 0) + 1
      if (reply.status === 400) injuries.count("refused")
      const { only, delayMs, clockSkewMs } = injuries.plan
      if (only !== null && only !== protocol.name) return answer(response, reply)
      if (clockSkewMs !== 0) response.setHeader("date", new Date(Date.now() + clockSkewMs).toUTCString())
      if (delayMs > 0) await late(response, delayMs)
      const injury = injuries.next()
      if (injury === "none") return answer(response, reply)
      if (injury === "schema" || injury === "malform" || injury === "duplicate" || injury === "reorder")
        return answer(response, spoil(injury, `${protocol.name}${url.pathname}`, reply))
      return injured(injury, response, reply, injuries)
    }
    return answer(response, notFound)
  }
  const server = createServer((request, response) => {
    handle(request, response).catch((cause: unknown) => {
      if (response.headersSent) response.destroy()
      else answer(response, { status: 500, body: JSON.stringify({ error: String(cause) }), type: "application/json" })
    })
  })
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy())
    const url = new URL(request.url ?? "/", "http://simulator")
    if (protocols.some((protocol) => protocol.upgrade?.(url, request, socket, head))) return
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
  })
  server.keepAliveTimeout = 60_000
  return server
}
