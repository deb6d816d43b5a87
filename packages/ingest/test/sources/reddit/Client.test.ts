import { assert, describe, it } from "@effect/vitest"
import { defaults } from "@signalflow/domain/settings/Settings"
import { Effect, Fiber, Redacted } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import * as Client from "../../../src/sources/reddit/Client.ts"
import { isRecorded } from "../../Recorded.ts"
import { settle } from "../../Harness.ts"
import { type Interaction, interactionsOf } from "./Cassettes.ts"

const settings = { ...defaults, REDDIT_CLIENT_ID: "id", REDDIT_CLIENT_SECRET: Redacted.make("s:e") }

/** Answers with the recorded answers, in their order. */
const replay = (interactions: ReadonlyArray<Interaction>) => {
  const asked: Array<{ readonly method: string; readonly url: string; readonly authorization: string; readonly userAgent: string }> = []
  const http = HttpClient.make((request, url) =>
    Effect.sync(() => {
      const { status, headers, body } = interactions[Math.min(asked.length, interactions.length - 1)]!
      asked.push({
        method: request.method,
        url: url.href,
        authorization: request.headers["authorization"] ?? "",
        userAgent: request.headers["user-agent"] ?? "",
      })
      const { "content-encoding": _, "content-length": __, "transfer-encoding": ___, ...kept } = headers
      return HttpClientResponse.fromWeb(request, new Response(status === 204 ? null : body, { status, headers: kept }))
    }),
  )
  return { asked, client: Client.make(http, settings) }
}

const get = (client: Client.Client) => client.get("/r/news/new", { limit: 100 }, "first")
const session = (name: string) => interactionsOf(`cassettes/prawcore/TestSession.${name}`)

describe.skipIf(!isRecorded)("the client against recorded sessions", () => {
  it.effect("asks for a token as Reddit wants it, and with it for data", () =>
    Effect.gen(function* () {
      const { asked, client } = replay(interactionsOf("cassettes/praw/TestReddit.test_info.json.gz"))
      const { body } = yield* get(client)
      assert.strictEqual((body as { kind: string }).kind, "Listing")
      assert.deepStrictEqual(asked, [
        {
          method: "POST",
          url: "https://www.reddit.com/api/v1/access_token",
          authorization: `Basic ${btoa("id:s:e")}`,
          userAgent: settings.REDDIT_USER_AGENT,
        },
        {
          method: "GET",
          url: "https://oauth.reddit.com/r/news/new?limit=100&raw_json=1",
          authorization: "Bearer <ACCESS_TOKEN>",
          userAgent: settings.REDDIT_USER_AGENT,
        },
      ])
    }),
  )

  it.effect("takes a new token once when the old one is refused, and no third", () =>
    Effect.gen(function* () {
      const again = replay(session("test_request__with_invalid_access_token__retry.json.gz"))
      yield* get(again.client)
      assert.deepStrictEqual(
        again.asked.map(({ method }) => method),
        ["POST", "GET", "POST", "GET"],
      )
      const [grant, refused] = session("test_request__with_invalid_access_token.json")
      const never = replay([grant!, refused!, grant!, refused!])
      const error = yield* Effect.flip(get(never.client))
      assert.deepInclude(error, { reason: "rejected", status: 401 })
      assert.strictEqual(never.asked.length, 4)
    }),
  )

  it.effect("tells a broken Reddit from a refusal", () =>
    Effect.gen(function* () {
      for (const name of ["bad_gateway", "gateway_timeout", "internal_server_error", "service_unavailable", "cloudflare_unknown_error"]) {
        const error = yield* Effect.flip(get(replay(session(`test_request__${name}.json`)).client))
        assert.deepInclude(error, { reason: "unavailable" }, name)
        assert.isAbove(error.retryAfterMs!, 0)
      }
      const refused = (name: string, status: number) =>
        Effect.map(Effect.flip(get(replay(session(name)).client)), (error) => assert.deepInclude(error, { reason: "rejected", status }))
      yield* refused("test_request__forbidden.json", 403)
      yield* refused("test_request__unavailable_for_legal_reasons.json", 451)
      assert.deepInclude(yield* Effect.flip(get(replay(session("test_request__bad_json.json")).client)), { reason: "malformed" })
    }),
  )

  it.effect("is left alone for as long as a 429 says, and asks again by itself after a short one", () =>
    Effect.gen(function* () {
      const interactions = session("test_request__too__many_requests__with_retry_headers.json")
      const limited = interactions.find(({ status }) => status === 429)!
      const { asked, client } = replay([interactions[0]!, limited])
      const error = yield* Effect.flip(get(client))
      const seconds = Number(limited.headers["retry-after"])
      assert.deepInclude(error, { reason: "rate-limited", retryAfterMs: seconds * 1_000 })
      const fiber = yield* Effect.forkChild(Effect.result(get(client)))
      yield* settle
      assert.strictEqual(asked.length, 2)
      yield* TestClock.adjust(`${seconds} seconds`)
      yield* Fiber.join(fiber)
      assert.strictEqual(asked.length, seconds * 1_000 > 10_000 ? 2 : 3)
      const authRefused = replay(session("test_request__too__many_requests__without_retry_headers.json"))
      assert.deepInclude(yield* Effect.flip(get(authRefused.client)), { reason: "rate-limited" })
    }),
  )
})

describe("a page instead of an answer", () => {
  const token = { status: 200, headers: {}, body: JSON.stringify({ access_token: "t", expires_in: 3_600, token_type: "bearer" }) }
  const answers = (status: number, body: string, headers: Record<string, string> = {}) =>
    replay([token, { status, headers, body }] as never)

  it.effect("is a limit for everybody, not the fault of a subreddit, and says until when", () =>
    Effect.gen(function* () {
      const { client, asked } = answers(403, "<!doctype html><title>Blocked</title>")
      assert.deepInclude(yield* Effect.flip(get(client)), { reason: "rate-limited", retryAfterMs: 60_000 })
      const before = asked.length
      assert.deepInclude(yield* Effect.flip(get(client)), { reason: "rate-limited" })
      assert.strictEqual(asked.length, before)
      const named = answers(403, "<html>", { "retry-after": "600" })
      assert.deepInclude(yield* Effect.flip(get(named.client)), { retryAfterMs: 600_000 })
    }),
  )

  it.effect("is told from the refusal of one subreddit", () =>
    Effect.gen(function* () {
      const { client } = answers(403, JSON.stringify({ reason: "private", message: "Forbidden", error: 403 }))
      assert.deepInclude(yield* Effect.flip(get(client)), { reason: "rejected", status: 403 })
    }),
  )
})
