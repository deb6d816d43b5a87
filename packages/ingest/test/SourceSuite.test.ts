import { Redacted } from "effect"
import { API_KEY } from "../../simulator/src/protocols/YouTubeQuota.ts"
import { CLIENT_ID, CLIENT_SECRET } from "../../simulator/src/protocols/Reddit.ts"
import { bluesky } from "../src/sources/Bluesky.ts"
import { hackerNews } from "../src/sources/HackerNews.ts"
import { reddit } from "../src/sources/Reddit.ts"
import { youTube } from "../src/sources/YouTube.ts"
import { suite } from "./SourceSuite.ts"

const http = (port: number) => `http://127.0.0.1:${port}`
const brokenHttp = { errorRate: 0.1, truncateRate: 0.05, closeRate: 0.05 }

suite("Hacker News", {
  adapter: hackerNews,
  target: { ...hackerNews.targets[0]!, intervalMs: 200 },
  settings: (port) => ({ HN_API_URL: http(port), HN_SEARCH_URL: http(port) }),
  publication: { platform: "hackernews", kind: "story" },
  burst: 130,
  storm: { ...brokenHttp, nullRate: 0.2, nullForMs: 500 },
  hearsRemovals: false,
})

suite("Bluesky", {
  adapter: bluesky,
  target: bluesky.targets[0]!,
  settings: (port) => ({ BLUESKY_JETSTREAM_URL: `ws://127.0.0.1:${port}`, BLUESKY_SAMPLE: 1, BLUESKY_LANGUAGES: "all" }),
  publication: { platform: "bluesky", kind: "post" },
  burst: 60,
  storm: { malformedEvery: 7, duplicateEvery: 5, breakAfter: 40 },
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
  storm: { ...brokenHttp, duplicateRate: 0.1, reorderRate: 0.1, malformRate: 0.1, tokenSeconds: 1 },
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
  storm: { ...brokenHttp, duplicateRate: 0.1, malformRate: 0.1 },
  hearsRemovals: false,
})
