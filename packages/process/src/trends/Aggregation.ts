import * as PgClient from "@effect/sql-pg/PgClient"
import { groups } from "@signalflow/domain/bus/Groups"
import { Readiness } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import type { BusError } from "@signalflow/domain/bus/SignalBus"
import type { LeaseLost } from "@signalflow/platform/postgres/leases/Fence"
import { whileHeld } from "@signalflow/platform/postgres/leases/Leases"
import { outage } from "@signalflow/platform/flow/Outage"
import { patiently } from "@signalflow/platform/flow/Patience"
import { backoff } from "@signalflow/platform/flow/Backoff"
import { isTransient } from "@signalflow/platform/postgres/Postgres"
import { describe } from "@signalflow/platform/postgres/Sql"
import { Clock, Duration, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import * as Trends from "./ranking/Ranking.ts"
import { watermarks } from "./windows/Watermarks.ts"
import { recompute, type Recomputed } from "./windows/Windows.ts"

/** What one round did. */
export interface Round {
  readonly buckets: number
  readonly marks: number
  readonly written: number
  readonly deleted: number
  /** Topics ranked, and how many of them rise. */
  readonly topics: number
  readonly rising: number
  readonly windowsMs: number
  readonly rankingMs: number
}

const DAY = 86_400_000

/** Buckets of one transaction: first, least and most. */
const FIRST = 100
const LEAST = 1
const MOST = 400

/** How many buckets the next transaction takes, from how long (ms) the last one took; null = longer than a statement may. */
export const fitted = (limit: number, took: number | null): number =>
  took === null
    ? Math.max(LEAST, limit >> 2)
    : took > 5_000
      ? Math.max(LEAST, limit >> 1)
      : took < 1_000
        ? Math.min(MOST, limit * 2)
        : limit

/** Transactions of one round at most, so that a round ends while everything changes. */
const TRANSACTIONS = 50

const recomputeAll = Effect.fnUntraced(function* (horizon: number) {
  let total: Recomputed = { marked: 0, recomputed: 0, marks: 0, written: 0, deleted: 0 }
  let limit = FIRST
  for (let i = 0; i < TRANSACTIONS; i++) {
    const from = yield* Clock.currentTimeMillis
    const tooMany = (error: SqlError | LeaseLost) =>
      error._tag === "SqlError" && error.reason._tag === "StatementTimeoutError" && limit > LEAST
    const done = yield* recompute({ limit, horizon }).pipe(Effect.catchIf(tooMany, () => Effect.succeed(null)))
    const took = (yield* Clock.currentTimeMillis) - from
    if (done !== null) {
      total = {
        marked: total.marked + done.marked,
        recomputed: total.recomputed + done.recomputed,
        marks: total.marks + done.marks,
        written: total.written + done.written,
        deleted: total.deleted + done.deleted,
      }
      if (done.marked < limit) break
    }
    limit = fitted(limit, done === null ? null : took)
  }
  return total
})

/** One aggregation: the marked windows, newest first, until no mark is left, then the ranking as of the watermarks. */
export const round = Effect.gen(function* () {
  const { RETENTION_DAYS } = yield* Settings
  const startedAt = yield* Clock.currentTimeMillis
  // Before any snapshot is opened: see `watermarks`.
  const marks = yield* watermarks(groups.process)
  const windows = yield* recomputeAll(startedAt - RETENTION_DAYS * DAY)
  const computedAt = yield* Clock.currentTimeMillis
  const trends = yield* Trends.refresh(marks)
  const finishedAt = yield* Clock.currentTimeMillis
  return {
    buckets: windows.recomputed,
    marks: windows.marks,
    written: windows.written,
    deleted: windows.deleted,
    topics: trends.length,
    rising: trends.filter(({ state }) => state === "rising").length,
    windowsMs: computedAt - startedAt,
    rankingMs: finishedAt - computedAt,
  } satisfies Round
}).pipe(Effect.withSpan("Aggregation.round"))

const RUNS_KEPT = 1_000

const record = Effect.fnUntraced(function* (startedAt: number, done: Round) {
  const sql = yield* PgClient.PgClient
  const finishedAt = new Date(yield* Clock.currentTimeMillis)
  yield* sql`insert into pipeline_runs (program, started_at, finished_at, detail)
    values ('aggregate', ${new Date(startedAt)}, ${finishedAt}, ${JSON.stringify(done)}::jsonb)`
  yield* sql`delete from pipeline_runs where id in
    (select id from pipeline_runs where program = 'aggregate' order by started_at desc, id desc offset ${RUNS_KEPT})`
})

const START = 2 * 60_000
const EAGER = 5_000
/** Marked buckets of a round from which on history is still loading. */
const PLENTY = 50

/** Until the next round: soon while a first start loads, but never more than a third of the time at work. */
export const pause = (every: number, runningFor: number, took: number, buckets: number): number => {
  const wanted = runningFor < START || buckets >= PLENTY ? Math.min(EAGER, every) : every
  return Math.max(wanted - took, Math.min(2 * took, every))
}

type Failure = SqlError | BusError | LeaseLost

const NAME = "aggregation"

const patient = patiently<Failure>({
  name: NAME,
  state: "down",
  what: "stalled",
  while: (error) => error._tag === "BusError" || (error._tag === "SqlError" && isTransient(error)),
  describe: (error) => (error._tag === "SqlError" ? describe(error) : error.message),
  schedule: backoff(),
})

/**
 * Aggregates for ever, every `AGGREGATE_EVERY` and more often at first. Of several processes one works and the others wait for it to
 * end. While the database is unavailable it waits, and no mark is lost; any other failure ends it.
 */
export const run = Effect.gen(function* () {
  const { AGGREGATE_EVERY } = yield* Settings
  const readiness = yield* Readiness
  const every = Duration.toMillis(AGGREGATE_EVERY)
  const beganAt = yield* Clock.currentTimeMillis
  const lease = yield* outage(NAME, "down")

  const turn = Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const done = yield* patient(Effect.tap(round, (done) => record(startedAt, done)))
    yield* readiness.report(NAME, "ok")
    const finishedAt = yield* Clock.currentTimeMillis
    yield* Effect.logDebug("Aggregated", done)
    yield* Effect.sleep(pause(every, finishedAt - beganAt, finishedAt - startedAt, done.buckets))
  })

  const onState = (state: "held" | "waiting" | "blocked", detail: string | null) => {
    if (state === "blocked") return lease.failing(`stalled: the lease cannot be read: ${detail}`)
    const why = state === "held" ? undefined : `another process aggregates (${detail}); this one takes over when it ends`
    return Effect.andThen(lease.recovered, readiness.report(NAME, "ok", why))
  }
  return yield* Effect.ensuring(whileHeld("aggregate", { onState })(Effect.forever(turn)), lease.over)
})
