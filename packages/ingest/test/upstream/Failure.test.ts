import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { whyFailed } from "../../src/upstream/Failure.ts"
import { getJson } from "../../src/upstream/Upstream.ts"

const coded = (code: string) => Object.assign(new Error(`raw ${code}`), { code })

describe("why a connection failed", () => {
  it("is said in plain words, however deep the cause lies", () => {
    for (const [code, words] of [
      ["ECONNREFUSED", /refuses connections/],
      ["ENOTFOUND", /name is unknown/],
      ["EAI_AGAIN", /DNS does not answer/],
      ["UND_ERR_CONNECT_TIMEOUT", /timed out/],
      ["ECONNRESET", /closed the connection/],
      ["CERT_HAS_EXPIRED", /certificate has expired/],
      ["DEPTH_ZERO_SELF_SIGNED_CERT", /self-signed/],
      ["ERR_TLS_CERT_ALTNAME_INVALID", /another name/],
      ["CERT_UNTRUSTED", /not trusted/],
      ["HPE_INVALID_CONSTANT", /not HTTP/],
      ["ERR_SSL_WRONG_VERSION_NUMBER", /does not speak TLS/],
    ] as const) {
      const aggregate = Object.assign(new Error(""), { errors: [coded(code)] })
      for (const error of [
        coded(code),
        new TypeError("fetch failed", { cause: coded(code) }),
        { reason: { message: "Transport error (GET http://x)", cause: new TypeError("fetch failed", { cause: aggregate }) } },
      ]) {
        assert.match(whyFailed(error), words)
        assert.include(whyFailed(error), `[${code}]`)
      }
    }
  })

  it("is the innermost message where there is no known code, in one bounded line", () => {
    assert.strictEqual(whyFailed(new Error("outer", { cause: new Error("inner\nline") })), "inner line")
    assert.isAtMost(whyFailed(new Error("x".repeat(1_000))).length, 200)
    assert.strictEqual(whyFailed("odd"), "odd")
    const loop = new Error("loop")
    loop.cause = loop
    assert.strictEqual(whyFailed(loop), "loop")
  })

  it.live("stands in the message of a request", () =>
    Effect.gen(function* () {
      const server = createServer()
      const port = yield* Effect.callback<number>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
      })
      yield* Effect.promise(() => new Promise((closed) => server.close(closed)))
      const client = yield* HttpClient.HttpClient
      const error = yield* Effect.flip(getJson(client, `http://127.0.0.1:${port}/x`))
      assert.match(error.message, /^http:\/\/127\.0\.0\.1:\d+\/x cannot be reached: it refuses connections .*\[ECONNREFUSED\]$/)
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )
})
