import { assert, describe, it } from "@effect/vitest"
import { Api } from "@signalflow/domain/api/Api"
import { Effect } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { ServerAddress } from "../../src/Server.ts"
import { layer, signIn } from "../TestServer.ts"

const clientOf = (baseUrl: string, token: string) =>
  HttpApiClient.make(Api, { baseUrl, transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(token)) }).pipe(
    Effect.provide(FetchHttpClient.layer),
  )

describe("the typed client", () => {
  it.live("reads what the server answers, and every error as what it is", () =>
    Effect.gen(function* () {
      const { url, access } = yield* signIn
      const client = yield* clientOf(url, access)
      assert.deepStrictEqual(yield* client.signals.list({ query: { page_size: 10 } }), { results: [], next: null })
      assert.strictEqual((yield* client.trends.trending({ query: {} })).asOf, null)
      assert.deepStrictEqual((yield* client.sources.list({})).results, [])
      assert.strictEqual((yield* client.system.ready({})).status, "ready")

      const refused = yield* Effect.flip((yield* clientOf(url, "wrong")).sources.list({}))
      assert.strictEqual(refused._tag, "Unauthorized")
      assert.include(refused.message, "access token")
      const spent = yield* Effect.flip(client.accounts.link({ payload: { code: "spent" } }))
      assert.strictEqual(spent._tag, "Unauthorized")
      const bad = yield* Effect.flip(client.signals.list({ query: { cursor: "tampered" } }))
      assert.include(["BadRequest", "BadRequestProblem"], bad._tag)
      let limited: { readonly _tag: string; readonly retryAfter?: number } = { _tag: "" }
      for (let i = 0; i < 12 && limited._tag === ""; i++) {
        limited = yield* client.sources.list({}).pipe(
          Effect.as({ _tag: "" }),
          Effect.catch((error) => Effect.succeed(error)),
        )
      }
      assert.strictEqual(limited._tag, "TooManyRequests")
      assert.isAtLeast(limited.retryAfter ?? 0, 1)
      assert.isString((yield* ServerAddress).url)
    }).pipe(Effect.provide(layer({ RATE_LIMIT: 12 }))),
  )
})
