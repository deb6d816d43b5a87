import { Clock, Effect, Layer } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { type Answer, json } from "../../Harness.ts"

export interface FakePost {
  readonly name: string
  subreddit: string
  created_utc: number
  [field: string]: unknown
}

interface Asked {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly token: string
}

const listing = (children: ReadonlyArray<unknown>, after: string | null = null) => ({ kind: "Listing", data: { children, after } })
const t3 = (data: unknown) => ({ kind: "t3", data })

/** A Reddit of the test's own: tokens that expire, a window of requests, subreddits that refuse. */
export class RedditUpstream {
  readonly posts = new Map<string, FakePost>()
  readonly comments = new Map<string, ReadonlyArray<Record<string, unknown>>>()
  /** Lower-case names and what they answer instead of a listing. */
  readonly refusals = new Map<string, { readonly status: number; readonly reason: string }>()
  popular: Array<string> = []
  readonly asked: Array<Asked> = []
  tokens = 0
  tokenSeconds = 3_600
  valid = new Set<string>()
  /** Requests of one window; null = no headers. */
  allowed: number | null = 600
  windowMs = 600_000
  refusedForLimit = 0
  /** Answers first, when it gives something. */
  instead: (path: string, method: string) => Answer = () => undefined
  #used = 0
  #resetAt = 0

  get data(): ReadonlyArray<Asked> {
    return this.asked.filter(({ method }) => method === "GET")
  }

  paths(): Array<string> {
    return this.data.map(({ path }) => path)
  }

  post(name: string, subreddit: string, created_utc: number, more: object = {}): FakePost {
    const made: FakePost = {
      name,
      subreddit,
      created_utc,
      author: "ada",
      title: `Post ${name}`,
      selftext: "",
      score: 1,
      num_comments: 0,
      is_self: true,
      permalink: `/r/${subreddit}/comments/${name.slice(3)}/x/`,
      removed_by_category: null,
      ...more,
    }
    this.posts.set(name, made)
    return made
  }

  readonly layer = Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const token = (request.headers["authorization"] ?? "").replace("Bearer ", "")
        this.asked.push({ at: now, method: request.method, path: url.pathname + decodeURIComponent(url.search), token })
        const answer = this.#answer(url, request.method, token, now)
        if (answer instanceof Error)
          return Effect.fail(
            new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, description: answer.message }) }),
          )
        return Effect.succeed(HttpClientResponse.fromWeb(request, answer ?? new Response("{}", { status: 404 })))
      }),
    ),
  )

  #answer(url: URL, method: string, token: string, now: number): Answer {
    const given = this.instead(url.pathname, method)
    if (given !== undefined) return given
    if (method === "POST") {
      const value = `token-${++this.tokens}`
      this.valid = new Set([value])
      return json({ access_token: value, token_type: "bearer", expires_in: this.tokenSeconds, scope: "*" })
    }
    if (!this.valid.has(token)) return json({ message: "Unauthorized", error: 401 }, { status: 401 })
    if (now >= this.#resetAt) {
      this.#used = 0
      this.#resetAt = now + this.windowMs
    }
    if (this.allowed !== null && this.#used >= this.allowed) {
      this.refusedForLimit++
      return json({ error: 429 }, { status: 429, headers: this.#headers(now) })
    }
    this.#used++
    const { status, body } = this.#body(url)
    return json(body, { status, headers: this.#headers(now) })
  }

  #headers(now: number): Record<string, string> {
    if (this.allowed === null) return {}
    return {
      "x-ratelimit-used": String(this.#used),
      "x-ratelimit-remaining": `${this.allowed - this.#used}.0`,
      "x-ratelimit-reset": String(Math.ceil((this.#resetAt - now) / 1_000)),
    }
  }

  #body({ pathname, searchParams: query }: URL): { status: number; body: unknown } {
    const ok = (body: unknown) => ({ status: 200, body })
    const limit = Math.min(100, Number(query.get("limit") ?? 25))
    if (pathname === "/api/info") {
      const ids = query.get("id")!.split(",")
      if (ids.length > 100) return { status: 400, body: {} }
      return ok(listing(ids.flatMap((id) => (this.posts.has(id) ? [t3(this.posts.get(id))] : []))))
    }
    if (pathname === "/subreddits/popular")
      return ok(
        listing(
          this.popular
            .slice(0, limit)
            .map((name) => ({ kind: "t5", data: { display_name: name, subreddit_type: "public", over18: false } })),
        ),
      )
    const thread = /^\/comments\/(\w+)$/.exec(pathname)?.[1]
    if (thread !== undefined) {
      const comments = this.comments.get(`t3_${thread}`) ?? []
      return ok([listing([t3(this.posts.get(`t3_${thread}`))]), listing(comments.slice(0, limit).map((data) => ({ kind: "t1", data })))])
    }
    const [, names, sort] = /^\/r\/([^/]+)\/(\w+)$/.exec(pathname) ?? []
    if (names === undefined) return { status: 404, body: {} }
    const wanted = new Set(names.toLowerCase().split("+"))
    const refused = [...wanted].filter((name) => this.refusals.has(name))
    // Alone it is refused; among others it is left out.
    if (refused.length === wanted.size) {
      const { status, reason } = this.refusals.get(refused[0]!)!
      return { status, body: { reason, error: status } }
    }
    for (const name of refused) wanted.delete(name)
    const all = [...this.posts.values()].filter(({ subreddit }) => wanted.has(subreddit.toLowerCase()))
    all.sort(
      (a, b) => (sort === "new" ? b.created_utc - a.created_utc : Number(b["score"]) - Number(a["score"])) || (a.name < b.name ? 1 : -1),
    )
    const from = query.get("after") === null ? 0 : all.findIndex(({ name }) => name === query.get("after")) + 1
    const page = all.slice(from, from + limit)
    return ok(listing(page.map(t3), from + limit < all.length ? page.at(-1)!.name : null))
  }
}
