import type { Faults } from "../../faults/Faults.ts"
import { json, type Asked, type Reply } from "../../Protocol.ts"
import { token } from "../youtube/VideoIds.ts"

export interface RedditOptions {
  readonly clientId?: string
  readonly clientSecret?: string
  readonly tokenSeconds?: number
  readonly requestsPerMinute?: number
  /** The budget is averaged over so many seconds. */
  readonly windowSeconds?: number
}

export const CLIENT_ID = "simulated-client"
export const CLIENT_SECRET = "simulated-secret"

const MOST_TOKENS = 4096

/** What HTTP libraries call themselves: the site turns them away (https://github.com/reddit-archive/reddit/wiki/API). */
const DEFAULT_AGENTS =
  /^(python(-\w+)?|curl|wget|node(-fetch)?|undici|axios|got|go-http-client|java|okhttp|libwww-perl|ruby|php|aiohttp|httpx|deno|bun)([/ ]|$)/i

const BLOCKED: Reply = {
  status: 403,
  type: "text/html",
  body: "<!doctype html><html><head><title>Blocked</title></head><body><h1>whoa there, pardner!</h1><p>Your request has been blocked due to a network policy. Make sure your User-Agent is not empty, is something unique and descriptive.</p></body></html>",
}
const TOO_MANY = { message: "Too Many Requests", error: 429 }
const UNAUTHORIZED = { message: "Unauthorized", error: 401 }

const basic = (header: string | undefined): readonly [string, string] | null => {
  const given = /^basic\s+([\w+/=-]+)$/i.exec(header ?? "")
  if (given === null) return null
  const [id, ...secret] = Buffer.from(given[1]!, "base64").toString("utf8").split(":")
  return [id ?? "", secret.join(":")]
}

export interface RedditAccess {
  /** `POST /api/v1/access_token`. */
  readonly grant: (asked: Asked) => Reply
  /** A refusal, or the headers that every admitted request is answered with. */
  readonly admit: (asked: Asked) => { readonly refusal: Reply } | { readonly headers: Readonly<Record<string, string>> }
}

export const redditAccess = (faults: Faults, now: () => number, options: RedditOptions): RedditAccess => {
  const { clientId = CLIENT_ID, clientSecret = CLIENT_SECRET, tokenSeconds = 3600, requestsPerMinute = 100, windowSeconds = 600 } = options
  const budget = Math.floor((requestsPerMinute * windowSeconds) / 60)
  const issued = new Map<string, number>()
  let count = 0
  let window = -1
  let used = 0

  const strangers = ({ headers }: Asked): Reply | null => {
    const agent = headers["user-agent"] ?? ""
    if (agent.trim() === "") return BLOCKED
    return DEFAULT_AGENTS.test(agent) ? json(TOO_MANY, 429) : null
  }

  return {
    grant: (asked) => {
      const refusal = strangers(asked)
      if (refusal !== null) return refusal
      const given = basic(asked.headers.authorization)
      if (given === null || given[0] !== clientId || given[1] !== clientSecret)
        return json(UNAUTHORIZED, 401, { "www-authenticate": 'Basic realm="reddit"' })
      const form = new URLSearchParams(asked.body)
      if (form.get("grant_type") !== "client_credentials") return json({ error: "unsupported_grant_type" })
      const access = `${token(24, 0x70c, ++count)}-${token(40, 0x70d, count)}`
      if (issued.size >= MOST_TOKENS) issued.delete(issued.keys().next().value!)
      issued.set(access, now())
      return json({ access_token: access, token_type: "bearer", expires_in: tokenSeconds, scope: "*" })
    },
    admit: (asked) => {
      const refusal = strangers(asked)
      if (refusal !== null) return { refusal }
      const bearer = /^bearer\s+(\S+)$/i.exec(asked.headers.authorization ?? "")?.[1] ?? ""
      const at = issued.get(bearer)
      const life = faults.plan.tokenSeconds > 0 ? Math.min(faults.plan.tokenSeconds, tokenSeconds) : tokenSeconds
      if (at === undefined || now() >= at + life * 1000) {
        if (at !== undefined) faults.count("expiredToken")
        return { refusal: json(UNAUTHORIZED, 401, { "www-authenticate": 'Bearer realm="reddit", error="invalid_token"' }) }
      }
      const current = Math.floor(now() / (windowSeconds * 1000))
      if (current !== window) [window, used] = [current, 0]
      used++
      const reset = Math.ceil(((current + 1) * windowSeconds * 1000 - now()) / 1000)
      const headers = {
        "x-ratelimit-used": String(used),
        "x-ratelimit-remaining": `${Math.max(0, budget - used)}.0`,
        "x-ratelimit-reset": String(reset),
      }
      if (used <= budget) return { headers }
      faults.count("overBudget")
      return { refusal: json(TOO_MANY, 429, { ...headers, "retry-after": String(reset) }) }
    },
  }
}
