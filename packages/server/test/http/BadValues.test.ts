import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { connect } from "node:net"
import { ServerAddress } from "../../src/Server.ts"
import { ask, json, layer, signIn } from "../TestServer.ts"

/** What comes back for `text`, until the server closes. */
const raw = (port: number, text: string) =>
  Effect.callback<string>((resume) => {
    let answer = ""
    const socket = connect(port, "127.0.0.1", () => socket.write(text))
    socket.on("data", (data) => (answer += String(data)))
    socket.on("error", () => undefined)
    socket.once("close", () => resume(Effect.succeed(answer)))
  })

describe("a value that a route cannot use", () => {
  it.live("is refused in plain words under the name of its parameter", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      for (const [query, name, message] of [
        ["platform=reddit&platform=bluesky", "platform", /given 2 times: give it once/],
        ["page_size=5&page_size=6", "page_size", /given 2 times/],
        ["sort=new&sort=hot&sort=new", "sort", /given 3 times/],
        ["sort=HOT", "sort", /^must be "new" or "hot"$/],
        ["kind=", "kind", /^must be "post", "story", "comment" or "video"$/],
        ["topic=100%", "topic", /percent-encoded.*%25/],
        ["topic=%zz", "topic", /percent-encoded/],
        ["topic=caf%E9", "topic", /UTF-8/],
        ["topic=%ED%A0%80", "topic", /UTF-8/],
        ["%zz=1", "%zz", /percent-encoded/],
        [`cursor=${"A".repeat(5_000)}`, "cursor", /leave it out/],
        ["since=2026-12-02T00:00:00Z&until=2026-12-01T00:00:00Z", "until", /earlier than since/],
      ] as const) {
        const answer = yield* ask(`${url}/api/v1/signals?${query}`, { headers: bearer })
        assert.strictEqual(answer.status, 400, query)
        assert.deepStrictEqual(answer.json.errors[0].path, ["query", name])
        assert.match(answer.json.errors[0].message, message, query)
      }
      for (const query of ["topic=%", "platform=", "platform=a,,b", "kind=posts"]) {
        const answer = yield* ask(`${url}/api/v1/live?${query}`, { headers: bearer })
        assert.strictEqual(answer.status, 400, query)
        assert.strictEqual(answer.json.errors[0].path[1], query.split("=")[0])
        assert.notMatch(answer.json.detail, /Expected/)
      }
      for (const query of ["topic=caf%C3%A9", "topic=100%25", "topic=a+b", "&&page_size=1&"]) {
        assert.strictEqual((yield* ask(`${url}/api/v1/signals?${query}`, { headers: bearer })).status, 200, query)
      }
    }).pipe(Effect.provide(layer())),
  )

  it.live("is refused in a body too", () =>
    Effect.gen(function* () {
      const { url } = yield* signIn
      const post = (path: string, body: string, headers: Record<string, string> = json) =>
        ask(url + path, { method: "POST", headers, body })
      for (const [body, message] of [
        ["", /^payload: must be a JSON object$/],
        ["[]", /^payload: must be a JSON object$/],
        ["{", /^payload: must be valid JSON$/],
        ["{}", /^payload\.code: is missing$/],
        ['{"code":1}', /^payload\.code: must be a string$/],
        ['{"Code":"x"}', /^payload\.Code: is not known, did you mean code\?/],
        ['{"code":"x","extra":1}', /^payload\.extra: is not known/],
        ['{"code":"x","__proto__":1}', /^payload\.__proto__: is not known/],
        [`{"code":"${"x".repeat(201)}"}`, /^payload\.code: must have at most 200 characters$/],
      ] as const) {
        const answer = yield* post("/api/token/link", body)
        assert.strictEqual(answer.status, 400, body)
        assert.match(answer.json.detail, message)
      }
      const text = yield* post("/api/token/link", '{"code":"x"}', { "content-type": "text/plain" })
      assert.strictEqual(text.status, 415)
      assert.match(text.json.detail, /text\/plain.*application\/json/)
      assert.strictEqual((yield* post("/api/token/revoke", '{"refresh":"x"}')).status, 204)
    }).pipe(Effect.provide(layer())),
  )

  it.live("that is no value of HTTP itself gets an answer as well, on every port", () =>
    Effect.gen(function* () {
      const { port, metricsPort } = yield* ServerAddress
      for (const at of [port, metricsPort]) {
        const host = `Host: 127.0.0.1:${at}\r\nConnection: close\r\n`
        for (const [text, status, message] of [
          ["GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "no Host header"],
          [`GET /health HTTP/1.1\r\n${host}Expect: banana\r\n\r\n`, 417, "banana"],
          [`CONNECT example.org:443 HTTP/1.1\r\n${host}\r\n`, 405, "no proxy"],
          [`GET /metrics/x HTTP/1.1\r\n${host}\r\n`, 404, "/metrics"],
          [`GET http://127.0.0.1:${at}/health HTTP/1.1\r\n${host}\r\n`, 400, "must be a path"],
          [`GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`, 421, "ALLOWED_HOSTS"],
        ] as const) {
          const answer = yield* raw(at, text)
          assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), text)
          assert.match(answer, /content-type: application\/problem\+json/i, text)
          assert.include(answer, message)
        }
      }
    }).pipe(Effect.provide(layer())),
  )
})
