import { assert, describe, it } from "@effect/vitest"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect } from "effect"
import { request as openRequest } from "node:http"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { insertSignals } from "../queries/SignalRows.ts"
import { ask, layer, signIn } from "../TestServer.ts"

/** The bytes as they come, and the headers. */
const bytes = (url: string, headers: Record<string, string>, method = "GET") =>
  Effect.callback<{ readonly status: number; readonly headers: Record<string, unknown>; readonly body: Buffer }>((resume) => {
    openRequest(url, { headers, method, agent: false }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resume(Effect.succeed({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) })),
      )
    }).end()
  })

describe("JSON responses", () => {
  it.live("carry an ETag; who names it gets 304 without a body, and the same headers", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      const first = yield* ask(`${url}/api/v1/signals`, { headers: bearer })
      assert.strictEqual(first.status, 200)
      assert.match(String(first.headers["etag"]), /^"[\w-]{22}"$/)
      assert.strictEqual(first.headers["cache-control"], "private, no-cache")
      assert.strictEqual(first.headers["vary"], "accept-encoding, authorization")
      for (const given of [first.headers["etag"], `W/${String(first.headers["etag"])}`, `"x", ${String(first.headers["etag"])}`, "*"]) {
        const again = yield* ask(`${url}/api/v1/signals`, { headers: { ...bearer, "if-none-match": String(given) } })
        assert.deepStrictEqual([again.status, again.body], [304, ""], String(given))
        assert.strictEqual(again.headers["etag"], first.headers["etag"])
        assert.isString(again.headers["x-ratelimit-remaining"])
      }
      const other = yield* ask(`${url}/api/v1/signals`, { headers: { ...bearer, "if-none-match": '"other"' } })
      assert.strictEqual(other.status, 200)
    }).pipe(Effect.provide(layer())),
  )

  it.live("are compressed as the client takes them, and not when they are small", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      yield* insertSignals(Array.from({ length: 60 }, (_, n) => ({ id: `bluesky:${n}`, at: Date.UTC(2026, 10, 22) + n })))
      const page = `${url}/api/v1/signals`
      const plain = yield* bytes(page, bearer)
      assert.isAbove(plain.body.length, 10_000)
      assert.isUndefined(plain.headers["content-encoding"])
      const tags = new Set([plain.headers["etag"]])
      for (const [accepts, encoding, open] of [
        ["gzip, deflate, br", "br", brotliDecompressSync],
        ["gzip", "gzip", gunzipSync],
        ["gzip;q=1, br;q=0", "gzip", gunzipSync],
      ] as const) {
        const packed = yield* bytes(page, { ...bearer, "accept-encoding": accepts })
        assert.strictEqual(packed.headers["content-encoding"], encoding, accepts)
        assert.isBelow(packed.body.length, plain.body.length / 4)
        assert.strictEqual(Number(packed.headers["content-length"]), packed.body.length)
        assert.deepStrictEqual(open(packed.body), plain.body)
        tags.add(packed.headers["etag"])
        const again = yield* bytes(page, { ...bearer, "accept-encoding": accepts, "if-none-match": String(packed.headers["etag"]) })
        assert.deepStrictEqual([again.status, again.body.length], [304, 0])
        const head = yield* bytes(page, { ...bearer, "accept-encoding": accepts }, "HEAD")
        assert.deepStrictEqual([head.status, head.body.length, head.headers["etag"]], [200, 0, packed.headers["etag"]])
      }
      // Each encoding has its own: an answer out of a cache is never taken for another encoding.
      assert.strictEqual(tags.size, 3)
      const small = yield* bytes(`${url}/api/v1/sources`, { ...bearer, "accept-encoding": "gzip, br" })
      assert.isUndefined(small.headers["content-encoding"])
      yield* insertSignals([{ id: "bluesky:later", at: Date.UTC(2026, 10, 23) }])
      const changed = yield* bytes(page, { ...bearer, "if-none-match": String(plain.headers["etag"]) })
      assert.strictEqual(changed.status, 200)
      assert.notStrictEqual(changed.headers["etag"], plain.headers["etag"])
    }).pipe(Effect.provide(layer())),
  )

  it.live("with tokens or of the process's state are not kept", () =>
    Effect.gen(function* () {
      const { url, answer } = yield* signIn
      assert.strictEqual(answer.headers["cache-control"], "no-store")
      assert.isUndefined(answer.headers["etag"])
      for (const path of ["/health", "/ready"]) {
        const { headers } = yield* ask(`${url}${path}`)
        assert.strictEqual(headers["cache-control"], "no-store", path)
        assert.isUndefined(headers["etag"], path)
      }
      const refused = yield* ask(`${url}/api/v1/signals`)
      assert.strictEqual(refused.status, 401)
      assert.strictEqual(refused.headers["cache-control"], "no-store")
    }).pipe(Effect.provide(layer())),
  )

  it.live("are counted by route and status; an id is no route of its own", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      yield* ask(`${url}/api/v1/signals?page_size=1`, { headers: bearer })
      yield* ask(`${url}/api/v1/signals/`, { headers: bearer })
      yield* ask(`${url}/api/v1/signals`)
      for (let n = 0; n < 5; n++) yield* ask(`${url}/api/${n}`)
      yield* ask(`${url}/`)
      const page = yield* (yield* Metrics).render
      const count = (route: string, status: number) =>
        Number(new RegExp(`^signalflow_http_request_seconds_count\\{route="${route}",status="${status}"\\} (\\d+)$`, "m").exec(page)?.[1])
      assert.deepStrictEqual(
        [count("/api/v1/signals", 200), count("/api/v1/signals", 401), count("none", 404), count("dashboard", 200)],
        [2, 1, 5, 1],
      )
      assert.match(page, /^signalflow_build_info\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/m)
    }).pipe(Effect.provide(layer())),
  )
})
