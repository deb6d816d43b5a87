import { badQuery, type BadRequest } from "@signalflow/domain/api/Access"
import type { Signals, SignalPage } from "@signalflow/domain/api/Signals"
import { allOf, and, range } from "@signalflow/domain/query/Query"
import { viewOf } from "@signalflow/domain/api/SignalView"
import { rowToShown, type SignalRow, viewColumns } from "@signalflow/platform/postgres/SignalTable"
import { Reads } from "@signalflow/platform/postgres/replica/Reads"
import { Clock, Context, Effect, Layer, Option } from "effect"
import type { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { instanceSecret } from "../access/InstanceSecrets.ts"
import { type Cursor, decodeCursor, encodeCursor } from "./Cursor.ts"
import { conditionsOf } from "./QuerySql.ts"
import { queryTime } from "../database/QueryTime.ts"

export type SignalQuery = HttpApiEndpoint.Query<HttpApiGroup.Endpoints<typeof Signals>>["Type"]

export const PAGE_SIZE = 50
const AUTHOR_NAME = "(SELECT name FROM author_names n WHERE n.platform = signals.platform AND n.author = signals.author)"
const HOT_HOURS = 24
const HOUR = 3_600_000

/** The filters of a request as a query. */
const meantBy = (
  { platform, community, author, topic, language, kind, sentiment }: SignalQuery,
  since: Date | undefined,
  until: Date | undefined,
) => {
  const meant = allOf({ platform, community, author, topic, language, kind, sentiment })
  return since === undefined && until === undefined ? meant : and(meant, range("time", since?.getTime(), until?.getTime()))
}

/** `key`: counted_at in microseconds. */
const COLUMNS = `${viewColumns((name) => (name === "author" ? `author, ${AUTHOR_NAME} AS author_name` : name))},
  (extract(epoch FROM counted_at) * 1000000)::bigint AS key`

interface PageRow extends SignalRow {
  readonly id: string
  readonly heat: number
  readonly author_name: string | null
  readonly key: bigint
}

/** The feed of all platforms, page by page, never by OFFSET: rows that arrive meanwhile move nothing. */
export class SignalQueries extends Context.Service<
  SignalQueries,
  { readonly page: (query: SignalQuery) => Effect.Effect<SignalPage, BadRequest | SqlError> }
>()("@signalflow/server/SignalQueries") {
  static readonly layer = Layer.effect(
    SignalQueries,
    Effect.gen(function* () {
      const sql = yield* Reads
      const secret = yield* instanceSecret("cursor")

      const columns = sql.literal(COLUMNS)

      const after = (cursor: Cursor): Fragment =>
        cursor._tag === "new"
          ? sql`(counted_at, id) < (timestamptz 'epoch' + ${cursor.key}::bigint * interval '1 microsecond', ${cursor.id})`
          : sql`(heat, id) < (${cursor.key}::float8, ${cursor.id})`

      const page = Effect.fn("SignalQueries.page")(function* (query: SignalQuery) {
        const sort = query.sort ?? "new"
        const size = query.page_size ?? PAGE_SIZE
        const since = yield* queryTime("since", query.since)
        const until = yield* queryTime("until", query.until)
        if (since !== undefined && until !== undefined && until < since) return yield* badQuery("until", "is earlier than since")
        const cursor = query.cursor === undefined ? Option.none<Cursor>() : decodeCursor(secret, query.cursor)
        if (query.cursor !== undefined && (Option.isNone(cursor) || cursor.value._tag !== sort)) {
          return yield* badQuery("cursor", "is not one that this server gave for this sort order: leave it out to begin at the first page")
        }
        const now = yield* Clock.currentTimeMillis
        const from = Option.isSome(cursor) && cursor.value._tag === "hot" ? cursor.value.from : now - HOT_HOURS * HOUR
        const where = [sql`NOT hidden`, ...conditionsOf(sql, meantBy(query, since, until)).where]
        if (sort === "hot") where.push(sql`counted_at >= ${new Date(from)}`)
        if (Option.isSome(cursor)) where.push(after(cursor.value))
        const order = sql.literal(sort === "hot" ? "heat DESC, id DESC" : "counted_at DESC, id DESC")

        const rows = yield* sql<PageRow>`SELECT ${columns} FROM signals WHERE ${sql.and(where)} ORDER BY ${order} LIMIT ${size + 1}`
        const shown = rows.slice(0, size)
        const last = shown.at(-1)
        const ends = rows.length <= size || last === undefined
        const place = (row: PageRow): Cursor =>
          sort === "hot" ? { _tag: "hot", key: row.heat, id: row.id, from } : { _tag: "new", key: String(row.key), id: row.id }
        return {
          results: shown.map((row) => viewOf(rowToShown(row), row.author_name)),
          next: ends ? null : encodeCursor(secret, place(last)),
        }
      })

      return SignalQueries.of({ page })
    }),
  )
}
