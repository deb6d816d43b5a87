import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { youTube } from "../../../src/sources/youtube/YouTube.ts"
import { recordedJson } from "../../Recorded.ts"
import type { Upstream } from "../Upstream.ts"
import { NOW, pass, script, shelf } from "./Script.ts"

interface Video {
  readonly id: string
  readonly snippet?: unknown
}

const FILES = [
  "huuarena_videos_0_videoListResponse",
  "python-youtube/videos_videos_chart_paged_1",
  "python-youtube/videos_videos_chart_paged_2",
  "python-youtube/videos_videos_info_multi",
  "python-youtube/videos_videos_info_single",
  "python-youtube/videos_videos_myrating_paged_1",
  "python-youtube/videos_videos_myrating_paged_2",
]
const PAGE = 2

/** The Data API with recorded videos, as if one channel had uploaded them; pages of two. */
export const recordedYouTube: Effect.Effect<Upstream> = Effect.gen(function* () {
  yield* TestClock.setTime(NOW)
  const bodies = FILES.flatMap((file) => (recordedJson(`youtube/api/${file}.json`) as { readonly items: ReadonlyArray<Video> }).items)
  const all = new Map(bodies.filter(({ snippet }) => snippet !== undefined).map((video) => [video.id, video]))
  const videos = shelf([...all.values()], 2)
  const list = (kind: string, items: ReadonlyArray<unknown>, more = {}) => ({ kind: `youtube#${kind}ListResponse`, items, ...more })
  const upstream = script(({ pathname, searchParams: query }) => {
    switch (pathname.replace("/youtube/v3/", "")) {
      case "channels":
        return list("channel", [{ id: "UCone", contentDetails: { relatedPlaylists: { uploads: "UUone" } } }])
      case "playlistItems": {
        const newest = videos.shown().toReversed()
        const from = Number(query.get("pageToken") ?? 0)
        const items = newest.slice(from, from + PAGE).map(({ id }) => ({ kind: "youtube#playlistItem", contentDetails: { videoId: id } }))
        return list("playlistItem", items, from + PAGE < newest.length ? { nextPageToken: String(from + PAGE) } : {})
      }
      case "videos": {
        const ids = new Set(query.get("id")!.split(","))
        return list(
          "video",
          videos.shown().filter(({ id }) => ids.has(id)),
        )
      }
      case "commentThreads":
        return list("commentThread", [])
    }
    return undefined
  })
  return {
    ...upstream,
    target: { ...youTube.targets[0]!, target: "channel:UCone", intervalMs: 1_000 },
    settings: { YOUTUBE_API_KEY: Redacted.make("key"), YOUTUBE_API_URL: "http://youtube", YOUTUBE_DAILY_UNITS: 100_000_000 },
    outside: Layer.merge(upstream.layer, FrameSocket.layer),
    publish: (n) => Effect.sync(() => videos.more(n).map(({ id }) => `youtube:${id}`)),
    retract: () => undefined,
    subscribers: () => 0,
    pass,
  }
})
