import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { reddit } from "../../../src/sources/reddit/Reddit.ts"
import { recordedLines } from "../../Recorded.ts"
import { thingsIn } from "../../sources/reddit/Cassettes.ts"
import type { Upstream } from "../Upstream.ts"
import { pass, script, shelf } from "./Script.ts"

interface Post {
  readonly kind: "t3"
  readonly data: { readonly name: string; readonly created_utc: number; readonly author: string; readonly selftext: string }
}

const isKept = ({ data }: Post) => data.author !== "[deleted]" && !/^\[(removed|deleted)\]$/.test(data.selftext)
const listing = (children: ReadonlyArray<Post>, after: string | null = null) => ({ kind: "Listing", data: { children, after } })

/** r/AskReddit in an evening of May 2016: 636 posts, shown at the times at which they were written. */
export const recordedReddit: Effect.Effect<Upstream> = Effect.gen(function* () {
  const all = recordedLines("reddit/comments/askreddit_conv5.ndjson.gz")
    .map((line) => thingsIn(JSON.parse(line))[0] as Post)
    .filter(isKept)
    .sort((a, b) => a.data.created_utc - b.data.created_utc)
  const posts = shelf(all, 20)
  const until = (newest: Post) => TestClock.setTime(newest.data.created_utc * 1_000 + 1_000)
  yield* until(posts.shown().at(-1)!)
  const upstream = script(({ pathname, searchParams: query }) => {
    if (pathname === "/api/v1/access_token") return { access_token: "token", token_type: "bearer", expires_in: 3_600, scope: "*" }
    if (pathname === "/api/info") {
      const names = new Set(query.get("id")!.split(","))
      return listing(posts.shown().filter(({ data }) => names.has(data.name)))
    }
    if (pathname.toLowerCase() !== "/r/askreddit/new") return undefined
    const newest = posts.shown().toReversed()
    const after = query.get("after")
    const from = after === null ? 0 : newest.findIndex(({ data }) => data.name === after) + 1
    const page = newest.slice(from, from + Number(query.get("limit")))
    return listing(page, from + page.length < newest.length ? page.at(-1)!.data.name : null)
  })
  return {
    ...upstream,
    target: { ...reddit.targets[0]!, target: "AskReddit", intervalMs: 1_000 },
    settings: {
      REDDIT_CLIENT_ID: "id",
      REDDIT_CLIENT_SECRET: Redacted.make("secret"),
      REDDIT_API_URL: "http://reddit",
      REDDIT_AUTH_URL: "http://reddit",
      REDDIT_COMMENT_LIMIT: 0,
    },
    outside: Layer.merge(upstream.layer, FrameSocket.layer),
    publish: (n) =>
      Effect.gen(function* () {
        const more = posts.more(n)
        yield* until(more.at(-1)!)
        return more.map(({ data }) => `reddit:${data.name}`)
      }),
    retract: () => undefined,
    subscribers: () => 0,
    pass,
  }
})
