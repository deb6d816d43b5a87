import manifest from "../../package.json" with { type: "json" }

// oxlint-disable-next-line typescript/no-explicit-any -- An OpenAPI document, as Effect hands it to who completes it
type Json = Record<string, any>

export const VERSION = manifest.version

const term = (description: string) => ({ description, schema: { type: "string", minLength: 1, maxLength: 200, pattern: "^[^\\u0000]*$" } })
const whole = (description: string, minimum: number, maximum: number) => ({ description, schema: { type: "integer", minimum, maximum } })
const time = (description: string) => ({
  description: `${description} RFC 3339 with any offset, or a date alone, which is 00:00 UTC.`,
  schema: {
    anyOf: [
      { type: "string", format: "date-time" },
      { type: "string", format: "date" },
    ],
  },
})

/** What a schema that reads text cannot say of it. */
const PARAMETERS: Record<string, { readonly description: string; readonly schema?: Json }> = {
  cursor: { description: "`next` of the page before, as it was given." },
  page_size: whole("How many results at most.", 1, 200),
  limit: whole("How many letters are sent at most.", 1, 1_000),
  id: whole("The number of a dead letter.", 1, Number.MAX_SAFE_INTEGER),
  platform: term("A platform, e.g. `bluesky`."),
  community: term("A subreddit, channel or feed."),
  author: term("An author, as the platform names them."),
  topic: term("A topic as the API names it; for dead letters, a bus topic."),
  language: term("A language as BCP 47, e.g. `en`."),
  kind: { description: "What it is." },
  sentiment: { description: "How it reads; English only." },
  since: time("From here on."),
  until: time("Before here."),
  sort: { description: "`new`: newest first; `hot`: the hottest of 24 hours first." },
  state: { description: "What the topic does now." },
  class: { description: "Why it could not be processed." },
  parked: { description: "`true`: those that were given up; `false`: the others." },
  force: { description: "`true`: also one that is parked, or was replayed and has not failed since." },
}

const SUMMARIES: Record<string, string> = {
  "get /health": "Whether the process lives",
  "get /api/health": "The same as /health",
  "get /ready": "What it depends on, and how that is",
  "post /api/token/link": "Sign in with the code of a link",
  "post /api/token/refresh": "Renew the access token by the session cookie",
  "post /api/token/revoke": "End the session",
  "get /api/v1/signals": "Signals of all platforms",
  "get /api/v1/trending": "Ranked topics with their evidence",
  "get /api/v1/sources": "Every target and its health",
  "get /dlq": "Dead letters, the last that failed first",
  "get /dlq/stats": "How many there are, by topic and reason",
  "get /dlq/{id}": "A dead letter with its message",
  "post /dlq/replay": "Send letters to their topics again",
  "post /dlq/replay/{id}": "Send one letter to its topic again",
}

const header = (description: string, schema: Json = { type: "integer", minimum: 0 }) => ({ description, schema })

const LIMITS = {
  "x-ratelimit-limit": header("Requests a minute."),
  "x-ratelimit-remaining": header("Requests left in this minute."),
  "x-ratelimit-reset": header("Seconds until the minute is over."),
}
const HEADERS: Record<string, Json> = {
  401: { "www-authenticate": header("Which token is wanted, where one is.", { type: "string" }) },
  405: { allow: header("The methods that the route has.", { type: "string" }) },
  429: { "retry-after": header("Seconds to wait.") },
}

const ETAG = { etag: header("Names these bytes; send it as If-None-Match.", { type: "string" }) }

const SESSION = {
  type: "apiKey",
  in: "cookie",
  name: "signalflow_session",
  description: "HttpOnly; its name ends in letters of the installation instead. Set by /api/token/link, replaced at each renewal.",
}
/** By the session cookie alone; ending a session that is not there is no error. */
const BY_SESSION: Record<string, ReadonlyArray<Json>> = {
  "/api/token/refresh": [{ session: [] }],
  "/api/token/revoke": [{ session: [] }, {}],
}

/** Completes the document that is made of the contract with what only people need. */
export const completed = (spec: Json): Json => {
  for (const [path, methods] of Object.entries<Json>(spec["paths"])) {
    for (const [method, operation] of Object.entries<Json>(methods)) {
      operation["summary"] ??= SUMMARIES[`${method} ${path}`]
      for (const parameter of operation["parameters"] as Array<Json>) Object.assign(parameter, PARAMETERS[parameter["name"] as string])
      const isLimited = "429" in operation["responses"]
      if (method === "get" && /^\/(api\/v\d+|dlq)(\/|$)/.test(path)) {
        operation["responses"]["200"]["headers"] = ETAG
        operation["responses"]["304"] = { description: "Nothing has changed since the ETag in If-None-Match", headers: ETAG }
      }
      for (const [status, response] of Object.entries<Json>(operation["responses"])) {
        const headers = {
          ...(isLimited && !(Number(status) in { 413: 0, 414: 0, 421: 0, 431: 0 }) ? LIMITS : {}),
          ...HEADERS[status],
          ...response["headers"],
        }
        if (Object.keys(headers).length > 0) response["headers"] = headers
      }
      if (BY_SESSION[path] !== undefined) operation["security"] = BY_SESSION[path]
    }
  }
  if (Object.keys(BY_SESSION).some((path) => path in spec["paths"])) spec["components"]["securitySchemes"]["session"] = SESSION
  return spec
}
