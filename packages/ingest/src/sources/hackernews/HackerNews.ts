import { Settings } from "@signalflow/domain/settings/Settings"
import { Effect, Stream } from "effect"
import { HttpClient } from "effect/http"
import { onlyTarget, readable } from "../../targets/OnlyTarget.ts"
import { intervalOf, tiersOf } from "../../PollPlan.ts"
import type { Feed, SourceAdapter } from "../../SourceAdapter.ts"
import * as Firebase from "./Client.ts"
import { history, historyProgress } from "./History.ts"
import { platform } from "./Convert.ts"
import { Pending, refresh, TrackedStories, UPDATES_EVERY } from "./Refresh.ts"
import { hackerNewsRaw } from "./Topic.ts"
import { walk } from "./Live.ts"

const rules = onlyTarget(
  "items",
  'Hacker News is read as a whole, its front pages included, by the target items; choose from it with "signalflow source set hackernews items --include …"',
)

/** Hacker News: every new item by number, changes and front pages, and the last days from the search index. */
export const hackerNews: SourceAdapter = {
  platform,
  rawTopics: () => [hackerNewsRaw],
  rules,
  targets: [{ platform, target: "items", tier: "fast", intervalMs: 5_000, options: {}, active: true, shard: 0 }],
  feeds: ({ config, runId }) =>
    Effect.gen(function* () {
      yield* readable(rules, config)
      const client = yield* HttpClient.HttpClient
      const settings = yield* Settings
      const firebase = Firebase.make(client, settings.HN_API_URL)
      const doubt = { count: 0 }
      const tracked = new TrackedStories()
      const pending = new Pending()
      const everyMs = intervalOf(config)
      const live: Feed = {
        name: "live",
        cursor: config.target,
        silenceMs: () => everyMs * 3 + 15_000,
        batches: (position) =>
          Stream.tap(walk(firebase, runId, everyMs, position, doubt), (batch) => Effect.sync(() => tracked.note(batch.events))),
      }
      const again: Feed = {
        name: "refresh",
        cursor: null,
        silenceMs: () => UPDATES_EVERY * 4,
        batches: () => refresh(firebase, runId, tracked, pending, tiersOf(settings)),
      }
      const past: Feed = {
        name: "history",
        cursor: "warm-start",
        silenceMs: () => null,
        progress: historyProgress,
        batches: (position) => history(client, settings.HN_SEARCH_URL, runId, settings.WARM_START_HOURS, position),
      }
      return settings.WARM_START_HOURS > 0 ? [live, again, past] : [live, again]
    }),
}
