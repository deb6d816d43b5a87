import { createReadStream, existsSync, statSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join } from "node:path"
import { WebSocketServer } from "ws"
import { aloneOn, dice, iso, signalsAt, sourcesAt, trendsAt } from "./Data.ts"

export type Scenario = "usual" | "empty" | "cold" | "degraded" | "error" | "slow"

export interface Mock {
  readonly url: string
  scenario: Scenario
  /** Whether the cookie of an earlier visit signs in. */
  signedIn: boolean
  /** Hangs up on everybody and refuses new sockets. */
  cut(): void
  close(): Promise<void>
}

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
}

const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' ws:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

const CODE = "demo-code-1234567890"

/** The API on loopback with made-up data, and the built page: for looking at the dashboard without a database. `perSecond` = live posts. */
export const startMock = async (dist: string, port = 0, perSecond = 1.3): Promise<Mock> => {
  const state = { scenario: "usual" as Scenario, signedIn: false, gone: false }
  const posts = signalsAt(Date.now(), 400)
  const json = (response: ServerResponse, value: unknown, status = 200) => {
    response.writeHead(status, { "content-type": "application/json" })
    response.end(JSON.stringify(value))
  }
  const problem = (response: ServerResponse, status: number, title: string, detail: string) => {
    response.writeHead(status, { "content-type": "application/problem+json" })
    response.end(JSON.stringify({ type: "about:blank", title, status, detail }))
  }
  const token = { access: "mock-access-token", expiresIn: 3_600, user: "me", role: "admin" }
  const unauthorized = (response: ServerResponse) => problem(response, 401, "Unauthorized", "There is no session")

  const listSignals = (query: URLSearchParams) => {
    const from = Number(query.get("cursor") ?? 0)
    const size = Number(query.get("page_size") ?? 50)
    const wanted = posts.filter(
      (post) =>
        (!query.has("platform") || post.platform === query.get("platform")) &&
        (!query.has("kind") || post.kind === query.get("kind")) &&
        (!query.has("sentiment") || post.sentiment?.label === query.get("sentiment")) &&
        (!query.has("topic") || post.topics.includes(query.get("topic") ?? "")),
    )
    const ordered = query.get("sort") === "hot" ? wanted.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0)) : wanted
    return { results: ordered.slice(from, from + size), next: from + size < ordered.length ? String(from + size) : null }
  }

  const answer = (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const { scenario } = state
    const path = url.pathname.replace(/\/$/, "")
    if (path === "/api/token/refresh") return state.signedIn ? json(response, token) : unauthorized(response)
    if (path === "/api/token/revoke") {
      state.signedIn = false
      response.writeHead(204).end()
      return
    }
    if (path === "/api/token/link") {
      let body = ""
      request.on("data", (part) => (body += part))
      request.on("end", () => {
        state.signedIn = body.includes(CODE)
        if (state.signedIn) json(response, token)
        else unauthorized(response)
      })
      return
    }
    if (request.headers.authorization !== `Bearer ${token.access}`) return unauthorized(response)
    if (scenario === "slow") return
    if (scenario === "error")
      return problem(response, 503, "Service Unavailable", "The database is starting: it accepts connections in a moment.")
    const now = Date.now()
    if (path === "/api/health") return json(response, { status: "ok", version: "0.1.0", uptimeSeconds: 60, world: "simulated" })
    if (path === "/api/v1/trending") {
      const page = trendsAt(now, scenario === "cold")
      const platform = url.searchParams.get("platform")
      const results = platform === null ? page.results : page.results.flatMap((topic) => aloneOn(platform, topic))
      return json(response, { ...page, results: scenario === "empty" ? [] : results })
    }
    if (path === "/api/v1/sources") {
      return json(response, { results: sourcesAt(now, scenario === "degraded" ? "degraded" : scenario === "cold" ? "loading" : "live") })
    }
    if (path === "/api/v1/signals")
      return json(response, scenario === "empty" ? { results: [], next: null } : listSignals(url.searchParams))
    json(response, { _tag: "NotFound", message: "There is no such route" }, 404)
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://mock")
    if (state.gone) return void request.socket.destroy()
    if (url.pathname.startsWith("/api/")) return void answer(request, response, url)
    const wanted = join(dist, url.pathname)
    const file = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, "index.html")
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream", "content-security-policy": policy })
    createReadStream(file).pipe(response)
  })

  const sockets = new WebSocketServer({ server, path: "/ws/signals/", verifyClient: () => !state.gone })
  const timers = new Set<ReturnType<typeof setInterval>>()
  sockets.on("connection", (socket, upgrade) => {
    let offset = 100
    if (upgrade.headers["sec-websocket-protocol"]?.split(/,\s*/)[1] !== token.access)
      return socket.close(4401, "the access token is not valid")
    socket.send(JSON.stringify({ type: "hello", epoch: "mock", offset }))
    const random = dice(11)
    socket.on("message", (data) => {
      const request = JSON.parse(String(data)) as { type: string; token?: string }
      if (request.type === "auth") {
        if (request.token !== token.access) socket.close(4401, "the access token is not valid")
        return
      }
      if (state.scenario === "empty") return
      const timer = setInterval(() => {
        if (random() > 0.75) return
        offset += 1
        const now = Date.now()
        const signal = {
          ...signalsAt(now, 1, 1_000 + offset)[0],
          id: `bluesky:live${offset}`,
          publishedAt: iso(now - 900),
          observedAt: iso(now),
        }
        socket.send(JSON.stringify({ type: "signal", epoch: "mock", offset, signal }))
      }, 750 / perSecond)
      timers.add(timer)
      socket.on("close", () => clearInterval(timer))
    })
  })

  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      state.gone = true
      for (const client of sockets.clients) client.terminate()
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

export const signInLink = (mock: Mock): string => `${mock.url}/#code=${CODE}`
