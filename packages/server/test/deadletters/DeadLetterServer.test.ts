import { assert, describe, it } from "@effect/vitest"
import { DeadLetterApi } from "@signalflow/domain/api/DeadLetters"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { BusError, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import * as SignalBusMemory from "@signalflow/domain/bus/SignalBusMemory"
import { Effect, Layer } from "effect"
import { OpenApi } from "effect/http-api"
import { SqlClient } from "effect/sql/SqlClient"
import { Tokens } from "../../src/access/Tokens.ts"
import * as DeadLetterServer from "../../src/deadletters/DeadLetterServer.ts"
import { ask, needs } from "../TestServer.ts"
import { NOON, plant } from "./Letters.ts"

const layer = (settings: Partial<SettingValues> = {}, bus: Layer.Layer<SignalPublisher> = SignalBusMemory.layerMemory) =>
  DeadLetterServer.layer.pipe(
    Layer.provideMerge(Tokens.layer),
    Layer.provideMerge(bus),
    Layer.provideMerge(needs({ DLQ_PORT: 0, ...settings })),
  )

const bearer = (role: "viewer" | "analyst" | "admin") =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* sql`insert into users (name, role) values (${`the ${role}`}, ${role}) on conflict do nothing`
    return { authorization: `Bearer ${yield* (yield* Tokens).issue({ name: `the ${role}`, role })}` }
  })

const routes = Object.entries(OpenApi.fromApi(DeadLetterApi).paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({ path: path.replace("{id}", "1"), method: method.toUpperCase() })),
)

