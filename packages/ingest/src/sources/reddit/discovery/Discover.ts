import { discoveryTopics } from "@signalflow/domain/sources/Discovered"
import { Settings } from "@signalflow/domain/settings/Settings"
import type { BusRecord } from "@signalflow/domain/bus/SignalBus"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Clock, Deferred, Effect, Random, Result, Stream } from "effect"
import { HttpClient } from "effect/http"
import { runFeed } from "../../../FeedRun.ts"
import { type Feed, SourceError } from "../../../SourceAdapter.ts"
import { SourceTracker } from "../../../health/SourceTracker.ts"
import * as Client from "../Client.ts"
import { platform } from "../Convert.ts"
import { credentialsMissing } from "../Credentials.ts"
import { rhythm } from "../Rhythm.ts"
import { Tracked } from "../Tracked.ts"
import { reddit } from "../Reddit.ts"
import { discovery } from "./Discovery.ts"
import { discoveryOptions } from "./DiscoveryOptions.ts"

/** Name of the watermark of `signalflow discover`, which is not that of a scheduled target. */
export const DISCOVER = "discover"

/** How often in a row a single round may fail before it is given up; the next run goes on from its watermark. */
const PATIENCE = 5

export interface Discover {
  /** In place of the settings: `subreddits`, `posts`, `comments`, `sort`. */
  readonly options: SourceConfig["options"]
  /** Time between two rounds; null = one round. */
  readonly everyMs: number | null
  /** Ends after so many posts and their comments. */
  readonly limit: number | null
  /** What has been published, durably, in order. */
  readonly onPublished: (records: ReadonlyArray<BusRecord>) => Effect.Effect<void>
  /** Why it waits. */
  readonly onWait: (why: string) => Effect.Effect<void>
}

export interface Published {
  readonly posts: number
  readonly comments: number
  readonly dropped: Readonly<Record<string, number>>
}

/**
 * Discovery by itself: what it finds goes to its two topics alone and not into the signals, because nobody here would hear of its deletion. It waits for
 * what passes; it fails when there is nothing to be had.
 */
export const run = Effect.fn("Discover.run")(function* ({ options: given, everyMs, limit, onPublished, onWait }: Discover) {
  const settings = yield* Settings
  const missing = credentialsMissing(settings)
  if (missing !== null) return yield* missing
  const options = discoveryOptions(given, settings)
  if (Result.isFailure(options)) return yield* new SourceError({ reason: "rejected", message: options.failure })
  const client = Client.make(yield* HttpClient.HttpClient, settings)
  const phaseMs = yield* Random.nextIntBetween(0, 30_000)
  const { submissions } = discoveryTopics(settings)
  const givenUp = yield* Deferred.make<never, SourceError>()
  const count = { posts: 0, comments: 0, dropped: {} as Record<string, number> }
  let published: Array<BusRecord> = []
  let failures = 0

  const acknowledged = (records: ReadonlyArray<BusRecord>) => {
    const posts = records.filter(({ topic }) => topic.name === submissions.name).length
    count.posts += posts
    count.comments += records.length - posts
    published.push(...records)
  }

  const failed = (error: SourceError) => {
    failures++
    return error.reason === "off" || (everyMs === null && failures >= PATIENCE) ? Deferred.fail(givenUp, error) : onWait(error.message)
  }

  const feed: Feed = {
    name: "live",
    cursor: DISCOVER,
    silenceMs: () => null,
    quotaLeft: client.quotaLeft,
    batches: (position) =>
      discovery({
        client,
        settings,
        options: options.success,
        tracked: new Tracked([], { age: 0, every: Infinity }),
        runId: DISCOVER,
        position,
        beat: everyMs === null ? null : rhythm(everyMs, phaseMs),
        ...(limit === null ? {} : { most: limit - count.posts }),
      }).pipe(
        Stream.map(({ raw = [], ...batch }) => {
          failures = 0
          for (const [reason, n] of Object.entries(batch.dropped)) count.dropped[reason] = (count.dropped[reason] ?? 0) + n
          return { ...batch, raw, events: [], onAck: () => acknowledged(raw) }
        }),
        Stream.tapError(failed),
      ),
  }
  const report = Effect.suspend(() => {
    const ready = published
    published = []
    return ready.length === 0 ? Effect.void : onPublished(ready)
  })
  const config: SourceConfig = { platform, target: DISCOVER, tier: "slow", intervalMs: everyMs, options: given, active: true, shard: 0 }
  const context = { config, runId: DISCOVER, shared: () => Effect.die("a single target shares nothing") }
  const tracker = new SourceTracker(config, [feed], yield* Clock.currentTimeMillis)
  yield* Effect.raceFirst(runFeed({ adapter: reddit, context, feed, tracker, report }), Deferred.await(givenUp))
  return count satisfies Published
})
