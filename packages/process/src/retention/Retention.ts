import * as PgClient from "@effect/sql-pg/PgClient"
import { Settings } from "@signalflow/domain/settings/Settings"
import { backoff } from "@signalflow/platform/flow/Backoff"
import { isTransient } from "@signalflow/platform/postgres/Postgres"
import { Clock, Effect, Schedule } from "effect"
import { erasing } from "./Erasing.ts"
import * as HistoryHours from "../store/HistoryHours.ts"

const DAY = 86_400_000
const CHUNK = 2_000

/**
 * Days beyond RETENTION_DAYS for which a tombstone stays. What could still bring a removed item back is younger: a first start loads 7 days at most,
 * Jetstream's hosts keep 3, Kafka keeps its topics for 7, a dead letter is kept as long as a signal is, and YouTube's data for 30.
 * Whoever keeps messages for longer must not read them again.
 */
export const TOMBSTONE_DAYS = 30

/** Days after which a platform's terms want its data gone, however long others are kept: the YouTube API wants stored data refreshed or deleted within 30. */
const TERMS: Readonly<Record<string, number>> = { youtube: 30 }

/**
 * Drops what is older than `RETENTION_DAYS`: history by whole days, the rest in small deletes, so that nothing waits for it.
 * Windows of the dropped signals are dropped with them and never computed again. Returns how many signals went. `now` in unix milliseconds.
 */
export const sweep = Effect.fn("Retention.sweep")(function* (now: number) {
  const sql = yield* PgClient.PgClient
  const { RETENTION_DAYS } = yield* Settings
  const before = new Date(now - RETENTION_DAYS * DAY)
  while (true) {
    const rows = yield* sql<{ dropped: number }>`select drop_history_before(${before}) as dropped`
    if (rows[0]!.dropped === 0) break
  }
  let gone = 0
  while (true) {
    const rows =
      yield* sql`delete from signals where id in (select id from signals where counted_at < ${before} order by counted_at limit ${CHUNK}) returning id`
    gone += rows.length
    if (rows.length < CHUNK) break
  }
  while (true) {
    const rows = yield* sql`delete from topic_timeseries where (topic, platform, bucket) in
      (select topic, platform, bucket from topic_timeseries where bucket < ${before} limit ${CHUNK}) returning bucket`
    if (rows.length < CHUNK) break
  }
  for (const [platform, days] of Object.entries(TERMS)) {
    if (days >= RETENTION_DAYS) continue
    const limit = new Date(now - days * DAY)
    while (true) {
      const rows = yield* sql`with gone as (
          delete from signals where id in (select id from signals where platform = ${platform} and counted_at < ${limit} order by counted_at limit ${CHUNK})
          returning id),
        history as (delete from signal_metrics_history h using gone where h.signal_id = gone.id)
        select id from gone`
      gone += rows.length
      if (rows.length < CHUNK) break
    }
    yield* sql`delete from dlq_events where starts_with(key, ${`${platform}:`}) and first_failed_at < ${limit}`
  }
  yield* sql`select forget_orphaned_positions(platform) from (select distinct platform from source_cursors) as known`
  // What was spent of a quota and how far a first start loaded say nothing of anybody.
  yield* sql`delete from source_cursors where updated_at < ${before} and target not in ('quota', 'warm-start')`
  yield* sql`delete from author_names n where at < ${new Date(now - DAY)}
    and not exists (select from signals s where s.platform = n.platform and s.author = n.author)`
  yield* sql`delete from source_health where at < ${before}`
  const forgotten = new Date(now - (RETENTION_DAYS + TOMBSTONE_DAYS) * DAY)
  while (true) {
    const rows = yield* sql`delete from removals where (target_kind, target) in
      (select target_kind, target from removals where greatest(at, restored_at) < ${forgotten} and at < ${forgotten} limit ${CHUNK}) returning target`
    if (rows.length < CHUNK) break
  }
  yield* sql`delete from platform_timeseries where bucket < ${before}`
  yield* sql`delete from dlq_events where last_failed_at < ${before}`
  return gone
})

/** A sweep now and every hour. */
const sweeps = Effect.flatMap(Clock.currentTimeMillis, sweep).pipe(
  Effect.tap((gone) => (gone > 0 ? Effect.logInfo(`Retention removed ${gone} signals`) : Effect.void)),
  Effect.retry({ while: (error) => isTransient(error), schedule: backoff() }),
  Effect.repeat(Schedule.spaced("1 hour")),
)

/** What is gone leaves the files, every hour; not while a program starts. */
const erasures = Effect.flatMap(erasing, (erase) =>
  erase.pipe(
    Effect.retry({ while: (error) => isTransient(error), schedule: backoff() }),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.delay("10 minutes"),
  ),
)

/** Sweeps, and the hourly summaries of what they leave. */
export const run = Effect.all([sweeps, erasures, HistoryHours.run], { concurrency: "unbounded", discard: true })
