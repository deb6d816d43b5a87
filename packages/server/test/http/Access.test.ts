import { Api } from "@signalflow/domain/api/Api"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { IpNetwork } from "effect/net"
import { OpenApi } from "effect/http-api"
import { LinkCodes } from "../../src/accounts/LinkCodes.ts"
import { ServerAddress } from "../../src/Server.ts"
import { ask, cookieOf, json, layer, signIn } from "../TestServer.ts"

/** Routes that answer without a token, on purpose. */
const OPEN = new Set(["/health", "/api/health", "/ready", "/api/token/link", "/api/token/refresh", "/api/token/revoke"])

describe("access over HTTP", () => {
  it.live("no route of the contract but the open ones answers without a token, or with a wrong one", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      const paths = Object.entries(OpenApi.fromApi(Api).paths).filter(([path]) => !OPEN.has(path))
      assert.isAtLeast(paths.length, 3)
      for (const [path, methods] of [...paths, ["/api/v1/live", { get: {} }] as const]) {
        for (const method of Object.keys(methods)) {
          for (const end of ["", "/", "?platform=hackernews"]) {
            for (const headers of [{}, { authorization: "Bearer x.y.z" }, { authorization: "Basic YTpi" }, { cookie: "signalflow=1" }]) {
              const answer = yield* ask(`${url}${path}${end}`, { method: method.toUpperCase(), headers: headers as Record<string, string> })
              assert.strictEqual(answer.status, 401, `${method} ${path}${end}`)
              assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/)
              assert.strictEqual(answer.json.status, 401)
              assert.isString(answer.json.detail)
              assert.isString(answer.headers["x-ratelimit-limit"])
              assert.notInclude(answer.body, "results")
            }
          }
        }
      }
    }).pipe(Effect.provide(layer())),
  )

  it.live("a link signs in once; the session renews itself; a token from it opens the data", () =>
    Effect.gen(function* () {
      const { url, access, cookie, bearer, answer } = yield* signIn
      assert.strictEqual(answer.status, 200, answer.body)
      assert.deepInclude(answer.json, { user: "admin", role: "admin", expiresIn: 3600 })
      const attributes = String((answer.headers["set-cookie"] as ReadonlyArray<string>)[0])
      for (const attribute of ["HttpOnly", "SameSite=Strict", "Path=/api/token", "Max-Age=604800"]) assert.include(attributes, attribute)
      assert.match(attributes, /^signalflow_[0-9a-f]{12}=/)
      assert.notInclude(answer.body, cookie.split("=")[1]!)

      for (const path of ["/api/v1/signals", "/api/v1/signals/", "/api/v1/trending/", "/api/v1/sources/"]) {
        const data = yield* ask(url + path, { headers: bearer })
        assert.strictEqual(data.status, 200, data.body)
        assert.strictEqual(data.headers["x-ratelimit-limit"], "10000")
        assert.isArray(data.json.results)
      }
      const renewed = yield* ask(`${url}/api/token/refresh/`, { method: "POST", headers: { cookie } })
      assert.strictEqual(renewed.status, 200, renewed.body)
      assert.notStrictEqual(cookieOf(renewed), cookie)
      assert.isString(access)
      const ended = yield* ask(`${url}/api/token/revoke`, { method: "POST", headers: { cookie: cookieOf(renewed) } })
      assert.deepStrictEqual([ended.status, ended.body], [204, ""])
      const after = yield* ask(`${url}/api/token/refresh`, { method: "POST", headers: { cookie: cookieOf(renewed) } })
      assert.strictEqual(after.status, 401)
    }).pipe(Effect.provide(layer())),
  )

  it.live("a page of another server may neither use the cookie nor sign in", () =>
    Effect.gen(function* () {
      const { url, cookie } = yield* signIn
      for (const origin of ["http://evil.example", "null", "http://127.0.0.1", url.replace("http", "https"), `${url}.evil.example`]) {
        const answer = yield* ask(`${url}/api/token/refresh`, { method: "POST", headers: { cookie, origin } })
        assert.strictEqual(answer.status, 401, origin)
        const link = yield* ask(`${url}/api/token/link`, { method: "POST", headers: { ...json, origin }, body: '{"code":"x"}' })
        assert.strictEqual(link.status, 401, origin)
        assert.include(link.json.detail, "page of this server")
      }
      const own = yield* ask(`${url}/api/token/refresh`, { method: "POST", headers: { cookie, origin: url } })
      assert.strictEqual(own.status, 200, own.body)
      assert.isUndefined(own.headers["access-control-allow-origin"])
    }).pipe(Effect.provide(layer())),
  )

  it.live("curl -d, which calls any body a form, exchanges a code too; a code is good once", () =>
    Effect.gen(function* () {
      const { url } = yield* ServerAddress
      const { code } = yield* (yield* LinkCodes).issue()
      const exchange = ask(`${url}/api/token/link`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: JSON.stringify({ code }),
      })
      assert.strictEqual((yield* exchange).status, 200)
      const again = yield* exchange
      assert.strictEqual(again.status, 401)
      assert.include(again.json.detail, "unknown, used or older")
    }).pipe(Effect.provide(layer())),
  )

  it.live("past the limit of a minute a user waits, and is told how long; guesses at codes are limited by address", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      const sources = ask(`${url}/api/v1/sources`, { headers: bearer })
      let refused = yield* sources
      assert.strictEqual(refused.headers["x-ratelimit-remaining"], "4")
      assert.strictEqual(refused.headers["x-ratelimit-limit"], "5")
      let asked = 1
      for (; refused.status === 200 && asked < 10; asked++) refused = yield* sources
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(asked, 6)
      assert.isAtLeast(Number(refused.headers["retry-after"]), 1)
      assert.isAtMost(Number(refused.headers["retry-after"]), 73)
      assert.strictEqual(refused.headers["x-ratelimit-remaining"], "0")
      assert.match(String(refused.headers["content-type"]), /problem\+json/)

      let status = 0
      for (let i = 0; i < 21 && status !== 429; i++) {
        status = (yield* ask(`${url}/api/token/link`, { method: "POST", headers: json, body: '{"code":"guess"}' })).status
      }
      assert.strictEqual(status, 429)
    }).pipe(Effect.provide(layer({ RATE_LIMIT: 5 }))),
  )

  it.live("requests of a page of another server spend nothing; made-up sessions leave real ones alone", () =>
    Effect.gen(function* () {
      const { url, cookie } = yield* signIn
      const refresh = (headers: Record<string, string>) => ask(`${url}/api/token/refresh`, { method: "POST", headers })
      for (const path of ["link", "refresh", "revoke"]) {
        for (let i = 0; i < 70; i++) {
          const headers = { ...json, origin: "https://evil.example", cookie: `${cookie.split("=")[0]}=made-up` }
          const answer = yield* ask(`${url}/api/token/${path}`, { method: "POST", headers, body: '{"code":"x"}' })
          assert.strictEqual(answer.status, 401)
        }
      }
      const statuses: Array<number> = []
      for (let i = 0; i < 70; i++) {
        statuses.push((yield* refresh({ cookie: `${cookie.split("=")[0]}=${cookie.split("=")[1]!.replace(/.$/, "!")}` })).status)
      }
      assert.deepStrictEqual([...new Set(statuses)], [401, 429])
      assert.strictEqual((yield* refresh({})).status, 401)
      const own = yield* refresh({ cookie, origin: url })
      assert.strictEqual(own.status, 200, own.body)
      const { code } = yield* (yield* LinkCodes).issue()
      const link = yield* ask(`${url}/api/token/link`, { method: "POST", headers: json, body: JSON.stringify({ code }) })
      assert.strictEqual(link.status, 200, link.body)
      assert.strictEqual(link.headers["cache-control"], "no-store")
    }).pipe(Effect.provide(layer())),
  )

  it.live("one session's renewals are limited, and those of another at the same address are not", () =>
    Effect.gen(function* () {
      const mine = yield* signIn
      const other = yield* signIn
      let cookie = mine.cookie
      let answer = mine.answer
      for (let i = 0; i < 61; i++) {
        answer = yield* ask(`${mine.url}/api/token/refresh`, { method: "POST", headers: { cookie } })
        if (answer.status === 200) cookie = cookieOf(answer)
      }
      assert.strictEqual(answer.status, 429)
      const renewed = yield* ask(`${mine.url}/api/token/refresh`, { method: "POST", headers: { cookie: other.cookie } })
      assert.strictEqual(renewed.status, 200, renewed.body)
    }).pipe(Effect.provide(layer())),
  )

  it.live("behind a trusted proxy each client has limits of its own; else X-Forwarded-For counts for nothing", () =>
    Effect.gen(function* () {
      const guess = (client: string) =>
        Effect.flatMap(ServerAddress, ({ url }) =>
          ask(`${url}/api/token/link`, { method: "POST", headers: { ...json, "x-forwarded-for": client }, body: '{"code":"guess"}' }),
        )
      const flood = Effect.gen(function* () {
        for (let i = 0; i < 21; i++) yield* guess(`198.51.100.${i}, 203.0.113.9`)
        return [(yield* guess("203.0.113.9")).status, (yield* guess("203.0.113.10")).status]
      })
      assert.deepStrictEqual(
        yield* flood.pipe(Effect.provide(layer({ TRUSTED_PROXIES: [IpNetwork.fromStringUnsafe("127.0.0.0/8")] }))),
        [429, 401],
      )
      assert.deepStrictEqual(yield* flood.pipe(Effect.provide(layer())), [429, 429])
    }),
  )
})
