import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import { keyOf, type SourceConfig, type SourceHealth } from "@signalflow/domain/sources/Source"
import { SourceConfigs } from "@signalflow/domain/sources/SourceConfigs"
import { backoff } from "@signalflow/platform/flow/Backoff"
import { whileHeld } from "@signalflow/platform/postgres/leases/Leases"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Clock, Effect, FiberMap, Random, Schedule, Stream } from "effect"
import { Cursors } from "./stores/Cursors.ts"
import { runFeed } from "./FeedRun.ts"
import { filtered } from "./targets/FilteredFeeds.ts"
import { Health } from "./health/SourceHealth.ts"
import { firstTurn, intervalOf } from "./PollPlan.ts"
import { sharing } from "./Shared.ts"
import type { SourceAdapter, SourceContext } from "./SourceAdapter.ts"
import { sources } from "./Sources.ts"
import { SourceTracker } from "./health/SourceTracker.ts"

const WATCH_EVERY = 2_000
const REPORT_AT_LEAST_EVERY = 10_000

const again = backoff("15 seconds")

/** Writes health when it says something new, at once on a change of state; a database that is unavailable costs a report, never a signal. */
const reporter = Effect.fnUntraced(function* (tracker: SourceTracker, { platform, target }: SourceConfig) {
  const health = yield* Health
  const trouble = (yield* Readiness).trouble(`sources of ${platform}`)
  let troubled = false
  const metrics = yield* Metrics
  let last: SourceHealth | null = null
  let wasLive = false
  const write = Effect.fnUntraced(function* (next: SourceHealth) {
    last = next
    const isLive = next.state === "live"
    if (wasLive && !isLive) yield* Effect.logWarning(`${next.platform}/${next.target} is ${next.state}: ${next.why}`)
    if (!wasLive && isLive) yield* Effect.logInfo(`${next.platform}/${next.target} is live`)
    wasLive = isLive
    metrics.sourceState(next.platform, next.target, next.state)
    if (next.lagMs !== null) metrics.sourceLag(next.platform, next.target, next.lagMs / 1_000)
    if (next.quotaLeft !== null) metrics.sourceQuota(next.platform, next.target, next.quotaLeft)
    const why = tracker.trouble(next.at)
    if (why !== null) yield* trouble.say("degraded", `${target}: ${why}`)
    else if (troubled) yield* trouble.over
    troubled = why !== null
    yield* Effect.catch(health.report(next), (error) => Effect.logDebug(error.message))
  })
  const changed = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const next = tracker.health(now)
    return last?.state === next.state && last.why === next.why ? Effect.void : write(next)
  })
  const watch = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const next = tracker.health(now)
    const moved = last === null || last.state !== next.state || last.readUntil !== next.readUntil || last.warmStart !== next.warmStart
    return moved || now - last!.at >= REPORT_AT_LEAST_EVERY ? write(next) : Effect.void
  })
  return { changed, watch: Effect.ensuring(Effect.repeat(watch, Schedule.spaced(WATCH_EVERY)), trouble.over) }
})

const runTarget = Effect.fnUntraced(function* (adapter: SourceAdapter, context: SourceContext, waitMs: number) {
  const cursors = yield* Cursors
  const { config } = context
  const feeds = yield* filtered(context, yield* adapter.feeds(context))
  const tracker = new SourceTracker(config, feeds, yield* Clock.currentTimeMillis)
  const active: Array<(typeof feeds)[number]> = []
  for (const feed of feeds) {
    if (feed.progress === undefined || feed.cursor === null) active.push(feed)
    else {
      // Known before the first report: whoever waits for a warm start must never see a moment without one.
      const share = feed.progress(yield* Effect.retry(cursors.load(config.platform, feed.cursor), again))
      if (share === null) tracker.finished(feed)
      else {
        tracker.warmStart(share)
        active.push(feed)
      }
    }
  }
  const { changed, watch } = yield* reporter(tracker, config)
  const runs = active.map((feed) => Effect.delay(runFeed({ adapter, context, feed, tracker, report: changed }), waitMs))
  yield* Effect.all([watch, ...runs], { concurrency: "unbounded", discard: true })
})

/** Why a configured target is not watched, or null when it is. */
const offBecause = (config: SourceConfig, adapters: ReadonlyMap<string, SourceAdapter>): string | null => {
  if (!config.active) return "switched off"
  return adapters.has(config.platform) ? null : `no source reads ${config.platform}`
}

/**
 * Watches every active target of this shard, each in fibers of its own, and follows changes of the configuration; a target that did not change is not disturbed.
 * An upstream that fails is retried; a bug ends the program.
 */
