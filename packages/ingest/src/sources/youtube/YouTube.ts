import { isSet, Settings } from "@signalflow/domain/settings/Settings"
import { Clock, Effect } from "effect"
import { intervalOf, tiersOf } from "../../PollPlan.ts"
import { type Feed, type SourceAdapter, SourceError } from "../../SourceAdapter.ts"
import * as Api from "./Client.ts"
import { comments } from "./Comments.ts"
import { discover } from "./Live.ts"
import { lookAt } from "./PollContext.ts"
import { refresh } from "./Refresh.ts"
import { platform } from "./Convert.ts"
import { rules, targetOf } from "./Target.ts"
import { youTubeRaw } from "./Topic.ts"
import { Watchlist } from "./Watchlist.ts"

const off = (message: string) => new SourceError({ reason: "off", message })

/** YouTube by the Data API: charts, channels and searches, the counts of their videos, and the comments; within the day's quota of one key. */
export const youTube: SourceAdapter = {
  platform,
  rawTopics: () => [youTubeRaw],
  rules,
  targets: [{ platform, target: "mostPopular:US", tier: "slow", intervalMs: null, options: {}, active: true, shard: 0 }],
  feeds: Effect.fnUntraced(function* ({ config, runId, shared }) {
    const settings = yield* Settings
    if (!isSet(settings.YOUTUBE_API_KEY))
      return yield* off("no key: set YOUTUBE_API_KEY to a key of the YouTube Data API v3 (console.cloud.google.com, APIs & Services)")
    const target = targetOf(config.target)
    if (typeof target === "string") return yield* off(target)
    const api = yield* shared(
      Api.make({
        baseUrl: settings.YOUTUBE_API_URL,
        key: settings.YOUTUBE_API_KEY,
        limits: { units: settings.YOUTUBE_DAILY_UNITS, searches: settings.YOUTUBE_DAILY_SEARCHES },
      }),
    )
    const clock = yield* Clock.Clock
    const watchlist = new Watchlist()
    const tiers = tiersOf(settings)
    const everyMs = intervalOf(config)
    const bucket = target._tag === "Search" ? "searches" : "units"
    const live: Feed = {
      name: "live",
      cursor: config.target,
      // The day's budget may allow less than the target's interval asks for.
      silenceMs: () => 2 * (everyMs + api.spacing(bucket, clock.currentTimeMillisUnsafe())) + 60_000,
      quotaLeft: () => api.left(bucket, clock.currentTimeMillisUnsafe()),
      batches: (position) => discover(lookAt(target), { api, runId, watchlist }, tiers, everyMs, position),
    }
    const again: Feed = {
      name: "refresh",
      cursor: null,
      silenceMs: () => null,
      batches: () => refresh(api, runId, watchlist, tiers),
    }
    const talk: Feed = {
      name: "comments",
      cursor: `${config.target}#comments`,
      silenceMs: () => null,
      batches: (position) => comments(api, runId, watchlist, tiers, position),
    }
    return [live, again, talk]
  }),
}
