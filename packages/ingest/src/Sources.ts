import type { SourceAdapter } from "./SourceAdapter.ts"
import { bluesky } from "./sources/Bluesky.ts"
import { hackerNews } from "./sources/HackerNews.ts"

/** Every platform that SignalFlow reads. */
export const sources: ReadonlyArray<SourceAdapter> = [hackerNews, bluesky]
