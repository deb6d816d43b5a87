import { Effect, Redacted } from "effect"
import { CLIENT_ID, CLIENT_SECRET } from "../../simulator/src/platforms/reddit/Reddit.ts"
import { guidOf } from "../../simulator/src/platforms/feed/Syndication.ts"
import { API_KEY } from "../../simulator/src/platforms/youtube/YouTubeQuota.ts"
import { SourceError } from "../src/SourceAdapter.ts"
import { bluesky } from "../src/sources/bluesky/Bluesky.ts"
import { feedFrom } from "../src/sources/feed/Feed.ts"
import { platform as feedPlatform } from "../src/sources/feed/Convert.ts"
import { parseDocument } from "../src/sources/feed/Document.ts"
import { nativeId } from "../src/sources/feed/Identity.ts"
import type { Question } from "../src/sources/feed/Reader.ts"
import { hackerNews } from "../src/sources/hackernews/HackerNews.ts"
import { reddit } from "../src/sources/reddit/Reddit.ts"
import { youTube } from "../src/sources/youtube/YouTube.ts"
import { suite } from "./SourceSuite.ts"
import type { Conduct } from "./suite/Storm.ts"

const http = (port: number) => `http://127.0.0.1:${port}`
const brokenHttp = { errorRate: 0.1, truncateRate: 0.05, closeRate: 0.05 }

/** Everything that HTTP can do to a client; twenty seconds of each. */
const httpWeathers = [
  {},
  { errorRate: 0.3, closeRate: 0.1 },
  { truncateRate: 0.6 },
  { errorRate: 1 },
  { closeRate: 1 },
  { rateLimitRate: 0.4, rateLimitS: 7 },
  { hangRate: 0.4 },
  { delayMs: 6_000 },
  { delayMs: 45_000 },
  { schemaRate: 0.4, malformRate: 0.3 },
  { duplicateRate: 0.4, reorderRate: 0.4 },
  { clockSkewMs: -86_400_000, errorRate: 0.1 },
]
const httpFaults = ["error", "truncate", "close", "rateLimit", "hang", "schema", "malform", "duplicate", "reorder"]

const offence = (is: boolean, what: string) => (is ? [what] : [])
/** What no upstream allows: asking for what it refuses, a frame from a client that has to be silent, or very much at once. */
const rude = ({ done, mostOpen }: Conduct, atOnce: number) => [
  ...offence((done["refused"] ?? 0) > 0, "asked for something that is no request"),
  ...offence((done["clientFrame"] ?? 0) > 0, "sent a frame"),
  ...offence(mostOpen > atOnce, `${mostOpen} requests at once`),
]

suite("Hacker News", {
  adapter: hackerNews,
  target: { ...hackerNews.targets[0]!, intervalMs: 200 },
  settings: (port) => ({ HN_API_URL: http(port), HN_SEARCH_URL: http(port) }),
  publication: { platform: "hackernews", kind: "story" },
  burst: 130,
  faults: { ...brokenHttp, nullRate: 0.2, nullForMs: 500 },
  storm: {
    intervalMs: 5_000,
    weathers: [...httpWeathers, { nullRate: 0.5, nullForMs: 30_000 }],
    faults: [...httpFaults, "null"],
    offences: (conduct) => rude(conduct, 50),
  },
  hearsRemovals: false,
})

suite("Bluesky", {
  adapter: bluesky,
  target: bluesky.targets[0]!,
  settings: (port) => ({ BLUESKY_JETSTREAM_URL: `ws://127.0.0.1:${port}`, BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "all" }),
  publication: { platform: "bluesky", kind: "post" },
  burst: 60,
  faults: { malformedEvery: 7, duplicateEvery: 5, breakAfter: 40 },
  storm: {
    intervalMs: null,
    weathers: [
      {},
      { malformedEvery: 3, duplicateEvery: 2 },
      { breakAfter: 2 },
      { stall: true },
      { freeze: true },
      { refuse: true },
      { tooSlow: true },
      { errorRate: 0.5, hangRate: 0.2, breakAfter: 4 },
    ],
    // Nobody but the source itself ends a socket that has frozen.
    last: { freeze: true },
    faults: ["malformed", "duplicate", "break", "stall", "freeze", "refuse", "tooSlow"],
    offences: (conduct) => rude(conduct, 1),
  },
  hearsRemovals: true,
})

