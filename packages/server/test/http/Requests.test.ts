import { assert, describe, it } from "@effect/vitest"
import { Api } from "@signalflow/domain/api/Api"
import { Readiness } from "@signalflow/domain/Readiness"
import { Effect, Layer } from "effect"
import { OpenApi } from "effect/http-api"
import { SqlClient } from "effect/sql/SqlClient"
import { connect as openSocket } from "node:net"
import { World } from "../../src/system/World.ts"
import { ServerAddress } from "../../src/Server.ts"
import { ask, json, layer, signIn } from "../TestServer.ts"

/** Routes beside the contract. */
const HAND_MADE = ["/docs", "/openapi.json", "/api/v1/live"].map((path) => [path, { get: {} }] as const)

/** What comes back for `text`, until the server closes. */
const raw = (port: number, text: string) =>
  Effect.callback<string>((resume) => {
    let answer = ""
    const socket = openSocket(port, "127.0.0.1", () => socket.write(text))
    socket.on("data", (data) => (answer += String(data)))
    socket.on("error", () => undefined)
    socket.once("close", () => resume(Effect.succeed(answer)))
  })

const large = "a".repeat(5_000_000)

describe("requests", () => {
  it.live("another host name is misdirected, on every port and route", () =>
    Effect.gen(function* () {
      const { url, port, metricsPort } = yield* ServerAddress
      const metrics = `http://127.0.0.1:${metricsPort}/metrics`
      for (const host of [
        "evil.example",
        `evil.example:${port}`,
        "127.0.0.1",
        `127.0.0.1:${port + 1}`,
        `127.0.0.1.evil.example:${port}`,
        `localhost:${port}@evil`,
      ]) {
        for (const path of ["/", "/health", "/api/v1/signals", "/docs"]) {
          assert.strictEqual((yield* ask(url + path, { headers: { host } })).status, 421, `${host} ${path}`)
        }
        assert.strictEqual((yield* ask(metrics, { headers: { host } })).status, 421, host)
      }
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
        assert.strictEqual((yield* ask(`${url}/health/`, { headers: { host } })).status, 200, host)
      }
      const page = yield* ask(metrics)
      assert.strictEqual(page.status, 200)
      assert.include(page.body, "signalflow_serve_received_total")
      assert.strictEqual((yield* ask(`http://127.0.0.1:${metricsPort}/api/v1/signals`)).status, 404)
      assert.strictEqual((yield* ask(`${url}/metrics`)).status, 404)
    }).pipe(Effect.provide(layer())),
  )

  it.live("hosts that were allowed are, and no others", () =>
    Effect.gen(function* () {
      const { url, port } = yield* ServerAddress
      const status = (host: string) => Effect.map(ask(`${url}/health`, { headers: { host } }), (answer) => answer.status)
      assert.strictEqual(yield* status("flow.example.org"), 200)
      assert.strictEqual(yield* status(`flow.example.org:${port}`), 200)
      assert.strictEqual(yield* status("other.example.org:8443"), 200)
      assert.strictEqual(yield* status("other.example.org"), 421)
      assert.strictEqual(yield* status(`127.0.0.1:${port}`), 421)
    }).pipe(Effect.provide(layer({ ALLOWED_HOSTS: ["flow.example.org", "other.example.org:8443"] }))),
  )

  it.live("a body of 5 MB is refused with its size, announced or not, and the next request is answered", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      for (const headers of [
        { ...json, "content-length": String(large.length) },
        { ...json, "transfer-encoding": "chunked" },
        { ...json, "content-length": String(large.length), expect: "100-continue" },
      ]) {
        const answer = yield* ask(`${url}/api/token/link`, { method: "POST", headers, body: large })
        assert.strictEqual(answer.status, 413, JSON.stringify(headers))
        assert.match(answer.json.detail, /65536|64 KiB/)
      }
      assert.strictEqual((yield* ask(`${url}/health`)).status, 200)
    }).pipe(Effect.provide(layer())),
  )

  it.live("what cannot be used is 400 with the path to the bad field", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      const bad = [
        ["page_size=0", "page_size"],
        ["page_size=201", "page_size"],
        ["page_size=ten", "page_size"],
        ["sort=best", "sort"],
        ["since=yesterday", "since"],
        ["since=9999-99-99T00:00:00Z", "since"],
        ["cursor=tampered", "cursor"],
        ["platform=", "platform"],
        [`topic=${"t".repeat(201)}`, "topic"],
        ["author=a%00b", "author"],
        ["kind=essay", "kind"],
      ] as const
      for (const [query, field] of bad) {
        const answer = yield* ask(`${url}/api/v1/signals/?${query}`, { headers: bearer })
        assert.strictEqual(answer.status, 400, query)
        assert.match(String(answer.headers["content-type"]), /problem\+json/)
        assert.deepStrictEqual(answer.json.errors[0].path, ["query", field], answer.body)
        assert.include(answer.json.detail, `query.${field}`)
      }
      for (const body of ["", "{", '{"code":1}', '{"code":"' + "c".repeat(300) + '"}', "[]", "null"]) {
        const answer = yield* ask(`${url}/api/token/link`, { method: "POST", headers: json, body })
        assert.strictEqual(answer.status, 400, body)
        assert.strictEqual(answer.json.errors[0].path[0], "payload")
      }
      const odd = yield* ask(`${url}/api/v1/signals/?author=%EF%BF%BD&topic=%F0%9F%92%A5`, { headers: bearer })
      assert.strictEqual(odd.status, 200, odd.body)
    }).pipe(Effect.provide(layer())),
  )

  it.live("what does not exist is 404 as a problem; a long URL, a long header and a strange target are refused", () =>
    Effect.gen(function* () {
      const { url, port } = yield* ServerAddress
      for (const path of ["/api", "/api/", "/api/v1/nothing", "/api/v1/signals/1/2", "/API/V2", "//api/v1/x"]) {
        const answer = yield* ask(url + path)
        assert.strictEqual(answer.status, 404, path)
        assert.match(String(answer.headers["content-type"]), /problem\+json/)
      }
      assert.strictEqual((yield* ask(`${url}/${"x".repeat(9_000)}`)).status, 414)
      assert.strictEqual((yield* ask(url, { headers: { x: "x".repeat(20_000) } })).status, 431)
      const raw = yield* Effect.callback<string>((resume) => {
        const socket = openSocket(port, "127.0.0.1", () =>
          socket.write(`GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`),
        )
        socket.once("data", (data) => {
          socket.destroy()
          resume(Effect.succeed(String(data)))
        })
      })
      assert.match(raw, /^HTTP\/1.1 400 /)
    }).pipe(Effect.provide(layer())),
  )

  it.live("another method than a route has is 405 and says which it has", () =>
    Effect.gen(function* () {
      const { url, metricsPort } = yield* ServerAddress
      for (const [path, methods] of [...Object.entries(OpenApi.fromApi(Api).paths), ...HAND_MADE]) {
        const has = Object.keys(methods).map((method) => method.toUpperCase())
        const allow = has.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]))
        const others = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((method) => !allow.includes(method))
        for (const method of others) {
          for (const end of ["", "/", "?x=1"]) {
            const answer = yield* ask(url + path + end, { method, headers: json, ...(method === "HEAD" ? {} : { body: "{}" }) })
            assert.deepStrictEqual([answer.status, answer.headers["allow"]], [405, allow.join(", ")], `${method} ${path}${end}`)
            if (method !== "HEAD") assert.strictEqual(answer.json.status, 405)
          }
        }
        if (allow.includes("HEAD") && path !== "/ws/signals") {
          const head = yield* ask(url + path, { method: "HEAD" })
          assert.notInclude([404, 405, 500], head.status, path)
          assert.strictEqual(head.body, "")
        }
      }
      const posted = yield* ask(`http://127.0.0.1:${metricsPort}/metrics`, { method: "POST" })
      assert.deepStrictEqual([posted.status, posted.headers["allow"]], [405, "GET, HEAD"])
    }).pipe(Effect.provide(layer())),
  )

  it.live("two Host headers, and what is no HTTP, are refused as problems", () =>
    Effect.gen(function* () {
      const { port, metricsPort } = yield* ServerAddress
      const host = (at: number) => `Host: 127.0.0.1:${at}\r\n`
      const answers = (at: number) =>
        [
          [`GET /health HTTP/1.1\r\n${host(at)}Host: evil.example\r\n\r\n`, 400],
          [`GET /health HTTP/1.1\r\n${host(at)}hOST: 127.0.0.1:${at}\r\n\r\n`, 400],
          [`GET /health HTTP/9\r\n\r\n`, 400],
          [`GET /health HTTP/1.1\r\n${host(at)}A B: c\r\n\r\n`, 400],
          [`GET /ws/signals HTTP/1.1\r\n${host(at)}Host: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`, 400],
          [`GET /health HTTP/1.1\r\n${host(at)}x: ${"x".repeat(30_000)}\r\n\r\n`, 431],
        ] as const
      for (const at of [port, metricsPort]) {
        for (const [text, status] of answers(at)) {
          const answer = yield* raw(at, text)
          assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), text.slice(0, 80))
          assert.include(answer, "x-content-type-options: nosniff", text.slice(0, 80))
        }
      }
    }).pipe(Effect.provide(layer())),
  )

  it.live("/docs and /openapi.json are made once, kept by browsers and limited by address", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      for (const path of ["/docs", "/openapi.json"]) {
        const plain = yield* ask(url + path)
        assert.match(String(plain.headers["cache-control"]), /^public, max-age=\d+$/, path)
        const etags = new Set<unknown>()
        for (const encoding of ["gzip", "br", "identity", "gzip;q=0, br;q=0.0"]) {
          const full = yield* ask(url + path, { headers: { "accept-encoding": encoding } })
          const expected = encoding === "gzip" || encoding === "br" ? encoding : undefined
          assert.deepStrictEqual([full.status, full.headers["content-encoding"]], [200, expected], path)
          etags.add(full.headers["etag"])
          const headers = { "accept-encoding": encoding, "if-none-match": `"x", W/${String(full.headers["etag"])}` }
          const again = yield* ask(url + path, { headers })
          assert.deepStrictEqual([again.status, again.body], [304, ""], path)
        }
        assert.strictEqual(etags.size, 3)
      }
      let answer = yield* ask(`${url}/openapi.json`)
      for (let i = 0; i < 120 && answer.status === 200; i++) answer = yield* ask(`${url}/openapi.json`)
      assert.strictEqual(answer.status, 429)
      assert.strictEqual(String(answer.json.retryAfter), answer.headers["retry-after"])
      assert.strictEqual((yield* ask(`${url}/docs`)).status, 429)
      assert.strictEqual((yield* ask(`${url}/health`)).status, 200)
    }).pipe(Effect.provide(layer())),
  )

  it.live("many that ask for /docs and never read it cost one copy of it, and nobody waits for them", () =>
    Effect.gen(function* () {
      const { url, port } = yield* ServerAddress
      const size = (yield* ask(`${url}/docs`)).body.length
      const before = process.memoryUsage().arrayBuffers
      const asking = `GET /docs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`.repeat(3)
      yield* Effect.acquireRelease(
        Effect.forEach(Array.from({ length: 100 }), () =>
          Effect.callback<ReturnType<typeof openSocket>>((resume) => {
            const socket = openSocket(port, "127.0.0.1", () => socket.write(asking, () => resume(Effect.succeed(socket))))
            socket.on("error", () => undefined)
          }),
        ),
        (sockets) => Effect.sync(() => sockets.forEach((socket) => socket.destroy())),
      )
      // Until the server has taken all of them in: by then the address has no request left.
      yield* Effect.repeat(
        Effect.map(ask(`${url}/docs`), ({ status }) => status),
        { until: (status) => status === 429 },
      )
      assert.strictEqual((yield* ask(`${url}/health`)).status, 200)
      assert.isAbove(size, 3_000_000)
      assert.isBelow(process.memoryUsage().arrayBuffers - before, 10 * size)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )

  it.live("a client that leaves while /docs is made does not take it from the next", () =>
    Effect.gen(function* () {
      const { url, port } = yield* ServerAddress
      yield* Effect.callback<void>((resume) => {
        const socket = openSocket(port, "127.0.0.1", () =>
          socket.write(`GET /docs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`, () => socket.destroy()),
        )
        socket.once("close", () => resume(Effect.void))
      })
      assert.strictEqual((yield* ask(`${url}/docs`)).status, 200)
    }).pipe(Effect.provide(layer())),
  )

  it.live("every answer carries the headers that protect a browser", () =>
    Effect.gen(function* () {
      const { url, port } = yield* ServerAddress
      for (const path of ["/", "/health", "/api/v1/signals", "/nothing", "/openapi.json", "/docs"]) {
        const { headers } = yield* ask(url + path)
        assert.strictEqual(headers["x-content-type-options"], "nosniff", path)
        assert.strictEqual(headers["referrer-policy"], "no-referrer", path)
        assert.isUndefined(headers["access-control-allow-origin"], path)
        const policy = String(headers["content-security-policy"])
        assert.include(policy, "frame-ancestors 'none'", path)
        assert.notMatch(policy, /script-src[^;]*unsafe/, path)
        if (path !== "/docs") assert.include(policy, `ws://127.0.0.1:${port}`, path)
      }
    }).pipe(Effect.provide(layer())),
  )

  it.live("/docs is complete in itself and /openapi.json tells the routes", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      const docs = yield* ask(`${url}/docs/`)
      assert.strictEqual(docs.status, 200)
      assert.notMatch(docs.body.replace(/<script>[\s\S]*?<\/script>/g, ""), /(src|href)=/)
      assert.match(String(docs.headers["content-security-policy"]), /script-src 'sha256-[^']+' 'sha256-[^']+';/)
      const { json: spec } = yield* ask(`${url}/openapi.json`)
      assert.containsAllKeys(spec.paths, ["/api/v1/signals", "/api/v1/trending", "/api/v1/sources", "/api/token/link"])
    }).pipe(Effect.provide(layer())),
  )

  it.live("/ready names what is wrong; /health does not ask", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      const readiness = yield* Readiness
      const ready = ask(`${url}/ready/`)
      const names = (answer: { json: { dependencies: ReadonlyArray<{ name: string; state: string }> } }) =>
        Object.fromEntries(answer.json.dependencies.map(({ name, state }) => [name, state]))
      const fine = yield* ready
      assert.deepStrictEqual([fine.status, fine.json.status], [200, "ready"])
      assert.deepStrictEqual(names(fine), { database: "ok", "live feed": "ok" })
      yield* readiness.report("bluesky", "degraded", "silent for 2 min")
      const worse = yield* ready
      assert.deepStrictEqual([worse.status, worse.json.status], [200, "degraded"])
      yield* readiness.report("bus", "down", "cannot write")
      const bad = yield* ready
      assert.deepStrictEqual([bad.status, bad.json.status], [503, "unready"])
      assert.deepInclude(names(bad), { bus: "down", bluesky: "degraded" })
      const health = yield* ask(`${url}/api/health`)
      assert.deepStrictEqual([health.status, health.json.status], [200, "ok"])
    }).pipe(Effect.provide(layer())),
  )

  it.live("/health says whether the world is a simulated one", () =>
    Effect.gen(function* () {
      const world = Effect.gen(function* () {
        const { url } = yield* ServerAddress
        const answers = yield* Effect.forEach(["/health", "/api/health"], (path) => ask(url + path))
        return answers.map(({ json }) => json.world)
      })
      assert.deepStrictEqual(yield* world.pipe(Effect.provide(layer())), ["real", "real"])
      const simulated = world.pipe(Effect.provide(layer()), Effect.provideService(World, "simulated"))
      assert.deepStrictEqual(yield* simulated, ["simulated", "simulated"])
    }),
  )
})

describe("a port in use", () => {
  it.live("is said in one line, with the setting to change", () =>
    Effect.gen(function* () {
      const { port, metricsPort } = yield* ServerAddress
      const start = (settings: Parameters<typeof layer>[0]) => Effect.flip(Layer.build(Layer.fresh(layer(settings))))
      const web = yield* start({ PORT: port })
      assert.strictEqual((web as Error).message, `PORT ${port} on 127.0.0.1 is in use by another program: stop it or set PORT`)
      const metrics = yield* start({ METRICS_PORT: metricsPort })
      assert.strictEqual(
        (metrics as Error).message,
        `METRICS_PORT ${metricsPort} on 127.0.0.1 is in use by another program: stop it or set METRICS_PORT`,
      )
      const sql = yield* SqlClient
      assert.deepStrictEqual(yield* sql`SELECT name, role FROM users`, [{ name: "admin", role: "admin" }])
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )
})
