import { signalsNormalised } from "@signalflow/domain/bus/BusTopic"
import { type BusError, type BusRecord, signalRecord, SignalPublisher } from "@signalflow/domain/bus/SignalBus"
import { backoff } from "@signalflow/platform/flow/Backoff"
import { patiently } from "@signalflow/platform/flow/Patience"
import { Fence } from "@signalflow/platform/postgres/leases/Fence"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Clock, Effect, Random, Result, Stream } from "effect"
import { AuthorNames } from "./stores/AuthorNames.ts"
import { Cursors } from "./stores/Cursors.ts"
import type { Feed, SourceAdapter, SourceBatch, SourceContext } from "./SourceAdapter.ts"
import type { SourceTracker } from "./health/SourceTracker.ts"

const FIRST_DELAY = 500
const LONGEST_DELAY = 60_000

/** Delay before a feed is begun again after `failures` in a row: doubling, capped, jittered; at least what the upstream asked for. */
export const retryDelay = (failures: number, retryAfterMs: number, jitter: number): number =>
  Math.round(Math.max(retryAfterMs, Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(failures, 16)) * (0.5 + jitter / 2)))

export interface FeedRun {
  readonly adapter: SourceAdapter
  readonly context: SourceContext
  readonly feed: Feed
  readonly tracker: SourceTracker
  /** Tells the world when the state has changed. */
  readonly report: Effect.Effect<void>
}

/** Repeats what the bus or the database did not take, and says why nothing moves until then. */
const insist =
  ({ tracker, report, adapter }: FeedRun, what: string) =>
  <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) => {
    const blocker = {}
    const onState = (why: string | null) =>
      Effect.andThen(
        Effect.sync(() => tracker.blocked(blocker, why)),
        report,
      )
    return Effect.orDie(patiently<E>({ name: `ingest ${adapter.platform}`, state: "degraded", what, schedule: backoff(), onState })(effect))
  }

/** Runs one feed for ever: each batch is published, then its cursor is stored, then it counts. Begins again, from the stored cursor, when the upstream fails. */
export const runFeed = Effect.fnUntraced(function* (run: FeedRun) {
  const { adapter, context, feed, tracker } = run
  const publisher = yield* SignalPublisher
  const cursors = yield* Cursors
  const metrics = yield* Metrics
  const { platform } = adapter
  const headers = { producer: `ingest/${platform}` }
  let failures = 0

  /** Drops what no bus will ever take, so that it does not hold up what came with it; returns the number of signals dropped. */
  const publish = (records: ReadonlyArray<BusRecord>) => {
    let left = records
    const attempt: Effect.Effect<void, BusError> = Effect.suspend(() => (left.length === 0 ? Effect.void : publisher.publish(left))).pipe(
      Effect.catchIf(
        ({ refused }) => refused !== undefined && refused.length > 0,
        (error) => {
          const refused = new Set(error.refused!.map(({ index }) => index))
          left = left.filter((_, index) => !refused.has(index))
          metrics.count("ingest", "dropped", platform, refused.size, "oversized")
          return Effect.andThen(Effect.logWarning(`${platform}: dropped, because no bus takes it: ${error.message}`), attempt)
        },
      ),
    )
    const signals = (of: ReadonlyArray<BusRecord>) => of.filter(({ topic }) => topic.name === signalsNormalised.name).length
    return Effect.map(insist(run, "the bus does not take signals")(attempt), () => signals(records) - signals(left))
  }

  const deliver = Effect.fnUntraced(function* (batch: SourceBatch) {
    failures = 0
    tracker.received(feed, batch, yield* Clock.currentTimeMillis)
    const records = batch.events.map((event) => signalRecord(event, headers))
    if (batch.raw !== undefined) records.push(...batch.raw)
    // Whoever lost the shard is about to be interrupted: until then it publishes nothing more.
    yield* (yield* Fence).held
    const setAside = records.length > 0 ? yield* publish(records) : 0
    // Only now: what the cursor has passed is never asked for again.
    if (feed.cursor !== null && batch.cursor !== null)
      yield* insist(run, "the cursor cannot be stored")(cursors.store(platform, feed.cursor, batch.cursor))
    if (batch.names !== undefined && batch.names.length > 0) yield* (yield* AuthorNames).learn(platform, batch.names)
    batch.onAck?.()
    metrics.count("ingest", "received", platform, batch.received)
    metrics.count("ingest", "sent", platform, batch.events.length - setAside)
    for (const [reason, n] of Object.entries(batch.dropped)) metrics.count("ingest", "dropped", platform, n, reason)
    tracker.delivered(feed, batch)
    yield* run.report
  })

  while (true) {
    const position = feed.cursor === null ? null : yield* insist(run, "the cursor cannot be read")(cursors.load(platform, feed.cursor))
    const ended = yield* Effect.result(Stream.runForEach(feed.batches(position), deliver))
    if (Result.isSuccess(ended)) break
    const { reason, message, retryAfterMs } = ended.failure
    metrics.count("ingest", "failed", platform, 1, reason)
    const until = reason === "rate-limited" && retryAfterMs !== undefined ? (yield* Clock.currentTimeMillis) + retryAfterMs : null
    tracker.failed(
      feed,
      until === null ? message : `${message}; asked again at ${new Date(until).toISOString().slice(0, 19)}Z`,
      reason === "off",
    )
    yield* run.report
    yield* Effect.logDebug(`${platform}/${context.config.target} ${feed.name}: ${message}`)
    yield* Effect.sleep(retryDelay(failures, retryAfterMs ?? 0, yield* Random.next))
    failures++
  }
  tracker.finished(feed)
  yield* run.report
})
