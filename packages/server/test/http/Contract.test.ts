import { Api } from "@signalflow/domain/api/Api"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { OpenApi } from "effect/http-api"
// oxlint-disable typescript/no-explicit-any -- tests look into whatever the document holds
import { type Answer, ask, json, layer, signIn } from "../TestServer.ts"

interface JsonSchema {
  readonly $ref?: string
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly properties?: Record<string, JsonSchema>
  readonly required?: ReadonlyArray<string>
}

const spec = OpenApi.fromApi(Api) as unknown as {
  readonly paths: Record<
    string,
    Record<string, { readonly responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }> }>
  >
  readonly components: { readonly schemas: Record<string, JsonSchema> }
}

const resolve = (schema: JsonSchema): JsonSchema =>
  schema.$ref === undefined ? schema : spec.components.schemas[schema.$ref.split("/").at(-1)!]!

/** The schema that a route declares for an answer, which has no other fields than it. */
const agrees = (route: string, method: string, answer: Answer) => {
  const type = String(answer.headers["content-type"]).split(";")[0]!
  const declared = spec.paths[route]?.[method]?.responses[String(answer.status)]
  assert.isDefined(declared, `${method} ${route} does not declare ${answer.status}`)
  const schema = declared.content?.[type]?.schema
  assert.isDefined(schema, `${method} ${route} does not declare ${type} at ${answer.status}`)
  const { properties = {}, required = [] } = resolve(schema)
  assert.deepStrictEqual(
    Object.keys(answer.json).filter((key) => !(key in properties)),
    [],
    answer.body,
  )
  assert.deepStrictEqual(
    required.filter((key) => !(key in answer.json)),
    [],
    answer.body,
  )
  if (type === "application/problem+json") {
    assert.deepInclude(answer.json, { type: "about:blank", status: answer.status })
    assert.isString(answer.json.title)
    assert.isAbove(answer.json.detail.length, 0)
  }
}

