import * as PgClient from "@effect/sql-pg/PgClient"
import { backoff } from "@signalflow/platform/flow/Backoff"
import { isTransient } from "@signalflow/platform/postgres/Postgres"
import { Clock, Effect, Schedule } from "effect"

/**
 * Brings `signal_metrics_hourly` up to the hours that were over five minutes before `now` (unix milliseconds), and returns in how many
 * steps. Each is a short transaction, and what one run leaves the next one does. Where TimescaleDB keeps the hours there is nothing to do.
 */
export const summarise = Effect.fn("HistoryHours.summarise")(function* (now: number) {
  const sql = yield* PgClient.PgClient
  let steps = 0
  while (true) {
    const rows = yield* sql<{ more: boolean }>`select summarise_history(${new Date(now)}) as more`
    if (!rows[0]!.more) return steps
    steps++
  }
})

/** Now and every minute. */
export const run = Effect.flatMap(Clock.currentTimeMillis, summarise).pipe(
  Effect.retry({ while: (error) => isTransient(error), schedule: backoff() }),
  Effect.repeat(Schedule.spaced("1 minute")),
)
