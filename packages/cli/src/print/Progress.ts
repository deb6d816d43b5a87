import { Health } from "@signalflow/ingest/health/SourceHealth"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Schedule } from "effect"

const WIDTH = 30

const count = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const rows = yield* sql<{ n: number }>`select coalesce(sum(n_live_tup), 0)::int as n from pg_stat_user_tables where relname = 'signals'`
  return rows[0]?.n ?? 0
})

/** How much of the first history is loaded, 0–1, and whether any is being loaded. */
const state = Effect.gen(function* () {
  const sources = yield* (yield* Health).all
  const loading = sources.filter((source) => source.warmStart !== null)
  const known = sources.filter((source) => source.state !== "off")
  const share =
    known.length === 0
      ? 0
      : known.reduce((sum, source) => sum + (source.warmStart ?? (source.lastSuccess === null ? 0 : 1)), 0) / known.length
  return {
    share,
    done: known.length > 0 && loading.every((source) => source.warmStart === 1) && known.every((source) => source.lastSuccess !== null),
  }
})

const bar = (share: number) => {
  const full = Math.round(share * WIDTH)
  return `${"█".repeat(full)}${"░".repeat(WIDTH - full)}`
}

/** A bar on a terminal, else a line now and then, while the first history is loaded. Ends when it is. */
export const show = Effect.gen(function* () {
  const tty = process.stdout.isTTY
  let last = -1
  const step = Effect.gen(function* () {
    const { share, done } = yield* state
    const percent = Math.floor(share * 100)
    if (tty)
      process.stdout.write(`\r\u001b[2K  Loading history  ${bar(share)}  ${percent} %  ${(yield* count).toLocaleString("en")} signals`)
    else if (percent >= last + 25 || done) {
      process.stdout.write(`  Loading history: ${percent} %\n`)
      last = percent
    }
    return done
  }).pipe(Effect.orElseSucceed(() => false))
  yield* Effect.repeat(step, { schedule: Schedule.spaced("500 millis"), until: (done) => done })
  if (tty) process.stdout.write("\n")
})