describe("the contract", () => {
  it.live("every error is sent as its route declares it: no other field, no other type", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      const post = { method: "POST", headers: json }
      const answers = [
        ["/api/v1/signals", "get", 401, "", {}],
        ["/api/v1/signals", "get", 400, "?page_size=0", { headers: bearer }],
        ["/api/v1/signals", "get", 400, "?cursor=made-up", { headers: bearer }],
        ["/api/v1/signals", "get", 400, "?q=chips", { headers: bearer }],
        ["/api/v1/signals", "get", 414, `?topic=${"x".repeat(9_000)}`, { headers: bearer }],
        ["/api/v1/signals", "get", 421, "", { headers: { ...bearer, host: "evil.example" } }],
        ["/api/v1/trending", "get", 400, "?of=stories", { headers: bearer }],
        ["/api/v1/sources", "get", 401, "", { headers: { authorization: "Bearer a.b.c" } }],
        ["/api/token/link", "post", 400, "", { ...post, body: "{" }],
        ["/api/token/link", "post", 401, "", { ...post, body: '{"code":"spent"}' }],
        ["/api/token/link", "post", 413, "", { ...post, body: `"${"x".repeat(70_000)}"` }],
        ["/api/token/link", "post", 415, "", { method: "POST", headers: { "content-type": "text/html" }, body: "code" }],
        ["/api/token/refresh", "post", 401, "", { method: "POST" }],
        ["/health", "get", 400, "?verbose=1", {}],
      ] as const
      for (const [route, method, status, query, options] of answers) {
        const answer = yield* ask(`${url}${route}${query}`, options)
        assert.strictEqual(answer.status, status, `${route}${query.slice(0, 40)}: ${answer.body}`)
        agrees(route, method, answer)
      }
      const sources = ask(`${url}/api/v1/sources`, { headers: bearer })
      let limited = yield* sources
      for (let n = 0; n < 20 && limited.status === 200; n++) limited = yield* sources
      assert.strictEqual(limited.status, 429)
      agrees("/api/v1/sources", "get", limited)
      assert.strictEqual(String(limited.json.retryAfter), limited.headers["retry-after"])
    }).pipe(Effect.provide(layer({ RATE_LIMIT: 12 }))),
  )

  it("every route declares what may be answered whatever it does", () => {
    const always = ["400", "405", "413", "414", "415", "421", "431", "500", "503"]
    for (const [path, methods] of Object.entries(spec.paths)) {
      for (const [method, { responses }] of Object.entries(methods)) {
        const secured = path.startsWith("/api/v1/") ? ["401", "429"] : []
        assert.containsAllKeys(responses, [...always, ...secured], `${method} ${path}`)
        for (const [status, { content = {} }] of Object.entries(responses)) {
          if (Number(status) >= 400) assert.property(content, "application/problem+json", `${method} ${path} ${status}`)
        }
      }
    }
  })

  it("the document says of each parameter, route and limit what a client needs to know", () => {
    const document = OpenApi.fromApi(Api) as unknown as Record<string, any>
    assert.strictEqual(document["info"].version, "0.1.0")
    for (const [path, methods] of Object.entries<any>(document["paths"])) {
      for (const [method, { summary, parameters, responses, security }] of Object.entries<any>(methods)) {
        assert.isAbove((summary ?? "").length, 5, `${method} ${path}`)
        for (const { name, description } of parameters) assert.isAbove((description ?? "").length, 5, `${path} ${name}`)
        for (const status of path.startsWith("/api/v1/") ? ["200", "400", "429"] : [])
          assert.containsAllKeys(responses[status].headers, ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"])
        assert.property(responses["405"].headers, "allow", path)
        if (path.startsWith("/api/v1/")) assert.deepStrictEqual(security, [{ bearer: [] }])
      }
    }
    const { parameters } = document["paths"]["/api/v1/signals"].get
    const schemaOf = (name: string) => parameters.find((parameter: { name: string }) => parameter.name === name).schema
    assert.deepStrictEqual(schemaOf("page_size"), { type: "integer", minimum: 1, maximum: 200 })
    assert.deepInclude(schemaOf("since").anyOf[0], { type: "string", format: "date-time" })
    assert.deepStrictEqual(document["paths"]["/api/token/refresh"].post.security, [{ session: [] }])
    assert.deepInclude(document["components"].securitySchemes.session, { type: "apiKey", in: "cookie" })
  })

  it.live("a parameter that is misspelt, not there yet or not a plain number is refused and named, with the one that was meant", () =>
    Effect.gen(function* () {
      const { url, bearer } = yield* signIn
      const bad = [
        ["signals?q=chip", "q", "is not known"],
        ["signals?unknown=1", "unknown", "this route has cursor, page_size"],
        ["signals?pageSize=10", "pageSize", "did you mean page_size?"],
        ["signals?platforms=bluesky", "platforms", "did you mean platform?"],
        ["signals?=1", "", "is not known"],
        ["trending?of=stories", "of", "is not known"],
        ["trending?sort=hot", "sort", "is not known"],
        ["sources?platform=reddit", "platform", "this route has none"],
        ["live?author=ann", "author", "is not known"],
        ["live?topics=chips", "topics", "did you mean topic?"],
        ["live?kind=essay", "kind", "story"],
        ["signals?page_size=0x10", "page_size", "must be a whole number from 1 to 200"],
        ["signals?page_size=1e2", "page_size", "whole number"],
        ["signals?page_size=%2050", "page_size", "whole number"],
        ["signals?page_size=50%20", "page_size", "whole number"],
        ["signals?page_size=%2B50", "page_size", "whole number"],
        ["signals?page_size=050", "page_size", "whole number"],
        ["signals?page_size=1.0", "page_size", "whole number"],
        ["signals?page_size=", "page_size", "whole number"],
        ["signals?page_size=201", "page_size", "whole number"],
        ["trending?page_size=0b11", "page_size", "whole number"],
        ["signals?page_size=1&page_size=2", "page_size", ""],
        ["signals?since=2026-02-31T00:00:00Z", "since", "there is no 31 February 2026"],
        ["signals?until=2026-01-01T10:00:00", "until", "with its offset"],
      ] as const
      for (const [query, name, message] of bad) {
        const answer = yield* ask(`${url}/api/v1/${query}`, { headers: bearer })
        assert.strictEqual(answer.status, 400, `${query}: ${answer.body}`)
        assert.deepStrictEqual(answer.json.errors[0].path, ["query", name], query)
        assert.include(answer.json.detail, message, query)
      }
      for (const query of [
        "since=2026-01-01",
        "since=2026-01-01T00:00:00%2B02:00",
        "since=2026-01-01T00:00:00+02:00&until=2026-02-01",
        "page_size=200",
      ]) {
        const answer = yield* ask(`${url}/api/v1/signals?${query}`, { headers: bearer })
        assert.strictEqual(answer.status, 200, `${query}: ${answer.body}`)
      }
    }).pipe(Effect.provide(layer())),
  )
})
