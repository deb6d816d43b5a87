import type { SourceAdapter } from "./SourceAdapter.ts"
import { bluesky } from "./sources/Bluesky.ts"
import { feed } from "./sources/Feed.ts"
import { hackerNews } from "./sources/HackerNews.ts"
import { reddit } from "./sources/Reddit.ts"
import { youTube } from "./sources/YouTube.ts"

/** Every platform that SignalFlow reads. */
export const sources: ReadonlyArray<SourceAdapter> = [hackerNews, bluesky, reddit, youTube, feed]
