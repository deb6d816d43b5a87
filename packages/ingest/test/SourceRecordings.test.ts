import { bluesky } from "../src/sources/bluesky/Bluesky.ts"
import { hackerNews } from "../src/sources/hackernews/HackerNews.ts"
import { reddit } from "../src/sources/reddit/Reddit.ts"
import { youTube } from "../src/sources/youtube/YouTube.ts"
import { isRecorded } from "./Recorded.ts"
import { recordedSuite } from "./SourceSuite.ts"
import { recordedBluesky } from "./suite/recorded/Bluesky.ts"
import { recordedHackerNews } from "./suite/recorded/HackerNews.ts"
import { recordedReddit } from "./suite/recorded/Reddit.ts"
import { recordedYouTube } from "./suite/recorded/YouTube.ts"

recordedSuite("Hacker News", { adapter: hackerNews, open: recordedHackerNews, burst: 15, rounds: 6 }, isRecorded)
recordedSuite("Bluesky", { adapter: bluesky, open: recordedBluesky, burst: 600, rounds: 6 }, isRecorded)
recordedSuite("Reddit", { adapter: reddit, open: recordedReddit, burst: 130, rounds: 3 }, isRecorded)
recordedSuite("YouTube", { adapter: youTube, open: recordedYouTube, burst: 3, rounds: 3 }, isRecorded)
