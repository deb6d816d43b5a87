import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { TestClock } from "effect/testing"
import { getJson } from "../../src/upstream/Upstream.ts"
import { json, scripted, settle } from "../Harness.ts"

const errorOf = (answer: Parameters<typeof scripted>[0], maxBytes?: number) =>
  Effect.flip(getJson(scripted(answer).client, "http://upstream/x", maxBytes === undefined ? {} : { maxBytes }))

describe("a request to an upstream", () => {
  it.effect("gives the JSON it got", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* getJson(scripted(() => json({ a: [1, null] })).client, "http://upstream/x"), { a: [1, null] })
    }),
  )

  it.effect("refuses a 5 MB body, announced or not, and says so", () =>
    Effect.gen(function* () {
      const big = JSON.stringify("x".repeat(5_000_000))
      const announced = yield* errorOf(() => new Response(big, { headers: { "content-length": String(big.length) } }))
      const chunked = yield* errorOf(() => new Response(big))
      for (const error of [announced, chunked]) {
        assert.strictEqual(error.reason, "too-large")
        assert.strictEqual(error.message, "http://upstream/x sent more than 2000000 bytes: refused")
      }
    }),
  )

  it.effect("calls a truncated body malformed", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* errorOf(() => new Response('{"a": [1, 2')), { reason: "malformed" })
    }),
  )

  it.effect("is told when to ask again by a number of seconds or a date, whatever the status", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 10, 22))
      const asked = (status: number, value: string) =>
        Effect.map(
          errorOf(() => new Response("", { status, headers: { "retry-after": value } })),
          ({ retryAfterMs }) => retryAfterMs,
        )
      for (const status of [403, 429, 503]) {
        assert.strictEqual(yield* asked(status, "90"), 90_000)
        assert.strictEqual(yield* asked(status, "Sun, 22 Nov 2026 00:02:00 GMT"), 120_000)
        assert.strictEqual(yield* asked(status, "99999999"), 86_400_000)
        assert.isUndefined(yield* asked(status, "soon"))
      }
    }),
  )

  it.effect("tells a refusal from a failure, and keeps what the upstream asked for", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* errorOf(() => new Response("", { status: 429, headers: { "retry-after": "7" } })), {
        reason: "rate-limited",
        retryAfterMs: 7_000,
      })
      assert.deepInclude(yield* errorOf(() => new Response("", { status: 503 })), { reason: "unavailable" })
      assert.deepInclude(yield* errorOf(() => new Response("", { status: 403 })), { reason: "rejected" })
      assert.deepInclude(yield* errorOf(() => new Error("ECONNREFUSED")), { reason: "unavailable" })
    }),
  )

  it.effect("gives up on an answer that does not come", () =>
    Effect.gen(function* () {
      const client = HttpClient.make(() => Effect.never)
      const fiber = yield* Effect.forkChild(Effect.flip(getJson(client, "http://upstream/x", { timeoutMs: 5_000 })))
      yield* settle
      yield* TestClock.adjust("5 seconds")
      const error = yield* Fiber.join(fiber)
      assert.deepInclude(error, { reason: "timeout", message: "http://upstream/x did not answer within 5 s" })
    }),
  )

  it.live("stops reading a body that goes on for ever", () =>
    Effect.gen(function* () {
      const server = createServer((_, response) => {
        const more = () => {
          while (response.write("x".repeat(65_536)));
          response.once("drain", more)
        }
        more()
      })
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
        () => Effect.sync(() => server.close().closeAllConnections()),
      )
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const error = yield* Effect.flip(getJson(yield* HttpClient.HttpClient, url))
      assert.strictEqual(error.reason, "too-large")
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )
})