suite("Reddit", {
  adapter: reddit,
  target: { ...reddit.targets[0]!, target: "technology", intervalMs: 500 },
  settings: (port) => ({
    REDDIT_CLIENT_ID: CLIENT_ID,
    REDDIT_CLIENT_SECRET: Redacted.make(CLIENT_SECRET),
    REDDIT_API_URL: http(port),
    REDDIT_AUTH_URL: http(port),
    REDDIT_COMMENT_LIMIT: 0,
  }),
  publication: { platform: "reddit", kind: "post", community: "technology" },
  burst: 20,
  faults: { ...brokenHttp, duplicateRate: 0.1, reorderRate: 0.1, malformRate: 0.1, tokenSeconds: 1 },
  storm: {
    intervalMs: 3_000,
    world: { reddit: { requestsPerMinute: 15, windowSeconds: 60 } },
    weathers: [...httpWeathers, { tokenSeconds: 5 }],
    faults: [...httpFaults, "expiredToken"],
    offences: (conduct) => [
      ...rude(conduct, 10),
      // A program that was just started knows no window: its first answer tells.
      ...offence(
        (conduct.done["overBudget"] ?? 0) > conduct.starts,
        `asked ${conduct.done["overBudget"]} times in a window that was used up`,
      ),
    ],
  },
  hearsRemovals: false,
})

const youTubeTarget = { ...youTube.targets[0]!, intervalMs: 500 }
const video = { platform: "youtube", kind: "video" } as const

suite("YouTube", {
  adapter: youTube,
  target: youTubeTarget,
  publication: video,
  place: async (port) => {
    const answer = await fetch(`${http(port)}/youtube/v3/videos?part=snippet&chart=mostPopular&key=${API_KEY}`)
    const page = (await answer.json()) as { readonly items: ReadonlyArray<{ readonly snippet: { readonly channelId: string } }> }
    const { channelId } = page.items[0]!.snippet
    return { target: { ...youTubeTarget, target: `channel:${channelId}` }, publication: { ...video, community: channelId } }
  },
  settings: (port) => ({ YOUTUBE_API_KEY: Redacted.make(API_KEY), YOUTUBE_API_URL: http(port), YOUTUBE_DAILY_UNITS: 100_000_000 }),
  world: { youtube: { unitsPerDay: 100_000_000 } },
  burst: 20,
  faults: { ...brokenHttp, duplicateRate: 0.1, malformRate: 0.1 },
  storm: {
    intervalMs: 500,
    // The day of the quota ends with it, at midnight in California; before that the quota is gone.
    from: Date.UTC(2026, 10, 22, 7, 49, 30),
    world: { youtube: { unitsPerDay: 250 } },
    settings: { YOUTUBE_DAILY_UNITS: 250 },
    weathers: httpWeathers,
    last: { quotaGone: true },
    faults: [...httpFaults, "quotaGone"],
    offences: (conduct) => [...rude(conduct, 4), ...offence((conduct.done["quotaExceeded"] ?? 0) > 0, "spent more than the day has")],
  },
  hearsRemovals: false,
})

// Reads at once: a thread takes real time, which virtual time runs away from. It has tests of its own.
const reader = Effect.succeed({
  isRunning: () => false,
  read: ({ text, host, url }: Question) =>
    Effect.try({
      try: () => parseDocument(text, host, url),
      catch: (error) => new SourceError({ reason: "malformed", message: (error as Error).message }),
    }),
})
const feed = feedFrom((address) => address === "127.0.0.1", reader)
const feedTarget = { platform: feedPlatform, target: "", tier: "fast", intervalMs: 300, options: {}, active: true, shard: 0 } as const

suite("Feed", {
  adapter: feed,
  target: feedTarget,
  settings: () => ({}),
  publication: { platform: "hackernews", kind: "story" },
  place: (port) => Promise.resolve({ target: { ...feedTarget, target: `${http(port)}/feeds/stories.rss` } }),
  idOf: (published, { target }) => {
    const link = guidOf(Number(published.slice("hackernews:".length)))
    const entry = { guid: link, link, title: "", body: "", author: null, published: null, at: null, source: null }
    return `feed:${nativeId(target, entry)}`
  },
  burst: 40,
  faults: { ...brokenHttp, duplicateRate: 0.1, reorderRate: 0.1, malformRate: 0.1 },
  storm: {
    intervalMs: 2_000,
    weathers: httpWeathers,
    faults: httpFaults,
    offences: (conduct) => rude(conduct, 0),
  },
  hearsRemovals: false,
})
