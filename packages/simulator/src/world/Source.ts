import type { BlueskyFeed, HackerNewsFeed, RedditFeed, YouTubeFeed } from "./Feeds.ts"
import type { TruthPage, TruthQuery } from "../truth/Truth.ts"
import { truthPage, truthSummary } from "../truth/Truth.ts"
import type { Publication, Published, World } from "../World.ts"

/** What stands behind the protocols: a generated world or recordings. */
export interface Source {
  /** Unix milliseconds, never going back. */
  readonly now: () => number
  readonly hackerNews: HackerNewsFeed
  readonly bluesky: BlueskyFeed
  /** Called by the first request; null: this source has nothing for that platform. */
  readonly reddit: (() => RedditFeed) | null
  readonly youtube: (() => YouTubeFeed) | null
  readonly truth: (query: TruthQuery) => TruthPage
  readonly summary: () => Readonly<Record<string, unknown>>
  /** Null where nothing can be added: recordings are what they are. */
  readonly publish: ((publication: Publication) => Published) | null
  readonly retract: (id: string) => boolean
}

export const generated = (world: World): Source => ({
  now: world.now,
  hackerNews: world.hackerNews,
  bluesky: world.bluesky,
  reddit: world.reddit,
  youtube: world.youtube,
  truth: (query) => truthPage(world, query),
  summary: () => truthSummary(world),
  publish: world.publish,
  retract: world.retract,
})
