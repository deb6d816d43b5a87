import type { SourceAdapter } from "./SourceAdapter.ts"
import { bluesky } from "./sources/bluesky/Bluesky.ts"
import { feed } from "./sources/feed/Feed.ts"
import { hackerNews } from "./sources/hackernews/HackerNews.ts"
import { reddit } from "./sources/reddit/Reddit.ts"
import { youTube } from "./sources/youtube/YouTube.ts"

/** Every platform that SignalFlow reads. */
export const sources: ReadonlyArray<SourceAdapter> = [hackerNews, bluesky, reddit, youTube, feed]
