import * as PgClient from "@effect/sql-pg/PgClient"
import { Clock, Duration, Effect, Latch, Schedule, type Scope } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { abandonable } from "../DetachOnInterrupt.ts"
import * as ReplicaLag from "./ReplicaLag.ts"
import { describe } from "../Sql.ts"

/** What is known of a replica at this moment. */
export interface ReplicaState {
  readonly usable: boolean
  /** Why it is not, for a person. */
  readonly why: string | null
  /** All that was committed so many milliseconds ago is in it; null: not known. */
  readonly behind: number | null
}

export interface ReplicaMonitor {
  /** Whether a read that starts now shows everything committed before the longest lag allowed. */
  readonly usable: () => boolean
  /** Whether a session that has replayed up to `lsn` shows all that is promised of the replica. */
  readonly covers: (lsn: bigint) => boolean
  /** A read could not reach it: it is not asked again before the monitor has found it well. */
  readonly lost: (error: SqlError) => void
  /** Open while the replica does not answer, so that reads which wait for it can give up. */
  readonly gone: Latch.Latch
}

export interface ReplicaMonitorOptions {
  readonly primary: PgClient.PgClientConfig
  readonly replica: PgClient.PgClientConfig
  readonly maxLag: Duration.Input
  /** Hears the state after every look. */
  readonly onState: (state: ReplicaState) => Effect.Effect<void>
}

const PATIENCE = Duration.seconds(1)
const LONGEST_PAUSE = 1_000

const PRIMARY = `SELECT (pg_current_wal_lsn() - '0/0')::text AS lsn, (SELECT system_identifier::text FROM pg_control_system()) AS system,
  ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int4 AS timeline`

const REPLICA = `SELECT (pg_last_wal_replay_lsn() - '0/0')::text AS lsn, (SELECT system_identifier::text FROM pg_control_system()) AS system,
  (SELECT timeline_id::int4 FROM pg_control_checkpoint()) AS timeline, pg_is_in_recovery() AS following`

interface Place {
  readonly lsn: string | null
  readonly system: string
  readonly timeline: number
}

const seconds = (millis: number): string => `${(millis / 1_000).toFixed(1)} s`

/** One connection, made again when it is lost: a pool full of slow reads must not look like a replica that is unavailable. */
const observer = (config: PgClient.PgClientConfig) =>
  PgClient.make({
    ...config,
    maxConnections: 1,
    multiplex: false,
    applicationName: `${config.applicationName ?? "signalflow"} replica monitor`.slice(0, 63),
  }).pipe(Effect.provide(Reactivity.layer))

const asked = <A extends object>(sql: PgClient.PgClient, text: string) =>
  sql.unsafe<A>(text).pipe(
    Effect.map((rows) => rows[0]!),
    Effect.mapError(describe),
    abandonable,
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () => Effect.fail(`it did not answer within ${seconds(Duration.toMillis(PATIENCE))}`),
    }),
  )

/** Watches how far a replica is behind its primary, four times in the longest lag allowed or every second. */
export const make = (options: ReplicaMonitorOptions): Effect.Effect<ReplicaMonitor, SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const maxLag = Duration.toMillis(Duration.fromInputUnsafe(options.maxLag))
    const primary = yield* observer(options.primary)
    const replica = yield* observer(options.replica)
    const lag = ReplicaLag.make()
    const gone = Latch.makeUnsafe(false)
    const now = (): ReplicaLag.Moment => ({
      steady: Number(clock.monotonicTimeNanosUnsafe() / 1_000n) / 1_000,
      wall: clock.currentTimeMillisUnsafe(),
    })
    let problem: string | null = "it has not been looked at yet"
    /** Counts failures of reads: a look that began before one says nothing of what came after it. */
    let losses = 0
    let history = ""
    let silence: string | null = null

    const distance = (behind: number | null): string => {
      if (silence !== null) return `how far it is behind is not known, because of the primary: ${silence}`
      return `it is ${behind === null ? "further behind than is known" : `${seconds(behind)} behind`}; REPLICA_MAX_LAG is ${seconds(maxLag)}`
    }

    const state = (): ReplicaState => {
      const behind = lag.behind(now())
      if (problem !== null) return { usable: false, why: problem, behind }
      const usable = behind !== null && behind < maxLag
      return { usable, why: usable ? null : distance(behind), behind }
    }

    const primaryPlace = Effect.gen(function* () {
      const at = now()
      const place = yield* asked<Place>(primary, PRIMARY)
      const known = `${place.system} ${place.timeline}`
      if (known !== history) lag.forget()
      history = known
      lag.mark(at, BigInt(place.lsn!))
      return place
    })

    /** Until it has replayed a place that is remembered, it is asked some more: at start the only one is as young as can be. */
    const replicaPlace = asked<Place & { readonly following: boolean }>(replica, REPLICA).pipe(
      Effect.tap(({ lsn }) => Effect.sync(() => lag.replayed(BigInt(lsn ?? 0)))),
      Effect.repeat({ until: () => lag.behind(now()) !== null, times: 5, schedule: Schedule.spaced("40 millis") }),
    )

    const look = Effect.gen(function* () {
      const before = losses
      const ofPrimary = yield* Effect.result(primaryPlace)
      silence = ofPrimary._tag === "Failure" ? ofPrimary.failure : null
      const found = yield* Effect.result(replicaPlace)
      if (found._tag === "Failure") {
        problem = `it cannot be reached: ${found.failure}`
        yield* gone.open
        return
      }
      const { system, timeline, following } = found.success
      const place = ofPrimary._tag === "Success" ? ofPrimary.success : null
      if (!following) problem = "it no longer follows a primary: it was promoted"
      else if (place !== null && system !== place.system) problem = "it is a replica of another database"
      else if (place !== null && timeline !== place.timeline) {
        problem = `its last restart point is on timeline ${timeline}, and the primary is on ${place.timeline}`
      } else if (place !== null && losses === before) problem = null
      yield* problem === null ? gone.close : gone.open
    })

    const pause = Math.min(LONGEST_PAUSE, maxLag / 4)
    yield* look.pipe(
      Effect.andThen(Effect.suspend(() => options.onState(state()))),
      Effect.repeat(Schedule.spaced(pause)),
      Effect.forkScoped,
    )

    return {
      usable: () => state().usable,
      covers: lag.covers,
      lost: (error) => {
        losses++
        problem = `a read failed on it: ${describe(error)}`
      },
      gone,
    }
  })
