import { assert, describe, it } from "@effect/vitest"
import { proxyEnvironment, proxyFault, shownProxy } from "@signalflow/platform/Proxy"
import { Effect, Stream } from "effect"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { FrameSocket } from "../src/upstream/FrameSocket.ts"
import { download } from "../src/sources/feed/Client.ts"
import { isPublicAddress } from "../src/sources/feed/PublicAddress.ts"

const known = { etag: null, lastModified: null }

/** A proxy on loopback that answers itself, named by the environment for as long as the scope lasts. */
const proxied = (noProxy = "") =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const asked: Array<string> = []
      const server: Server = createServer((request, response) => {
        asked.push(`${request.method} ${request.url}`)
        response.end("<rss/>")
      })
      server.on("connect", (request, socket) => {
        asked.push(`CONNECT ${request.url}`)
        socket.end("HTTP/1.1 502 no\r\n\r\n")
      })
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
      const before = { ...process.env }
      const address = `http://user:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}`
      Object.assign(process.env, { HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: noProxy })
      return { asked, server, before }
    }),
    ({ server, before }) =>
      Effect.sync(() => {
        for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"])
          if (before[name] === undefined) delete process.env[name]
          else process.env[name] = before[name]
        server.closeAllConnections()
        server.close()
      }),
  )

describe("a proxy of the environment", () => {
  it("is named in either case, and local addresses are never asked through it", () => {
    assert.isNull(proxyEnvironment({ NO_PROXY: "x" }))
    assert.deepInclude(proxyEnvironment({ HTTPS_PROXY: "http://p:1", no_proxy: "a.example, .b.example" }), {
      https_proxy: "http://p:1",
      no_proxy: "a.example,.b.example,localhost,127.0.0.1,::1,[::1]",
    })
    assert.deepInclude(proxyEnvironment({ http_proxy: "http://p:1" }), { http_proxy: "http://p:1" })
    assert.match(proxyFault({ https_proxy: "socks5://user:hunter2@p" })!, /^HTTPS_PROXY must be a URL like/)
    assert.strictEqual(shownProxy("http://user:hunter2@p.example:3128"), "http://p.example:3128")
  })

  it.live("is asked for feeds, and private addresses and names are refused all the same", () =>
    Effect.gen(function* () {
      const { asked } = yield* proxied()
      const found = yield* download(new URL("http://feeds.example.org/a"), known, isPublicAddress)
      assert.strictEqual(found?.text, "<rss/>")
      assert.deepStrictEqual(asked, ["GET http://feeds.example.org/a"])
      const secure = yield* Effect.flip(download(new URL("https://feeds.example.org/a"), known, isPublicAddress))
      assert.notInclude(secure.message, "hunter2")
      assert.strictEqual(asked.at(-1), "CONNECT feeds.example.org:443")
      for (const url of ["http://10.0.0.1/a", "http://[::1]/a", "http://localhost/a", "http://nas.local/a", "http://intranet/a"])
        assert.match((yield* Effect.flip(download(new URL(url), known, isPublicAddress))).message, /private, loopback and reserved/)
      assert.strictEqual(asked.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("is not asked for what NO_PROXY names", () =>
    Effect.gen(function* () {
      const { asked } = yield* proxied("example.invalid")
      yield* Effect.exit(download(new URL("http://example.invalid/a"), known, isPublicAddress))
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.scoped),
  )

  it.live("is asked for the stream of Bluesky", () =>
    Effect.gen(function* () {
      const { asked } = yield* proxied()
      const socket = yield* FrameSocket
      const options = {
        url: "wss://stream.example.org/subscribe",
        protocols: [],
        maxFrameBytes: 1_000,
        maxWaiting: 10,
        lingerMs: 0,
        connectTimeoutMs: 5_000,
      }
      const error = yield* Effect.flip(Stream.runDrain(socket.frames(options)))
      assert.notInclude(error.message, "hunter2")
      assert.deepStrictEqual(asked, ["CONNECT stream.example.org:443"])
    }).pipe(Effect.scoped, Effect.provide(FrameSocket.layer)),
  )
})
