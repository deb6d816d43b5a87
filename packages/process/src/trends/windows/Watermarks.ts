import * as PgClient from "@effect/sql-pg/PgClient"
import { SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import { Clock, Effect } from "effect"

/** Everything that was published on a platform before `until` (unix milliseconds) has been read, processed and stored. */
export interface Watermark {
  readonly platform: string
  readonly until: number
}

const MINUTE = 60_000

/** How late, after its publication, a signal of this platform may still be read. */
const lateness = (platform: string): number => (platform === "bluesky" ? 2 : platform === "hackernews" ? 5 : 15) * MINUTE

/** A platform further behind the newest one than this does not tell what happens now. */
const STALE = 120 * MINUTE

interface Position {
  readonly platform: string
  readonly readUntil: Date | null
  readonly newest: Date | null
}

/** How far each platform's sources have read: the slowest target counts, one that is off does not. Without any, the newest signal. */
const positions = Effect.flatMap(
  PgClient.PgClient,
  (sql) => sql<Position>`
    with sources as (
      select platform, min(read_until) as read_until from source_health where state <> 'off' group by platform
    ),
    platforms as (select platform from platform_timeseries union select platform from touched_windows)
    select platform, s.read_until as "readUntil",
      (select max(counted_at) from signals n where n.platform = p.platform) as newest
    from platforms p left join sources s using (platform)`,
)

/**
 * A watermark for each platform that has signals, to the minute, stale ones left out. Read before the snapshot that it is used with, and
 * source positions before the bus: what a source has handed on by then is either stored in the snapshot or unread on the bus.
 */
export const watermarks = Effect.fn("Watermarks.watermarks")(function* (group: string) {
  const read = yield* positions
  const consumer = yield* SignalConsumer
  const { oldestMs } = yield* consumer.unread(group)
  const now = yield* Clock.currentTimeMillis
  const bus = oldestMs === null ? now : now - oldestMs
  const marks: Array<Watermark> = []
  for (const { platform, readUntil, newest } of read) {
    if (newest === null) continue
    const until = readUntil === null ? Math.min(newest.getTime() + MINUTE, bus) : Math.min(readUntil.getTime(), bus) - lateness(platform)
    marks.push({ platform, until: until - (until % MINUTE) })
  }
  const latest = Math.max(...marks.map(({ until }) => until))
  return marks.filter(({ until }) => until > latest - STALE)
})
