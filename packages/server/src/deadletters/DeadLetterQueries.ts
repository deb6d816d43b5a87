import type { DeadLetterStats, DeadLetterView, WholeDeadLetter } from "@signalflow/domain/api/DeadLetters"
import type { DeadLetterClass } from "@signalflow/domain/deadletters/DeadLetter"
import * as Sql from "@signalflow/platform/postgres/Sql"
import { Clock, Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { conditions, decodeRows, type LetterFilter, viewColumns, viewOf, wholeColumns, wholeOf } from "./DeadLetterRows.ts"

/** Where a page ended: when its last letter failed, in microseconds since 1970, and that letter's id. */
export interface LetterPlace {
  readonly at: string
  readonly id: number
}

export interface LetterPage {
  readonly results: ReadonlyArray<DeadLetterView>
  readonly next: LetterPlace | null
}

interface CountRow {
  readonly topic: string
  readonly error_class: DeadLetterClass
  readonly total: number
  readonly open: number
  readonly replayed: number
  readonly parked: number
  readonly oldest: Date | null
}

/** Looks at dead letters, and throws them away. */
export class LetterDesk extends Context.Service<
  LetterDesk,
  {
    /** The one that failed last first. */
    readonly page: (filter: LetterFilter, size: number, after?: LetterPlace) => Effect.Effect<LetterPage, SqlError>
    readonly stats: Effect.Effect<DeadLetterStats, SqlError>
    readonly find: (id: number) => Effect.Effect<WholeDeadLetter | null, SqlError>
    /** Answers the ids of those that were there. */
    readonly discard: (ids: ReadonlyArray<number>) => Effect.Effect<ReadonlyArray<number>, SqlError>
    /** Answers how many went. */
    readonly discardAll: (filter: LetterFilter) => Effect.Effect<number, SqlError>
  }
>()("@signalflow/server/LetterDesk") {
  static readonly layer = Layer.effect(
    LetterDesk,
    Effect.gen(function* () {
      const sql = yield* SqlClient

      const page = Effect.fn("LetterDesk.page")(function* (filter: LetterFilter, size: number, after?: LetterPlace) {
        const where = conditions(sql, filter)
        if (after !== undefined)
          where.push(
            sql`(last_failed_at, id) < (timestamptz 'epoch' + ${after.at}::bigint * interval '1 microsecond', ${after.id}::bigint)`,
          )
        const raw = yield* sql<{ at: string }>`
          select ${sql.literal(viewColumns)}, (extract(epoch from last_failed_at) * 1000000)::bigint::text as at
          from dlq_events where ${sql.and(where)} order by last_failed_at desc, id desc limit ${size + 1}`
        const rows = yield* decodeRows(raw.slice(0, size)).pipe(Effect.orDie)
        const last = rows.at(-1)
        const next = raw.length > size && last !== undefined ? { at: raw[size - 1]!.at, id: Number(last.id) } : null
        return { results: rows.map(viewOf), next }
      })

      const stats = Effect.gen(function* () {
        const rows = yield* sql<CountRow>`
          select topic, error_class, count(*)::int as total,
            count(*) filter (where parked_at is null and replayed_at is null)::int as open,
            count(*) filter (where parked_at is null and replayed_at is not null)::int as replayed,
            count(*) filter (where parked_at is not null)::int as parked,
            min(first_failed_at) filter (where parked_at is null and replayed_at is null) as oldest
          from dlq_events where discarded_at is null group by topic, error_class order by topic, error_class`
        const sum = (pick: (row: CountRow) => number) => rows.reduce((total, row) => total + pick(row), 0)
        const oldest = rows.flatMap((row) => (row.oldest === null ? [] : [row.oldest.getTime()]))
        return {
          total: sum((row) => row.total),
          open: sum((row) => row.open),
          replayed: sum((row) => row.replayed),
          parked: sum((row) => row.parked),
          oldestOpen: oldest.length === 0 ? null : new Date(Math.min(...oldest)).toISOString(),
          groups: rows.map(({ topic, error_class, total, open, replayed, parked }) => ({
            topic,
            errorClass: error_class,
            total,
            open,
            replayed,
            parked,
          })),
        }
      })

      const find = Effect.fn("LetterDesk.find")(function* (id: number) {
        const raw = yield* sql`select ${sql.literal(wholeColumns)} from dlq_events where id = ${id}::bigint and discarded_at is null`
        const [row] = yield* decodeRows(raw).pipe(Effect.orDie)
        return row === undefined ? null : wholeOf(row)
      })

      /** Nothing of the message is kept but where it was. */
      const empty = (now: number) => sql`
        update dlq_events set discarded_at = ${new Date(now)}, key = null, payload = '', headers = '{}', error = '', altered = null,
          author_keys = '{}', replayed_at = null, parked_at = null`

      const discard = Effect.fnUntraced(function* (ids: ReadonlyArray<number>) {
        const rows = yield* sql<{ id: bigint }>`${empty(yield* Clock.currentTimeMillis)}
          where id = any(${Sql.int8(ids)}::bigint[]) and discarded_at is null returning id`
        return rows.map(({ id }) => Number(id))
      })

      const discardAll = Effect.fnUntraced(function* (filter: LetterFilter) {
        const [row] = yield* sql<{ n: number }>`
          with gone as (${empty(yield* Clock.currentTimeMillis)} where ${sql.and(conditions(sql, filter))} returning 1)
          select count(*)::int as n from gone`
        return row?.n ?? 0
      })

      return LetterDesk.of({ page, stats, find, discard, discardAll })
    }),
  )
}
