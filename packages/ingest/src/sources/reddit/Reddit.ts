import { discoveryTopics } from "@signalflow/domain/sources/Discovered"
import { Settings } from "@signalflow/domain/settings/Settings"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Effect, Random, Result } from "effect"
import { HttpClient } from "effect/http"
import { discovery } from "./discovery/Discovery.ts"
import { discoveryOptions } from "./discovery/DiscoveryOptions.ts"
import { intervalOf, tiersOf } from "../../PollPlan.ts"
import { type Feed, type SourceAdapter, type SourceContext, SourceError } from "../../SourceAdapter.ts"
import * as Client from "./Client.ts"
import { comments } from "./Comments.ts"
import { platform } from "./Convert.ts"
import { credentialsMissing } from "./Credentials.ts"
import * as Info from "./Info.ts"
import * as Listings from "./Listings.ts"
import { live } from "./Live.ts"
import { REFRESH_EVERY, refresh } from "./Refresh.ts"
import { commentsRaw, postsRaw, postsRefreshed } from "./Topic.ts"
import { rhythm } from "./Rhythm.ts"
import { isTrending, rules, subredditOf } from "./Target.ts"
import { Tracked } from "./Tracked.ts"

const DAY = 86_400_000
const SUBREDDITS = ["technology", "programming", "worldnews", "news", "science", "gadgets", "business"]

const target = (name: string, more: Partial<SourceConfig>): SourceConfig => ({
  platform,
  target: name,
  tier: "medium",
  intervalMs: null,
  options: {},
  active: true,
  shard: 0,
  ...more,
})

/** What all targets share: one application, one rate limit, one request for many. */
const api = (together: number) =>
  Effect.gen(function* () {
    const client = Client.make(yield* HttpClient.HttpClient, yield* Settings)
    const listings = yield* Listings.make(client, together)
    const info = yield* Info.make(client, together)
    // Everybody polls on the minute; this program polls at a second of its own.
    return { client, listings, info, phaseMs: yield* Random.nextIntBetween(0, 30_000) }
  })

const off = (message: string) => new SourceError({ reason: "off", message })

const sortOf = (options: SourceConfig["options"]) => Listings.sorts.find((sort) => sort === (options["sort"] ?? "new")) ?? null

const feedsOf = (together: number) =>
  Effect.fnUntraced(function* ({ config, runId, shared }: SourceContext) {
    const settings = yield* Settings
    const missing = credentialsMissing(settings)
    if (missing !== null) return yield* missing
    const trending = isTrending(config.options)
    const subreddit = subredditOf(config.target)
    const sort = trending ? "new" : sortOf(config.options)
    const options = trending ? discoveryOptions(config.options, settings) : null
    if (options !== null && Result.isFailure(options)) return yield* off(options.failure)
    if (!trending && subreddit === null) return yield* off(Result.merge(rules.check(config.target, config.options)))
    if (sort === null) return yield* off(`sort is ${JSON.stringify(config.options["sort"])}: it may be ${Listings.sorts.join(", ")}`)

    const { client, listings, info, phaseMs } = yield* shared(api(together))
    const tracked = new Tracked(tiersOf(settings), { age: settings.RETENTION_DAYS * DAY, every: DAY })
    const everyMs = intervalOf(config)
    const { quotaLeft } = client
    const present: Feed = {
      name: "live",
      cursor: config.target,
      silenceMs: () => everyMs * 3 + 60_000,
      quotaLeft,
      batches: (position) =>
        options !== null
          ? discovery({ client, settings, options: options.success, tracked, runId, position, beat: rhythm(everyMs, phaseMs) })
          : live({
              listings,
              tracked,
              subreddit: subreddit!,
              sort,
              everyMs,
              phaseMs,
              firstHours: Math.min(24, settings.WARM_START_HOURS),
              runId,
              position,
            }),
    }
    const again: Feed = {
      name: "refresh",
      cursor: `${config.target}#tracked`,
      silenceMs: () => REFRESH_EVERY * 5,
      batches: (position) => refresh({ info, tracked, phaseMs, runId, position }),
    }
    const talk: Feed = {
      name: "comments",
      cursor: null,
      silenceMs: () => null,
      batches: () => comments(client, tracked, settings.REDDIT_COMMENT_LIMIT, runId),
    }
    return trending || settings.REDDIT_COMMENT_LIMIT === 0 ? [present, again] : [present, again, talk]
  })

/** Reddit, asking for at most `together` subreddits or things in one request. */
export const redditTogether = (together: number): SourceAdapter => ({
  platform,
  asksTogether: true,
  rules,
  rawTopics: (settings) => {
    const { submissions, comments: discussed } = discoveryTopics(settings)
    return [postsRaw, postsRefreshed, commentsRaw, submissions, discussed]
  },
  targets: [...SUBREDDITS.map((name) => target(name, {})), target("trending", { tier: "slow", options: { mode: "trending" } })],
  feeds: feedsOf(together),
})

/** Reddit: new posts of chosen subreddits, their counts and deletions, comments, and what is trending elsewhere. Off without credentials. */
export const reddit: SourceAdapter = redditTogether(100)
