import type { SignalView } from "@signalflow/domain/api/SignalView"
import * as LiveFeed from "@signalflow/domain/live/LiveFeed"
import type { LiveItem } from "@signalflow/domain/live/LiveFrame"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, Layer } from "effect"
import { request } from "node:http"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import { LinkCodes } from "../src/accounts/LinkCodes.ts"
import * as Server from "../src/Server.ts"

export const needs = (settings: Partial<SettingValues> = {}) =>
  Layer.mergeAll(
    TestPostgres.layer,
    LiveFeed.layerMemory,
    Readiness.layer,
    Metrics.layerTest,
    Settings.layerWith({ PORT: 0, METRICS_PORT: 0, RATE_LIMIT: 10_000, ...settings }),
  )

/** The whole server on a free port, with a database of its own. */
export const layer = (settings: Partial<SettingValues> = {}, dashboard: string | null = null) =>
  Server.layer({ dashboard }).pipe(Layer.provideMerge(needs(settings)))

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | ReadonlyArray<string> | undefined>
  readonly body: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever was answered
  readonly json: any
}

export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Like fetch, but any Host header may be sent. */
export const ask = (url: string, { method = "GET", headers = {}, body }: Ask = {}): Effect.Effect<Answer> =>
  Effect.callback<Answer>((resume) => {
    // The path as it stands: the URL parser would walk its dots before it is sent.
    const { origin, hostname, port } = new URL(url)
    const path = url.slice(origin.length) || "/"
    const call = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString()
        resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, body: text, json: parse(text) }))
      })
    })
    call.on("error", (cause) => resume(Effect.die(cause)))
    call.end(body)
  })

export const json = { "content-type": "application/json" }

export const cookieOf = (answer: Answer): string =>
  String((answer.headers["set-cookie"] as ReadonlyArray<string> | undefined)?.[0] ?? "").split(";")[0]!

/** Signs in by a link, as the browser does. */
export const signIn = Effect.gen(function* () {
  const { url } = yield* Server.ServerAddress
  const { code } = yield* (yield* LinkCodes).issue()
  const answer = yield* ask(`${url}/api/token/link`, { method: "POST", headers: json, body: JSON.stringify({ code }) })
  const access = String(answer.json.access)
  return { url, access, cookie: cookieOf(answer), bearer: { authorization: `Bearer ${access}` }, answer }
})

export const view = (id: string, fields: Partial<SignalView> = {}): SignalView => ({
  id,
  platform: id.split(":")[0]!,
  kind: "post",
  parentId: null,
  community: null,
  author: "ann",
  title: `Title of ${id}`,
  body: "",
  url: null,
  permalink: "https://example.org/1",
  language: "en",
  score: 1,
  comments: null,
  views: null,
  publishedAt: "2026-01-01T00:00:00.000Z",
  observedAt: "2026-01-01T00:00:00.000Z",
  sentiment: null,
  topics: [],
  velocity: null,
  trending: { score: 0, isTrending: false },
  heat: 0,
  ...fields,
})

export const item = (id: string, fields: Partial<SignalView> = {}): LiveItem => ({ _tag: "Signal", signal: view(id, fields) })
