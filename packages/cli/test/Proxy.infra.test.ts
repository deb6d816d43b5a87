import { assert, describe, it } from "@effect/vitest"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, request, type Server } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { WebSocket, WebSocketServer } from "ws"
import { notInstalled } from "../../../infra/test/missing.ts"
import { freePort } from "../../../infra/test/ports.ts"

const conf = fileURLToPath(new URL("../../../infra/proxy/nginx.conf", import.meta.url))
const PATH = `${process.env["PATH"]}:/usr/sbin`

const missing = (): boolean => {
  if (spawnSync("nginx", ["-v"], { env: { PATH } }).status === 0) return false
  notInstalled("nginx")
  return true
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)))

interface Answer {
  readonly status: number
  readonly body: string
}

const get = (port: number, path: string, headers: Record<string, string>): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers }, (response: IncomingMessage) => {
      let body = ""
      response.on("data", (data) => (body += String(data)))
      response.once("end", () => resolve({ status: response.statusCode!, body }))
    })
      .once("error", reject)
      .end()
  })

/** A service that tells what it was sent. */
const echo = (name: string) =>
  createServer((incoming, response) => {
    if (incoming.url === "/api/v1/live") {
      // One event, and the rest never comes.
      response.writeHead(200, { "content-type": "text/event-stream" })
      return response.write("data: first\n\n")
    }
    const { host, "x-forwarded-for": address, upgrade } = incoming.headers
    return response.end(JSON.stringify({ name, host, address, upgrade: upgrade ?? null, url: incoming.url }))
  })

describe.skipIf(missing())("infra/proxy", () => {
  it("keeps the host, says who asked, lets WebSockets and events through, and knows which service is meant", async () => {
    const directory = mkdtempSync(join(tmpdir(), "signalflow-proxy-"))
    chmodSync(directory, 0o777)
    const serve = echo("serve")
    const letters = echo("dead-letters")
    const sockets = new WebSocketServer({ server: serve, path: "/ws/signals/" })
    sockets.on("connection", (socket, { headers }) => socket.send(`${headers.host} ${headers.origin}`))
    const [servePort, lettersPort, port, own] = [await listening(serve), await listening(letters), await freePort(), await freePort()]
    const file = join(directory, "nginx.conf")
    writeFileSync(
      file,
      readFileSync(conf, "utf8")
        .replaceAll("/tmp/", `${directory}/`)
        .replace("listen 8080", `listen 127.0.0.1:${port}`)
        .replace("listen 127.0.0.1:8081", `listen 127.0.0.1:${own}`)
        .replace("http://serve:8080", `http://127.0.0.1:${servePort}`)
        .replace("http://dead-letters:8001", `http://127.0.0.1:${lettersPort}`),
    )
    const nginx: ChildProcess = spawn("nginx", ["-c", file, "-g", "daemon off;"], {
      env: { PATH },
      stdio: ["ignore", "inherit", "inherit"],
    })
    try {
      for (let waited = 0; waited < 10_000; waited += 50) {
        const up = await get(own, "/", {}).catch(() => null)
        if (up?.status === 204) break
        await sleep(50)
      }
      const sent = { host: "signals.example:8443", "x-forwarded-for": "6.6.6.6" }
      const page = await get(port, "/api/posts/?sort=new", sent)
      assert.deepStrictEqual(JSON.parse(page.body), {
        name: "serve",
        host: "signals.example:8443",
        address: "127.0.0.1",
        upgrade: null,
        url: "/api/posts/?sort=new",
      })
      for (const [path, name] of [
        ["/dlq", "dead-letters"],
        ["/dlq/replay/7", "dead-letters"],
        ["/dlqueue", "serve"],
      ] as const)
        assert.strictEqual((JSON.parse((await get(port, path, sent)).body) as { name: string }).name, name)

      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/signals/`, {
        headers: { host: "signals.example", origin: "https://signals.example" },
      })
      assert.strictEqual(
        await new Promise((got, fail) => socket.once("message", (data) => got(String(data))).once("error", fail)),
        "signals.example https://signals.example",
      )
      socket.close()

      const events = await fetch(`http://127.0.0.1:${port}/api/v1/live`)
      const reader = events.body!.getReader()
      assert.strictEqual(Buffer.from((await reader.read()).value!).toString(), "data: first\n\n")
      await reader.cancel()
    } finally {
      const gone = new Promise((done) => nginx.once("exit", done))
      if (nginx.exitCode === null) {
        nginx.kill("SIGTERM")
        await gone
      }
      sockets.close()
      for (const server of [serve, letters]) {
        server.closeAllConnections()
        server.close()
      }
      rmSync(directory, { recursive: true, force: true })
    }
  }, 60_000)
})