export const runWith = Effect.fn("Ingestion.run")(function* (list: ReadonlyArray<SourceAdapter>) {
  const { INGESTION_SHARD_ID } = yield* Settings
  const configs = yield* SourceConfigs
  const cursors = yield* Cursors
  const health = yield* Health
  const metrics = yield* Metrics
  const adapters = new Map(list.map((adapter) => [adapter.platform, adapter]))
  const fibers = yield* FiberMap.make<string, void>()
  const runId = (yield* Random.nextInt).toString(36).replace("-", "")
  const running = new Map<string, string>()
  const shared = yield* sharing

  const off = Effect.fnUntraced(function* (platform: string, target: string, why: string) {
    const at = yield* Clock.currentTimeMillis
    const known = yield* Effect.orElseSucceed(health.all, () => [])
    const before = known.find((other) => other.platform === platform && other.target === target)
    metrics.sourceState(platform, target, "off")
    const report = health.report({
      platform: platform as SourceHealth["platform"],
      target,
      state: "off",
      why,
      lastSuccess: before?.lastSuccess ?? null,
      lagMs: null,
      readUntil: before?.readUntil ?? null,
      quotaLeft: null,
      warmStart: null,
      at,
    })
    yield* Effect.catch(report, (error) => Effect.logDebug(error.message))
  })

  const reconcile = Effect.fnUntraced(function* (wanted: ReadonlyArray<SourceConfig>) {
    const seen = new Set<string>()
    const elsewhere = new Set<string>()
    const beginning = new Map<string, number>()
    for (const config of wanted)
      if (
        config.shard === INGESTION_SHARD_ID &&
        running.get(keyOf(config)) !== JSON.stringify(config) &&
        offBecause(config, adapters) === null
      )
        beginning.set(config.platform, (beginning.get(config.platform) ?? 0) + 1)
    for (const config of wanted) {
      const key = keyOf(config)
      if (config.shard !== INGESTION_SHARD_ID) {
        elsewhere.add(key)
        continue
      }
      seen.add(key)
      const as = JSON.stringify(config)
      if (running.get(key) === as) continue
      running.set(key, as)
      yield* FiberMap.remove(fibers, key)
      const why = offBecause(config, adapters)
      if (why !== null) yield* off(config.platform, config.target, why)
      else {
        const context = { config, runId, shared: shared(config.platform) }
        const adapter = adapters.get(config.platform)!
        // After a restart the targets of a platform must not all ask at once, and again at every turn.
        const together = adapter.asksTogether === true ? 1 : (beginning.get(config.platform) ?? 1)
        const target = runTarget(adapter, context, firstTurn(together, intervalOf(config), yield* Random.next))
        yield* FiberMap.run(
          fibers,
          key,
          Effect.catch(target, ({ message }) => off(config.platform, config.target, message)),
        )
      }
    }
    for (const key of running.keys()) {
      if (seen.has(key)) continue
      running.delete(key)
      yield* FiberMap.remove(fibers, key)
      // Another shard reads it now, and reports it.
      if (elsewhere.has(key)) continue
      const at = key.indexOf("/")
      const [platform, target] = [key.slice(0, at), key.slice(at + 1)]
      // Only now: until its feeds had ended they may have stored another.
      yield* Effect.catch(cursors.forget(platform, target), (error) => Effect.logWarning(`${platform}/${target}: ${error.message}`))
      yield* off(platform, target, "removed")
    }
  })

  yield* Effect.retry(configs.putDefaults(list.flatMap((adapter) => adapter.targets)), again)
  const follow = Stream.runForEach(Stream.retry(configs.changes, again), reconcile)
  yield* Effect.raceFirst(Effect.andThen(follow, Effect.never), FiberMap.join(fibers))
}, Effect.scoped)

/** Ingestion of every platform that there is. */
export const run = runWith(sources)

/** The lease of a shard; the server looks at it to tell which shards nobody reads. */
export const leaseOf = (shard: number): string => `ingest ${shard}`

/** The same while this process alone holds its shard; of several one works, and the others wait for it to end. */
export const runLeased = Effect.gen(function* () {
  const { INGESTION_SHARD_ID } = yield* Settings
  const readiness = yield* Readiness
  const onState = (state: "held" | "waiting" | "blocked", detail: string | null) => {
    if (state === "blocked") return readiness.report("ingest", "down", `the lease of shard ${INGESTION_SHARD_ID} cannot be read: ${detail}`)
    const why = state === "held" ? undefined : `shard ${INGESTION_SHARD_ID} is read by ${detail}; this process takes over when it ends`
    return readiness.report("ingest", "ok", why)
  }
  return yield* whileHeld(leaseOf(INGESTION_SHARD_ID), { onState })(run)
})
