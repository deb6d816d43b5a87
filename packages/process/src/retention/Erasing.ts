import * as PgClient from "@effect/sql-pg/PgClient"
import { describe } from "@signalflow/platform/postgres/Sql"
import { Clock, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/** A table up to this size is written anew, which takes a second or two; a larger one is vacuumed, and its free space is used again. */
export const SMALL = 64 << 20
const DAY = 86_400_000
/** A snapshot that is open while a table is written anew keeps the rows that it may still see: the next time they go. */
const TIMES = 2
const FORMER_ROWS = "pg_catalog.pg_statistic"

interface Table {
  readonly name: string
  readonly bytes: number
  /** Rows that were deleted or replaced since statistics began. */
  readonly former: number
}

/** From the catalogue: a table that is added is covered by itself. */
const tables = (sql: PgClient.PgClient) => sql<Table>`
  select format('%I.%I', s.schemaname, s.relname) as name, pg_total_relation_size(s.relid)::float8 as bytes, (s.n_tup_upd + s.n_tup_del)::float8 as former
  from pg_stat_user_tables s where s.schemaname = 'public' order by 1`

/**
 * Takes rows that are gone out of the files, too: a deleted row stays in its page, in the statistics of its columns and in the write-ahead log until
 * they are written anew. One table at a time; where somebody uses it, it is left for the next time. Bounded: small tables whenever rows have
 * gone, large ones once a day.
 */
export const erasing = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const done = new Map<string, { readonly former: number; readonly at: number; readonly times: number }>()

  return Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const connection = yield* sql.reserve
    const run = (text: string) => connection.executeUnprepared(text, [], undefined)
    const unlessRefused = (what: string) => (effect: Effect.Effect<unknown, SqlError>) =>
      Effect.catch(Effect.as(effect, true), (error: SqlError) =>
        Effect.as(Effect.logDebug(`Not erased now: ${what}: ${describe(error)}`), false),
      )
    yield* Effect.andThen(run("set lock_timeout = '1s'"), run("set statement_timeout = '10min'"))
    yield* Effect.addFinalizer(() => Effect.ignore(Effect.andThen(run("reset lock_timeout"), run("reset statement_timeout"))))
    let erased = 0
    for (const { name, bytes, former } of yield* tables(sql)) {
      const last = done.get(name)
      const isSmall = bytes <= SMALL
      if (former === 0 || (last?.former === former && last.times >= TIMES) || (!isSmall && now - (last?.at ?? -DAY) < DAY)) continue
      const statement = isSmall ? `vacuum (full, analyze) ${name}` : `vacuum (analyze, skip_locked) ${name}`
      if (!(yield* unlessRefused(name)(run(statement)))) continue
      done.set(name, { former, at: now, times: last?.former === former ? last.times + 1 : 1 })
      erased++
    }
    if (erased === 0) return
    // Statistics hold common values of columns, names among them; the log holds every row that was ever written.
    yield* unlessRefused(FORMER_ROWS)(run(`vacuum (full) ${FORMER_ROWS}`))
    yield* unlessRefused("the write-ahead log")(Effect.andThen(run("select pg_switch_wal()::text"), run("checkpoint")))
  }).pipe(Effect.scoped, Effect.withSpan("Erasing"))
})