describe("the dead-letter API", () => {
  it.live("no route answers without the token of an administrator", () =>
    Effect.gen(function* () {
      const { url } = yield* DeadLetterServer.DeadLetterAddress
      const id = yield* plant({ offset: 1, payload: "private words" })
      assert.deepStrictEqual(
        routes.map(({ method, path }) => `${method} ${path}`).sort(),
        ["GET /dlq", "GET /dlq/1", "GET /dlq/stats", "POST /dlq/replay", "POST /dlq/replay/1"].sort(),
      )
      for (const { method, path } of routes) {
        for (const end of ["", "/"]) {
          const status = (headers: Record<string, string>) =>
            Effect.map(ask(url + path + end, { method, headers }), (answer) => {
              assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/, `${method} ${path}`)
              assert.notInclude(answer.body, "private words")
              return answer.status
            })
          assert.strictEqual(yield* status({}), 401, `${method} ${path}${end}`)
          assert.strictEqual(yield* status({ authorization: "Bearer x.y.z" }), 401)
          assert.strictEqual(yield* status(yield* bearer("viewer")), 403)
          assert.strictEqual(yield* status(yield* bearer("analyst")), 403)
        }
      }
      const sql = yield* SqlClient
      assert.deepStrictEqual(yield* sql`select replays from dlq_events where id = ${id}`, [{ replays: 0 }])
    }).pipe(Effect.provide(layer())),
  )

  it.live("lists letters page by page, by topic, class, time and fate, and shows one whole", () =>
    Effect.gen(function* () {
      const { url } = yield* DeadLetterServer.DeadLetterAddress
      const headers = yield* bearer("admin")
      const get = (path: string) => Effect.map(ask(url + path, { headers }), (answer) => ({ ...answer.json, status: answer.status }))
      for (let offset = 0; offset < 7; offset++) yield* plant({ offset, at: new Date(NOON + Math.floor(offset / 3)) })
      yield* plant({ offset: 7, topic: "reddit.comments", errorClass: "permanent", payload: "p".repeat(500_000) })
      yield* plant({ offset: 8, parkedAt: new Date(NOON), replays: 3 })
      yield* plant({ offset: 9, replayedAt: new Date(NOON), replays: 1 })
      const offsets: Array<number> = []
      let next: string | null = ""
      while (next !== null) {
        const page: { results: ReadonlyArray<{ offset: number }>; next: string | null } = yield* get(
          `/dlq/?page_size=2${next && `&cursor=${next}`}`,
        )
        assert.isAtMost(page.results.length, 2)
        offsets.push(...page.results.map(({ offset }) => offset))
        next = page.next
      }
      assert.deepStrictEqual(offsets, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
      const found = (query: string) =>
        Effect.map(get(`/dlq?${query}`), ({ results }) => results.map(({ offset }: { offset: number }) => offset))
      assert.deepStrictEqual(yield* found("topic=reddit.comments"), [7])
      assert.deepStrictEqual(yield* found("class=permanent"), [7])
      assert.deepStrictEqual(yield* found("parked=true"), [8])
      assert.deepStrictEqual(yield* found("parked=false&since=2026-06-10T12:00:05Z"), [9, 7])
      const large = (yield* get("/dlq?class=permanent")).results[0]
      assert.deepInclude(large, { payloadBytes: 500_000, preview: "p".repeat(200), error: "no such event", altered: null, attempts: 1 })
      const whole = yield* get(`/dlq/${large.id}/`)
      assert.deepStrictEqual([whole.payload.length, whole.headers], [500_000, { producer: "test" }])
      assert.deepInclude(yield* get("/dlq/4711"), { status: 404, detail: "There is no dead letter 4711" })
      const stats = yield* get("/dlq/stats/")
      assert.deepInclude(stats, { total: 10, open: 8, replayed: 1, parked: 1, oldestOpen: "2026-06-10T12:00:00.000Z" })
      assert.deepInclude(stats.groups, { topic: "reddit.comments", errorClass: "permanent", total: 1, open: 1, replayed: 0, parked: 0 })
      for (const [query, field] of [
        ["page_size=201", "page_size"],
        ["page_size=0", "page_size"],
        ["class=odd", "class"],
        ["since=yesterday", "since"],
        ["parked=perhaps", "parked"],
        ["cursor=tampered", "cursor"],
        ["topic=a%00b", "topic"],
      ] as const) {
        const bad = yield* get(`/dlq?${query}`)
        assert.strictEqual(bad.status, 400, query)
        assert.deepStrictEqual(bad.errors[0].path, ["query", field])
      }
      assert.strictEqual((yield* get("/dlq/one")).status, 400)
      for (const path of ["/dlq/replay", "/dlq/replay/"]) {
        const answer = yield* ask(url + path, { headers })
        assert.deepStrictEqual([answer.status, answer.headers["allow"]], [405, "POST"], path)
      }
    }).pipe(Effect.provide(layer())),
  )

  it.live("replays one, or what a filter finds within a limit; says why one is not", () =>
    Effect.gen(function* () {
      const { url } = yield* DeadLetterServer.DeadLetterAddress
      const headers = yield* bearer("admin")
      const post = (path: string) =>
        Effect.map(ask(url + path, { method: "POST", headers }), (answer) => [answer.status, answer.json.detail ?? answer.json] as const)
      const ids = [yield* plant({ offset: 0 }), yield* plant({ offset: 1 }), yield* plant({ offset: 2, topic: "reddit.comments" })]
      const parked = yield* plant({ offset: 3, parkedAt: new Date(NOON), replays: 3, error: "too odd" })
      const misplaced = yield* ask(`${url}/dlq/replay`, { method: "POST", headers, body: '{"topic":"reddit.comments"}' })
      assert.strictEqual(misplaced.status, 400, "a filter in a body must not pass for no filter")
      assert.match(misplaced.json.detail, /^payload: this route reads no body.*in the query/)
      assert.deepStrictEqual(yield* post(`/dlq/replay/${ids[0]}`), [200, { replayed: [ids[0]], refused: [], left: 0 }])
      const [status, again] = yield* post(`/dlq/replay/${ids[0]}/`)
      assert.strictEqual(status, 409)
      assert.include(again, `Dead letter ${ids[0]} is not replayed: it was replayed at `)
      assert.deepStrictEqual(yield* post("/dlq/replay/4711"), [404, "There is no dead letter 4711"])
      assert.deepStrictEqual(yield* post("/dlq/replay?topic=reddit.comments"), [200, { replayed: [ids[2]], refused: [], left: 0 }])
      assert.deepStrictEqual(yield* post("/dlq/replay/?limit=1"), [200, { replayed: [ids[1]], refused: [], left: 0 }])
      assert.deepStrictEqual((yield* post("/dlq/replay?limit=1001"))[0], 400)
      const [refused, why] = yield* post(`/dlq/replay/${parked}`)
      assert.strictEqual(refused, 409)
      assert.include(why, "parked")
      assert.deepStrictEqual(yield* post(`/dlq/replay/${parked}?force=true`), [200, { replayed: [parked], refused: [], left: 0 }])
    }).pipe(Effect.provide(layer())),
  )

  it.live("a bus that is unavailable is 503 with the reason", () => {
    const away = Layer.succeed(SignalPublisher, {
      publish: () => Effect.fail(new BusError({ operation: "publish", message: "no broker", cause: "down" })),
    })
    return Effect.gen(function* () {
      const { url } = yield* DeadLetterServer.DeadLetterAddress
      const id = yield* plant({ offset: 0 })
      const answer = yield* ask(`${url}/dlq/replay/${id}`, { method: "POST", headers: yield* bearer("admin") })
      assert.strictEqual(answer.status, 503)
      assert.include(answer.json.detail, "no broker")
    }).pipe(Effect.provide(layer({}, away)))
  })

  it.live("only names that were meant reach it, on its own port; every answer protects a browser and tells the limit", () =>
    Effect.gen(function* () {
      const { url, port } = yield* DeadLetterServer.DeadLetterAddress
      const headers = yield* bearer("admin")
      const status = (host: string) => Effect.map(ask(`${url}/dlq`, { headers: { ...headers, host } }), (answer) => answer.status)
      for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1:8080", `127.0.0.1:${port + 1}`])
        assert.strictEqual(yield* status(host), 421, host)
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) assert.strictEqual(yield* status(host), 200, host)
      for (const path of ["/dlq", "/", "/dlq/nothing/here", "/openapi.json"]) {
        const { headers: given, json, status } = yield* ask(url + path)
        assert.strictEqual(given["x-content-type-options"], "nosniff", path)
        assert.include(String(given["content-security-policy"]), "frame-ancestors 'none'")
        assert.isUndefined(given["access-control-allow-origin"])
        if (path === "/" || path === "/dlq/nothing/here") assert.deepInclude(json, { status: 404, title: "Not Found" })
        if (path === "/openapi.json") assert.strictEqual(status, 200)
      }
      assert.strictEqual((yield* ask(`${url}/dlq`, { headers })).headers["x-ratelimit-limit"], "10000")
    }).pipe(Effect.provide(layer())),
  )

  it.live("more than the limit is 429; another name may be allowed", () =>
    Effect.gen(function* () {
      const { url } = yield* DeadLetterServer.DeadLetterAddress
      const headers = { ...(yield* bearer("admin")), host: "flow.example.org" }
      const answers = [yield* ask(`${url}/dlq/stats`, { headers }), yield* ask(`${url}/dlq/stats`, { headers })]
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 429],
      )
      assert.isString(answers[1]!.headers["retry-after"])
    }).pipe(Effect.provide(layer({ RATE_LIMIT: 1, ALLOWED_HOSTS: ["flow.example.org"] }))),
  )

  it.live("a port in use is said in one line, with the setting to change", () =>
    Effect.gen(function* () {
      const { port } = yield* DeadLetterServer.DeadLetterAddress
      const error = yield* Effect.flip(Layer.build(Layer.fresh(layer({ DLQ_PORT: port }))))
      assert.strictEqual((error as Error).message, `DLQ_PORT ${port} on 127.0.0.1 is in use by another program: stop it or set DLQ_PORT`)
    }).pipe(Effect.scoped, Effect.provide(layer())),
  )
})
