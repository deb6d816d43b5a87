import type * as PgClient from "@effect/sql-pg/PgClient"
import type { Delivery } from "@signalflow/domain/bus/SignalBus"
import { Effect } from "effect"
import { int4, int8, text } from "../Sql.ts"

/** Most messages of all partitions that one query brings. */
export const CHUNK = 1_000

/** What is wanted of one partition: up to `room` messages from `position` on. */
export interface Wanted {
  readonly topic: string
  readonly partition: number
  readonly position: number
  readonly room: number
}

export interface Message extends Omit<Delivery, "lane"> {
  /** Index into what was wanted. */
  readonly place: number
}

export interface Page {
  readonly messages: ReadonlyArray<Message>
  /** For each that was wanted: where its log began and ended when it was read; null: it does not exist yet. */
  readonly bounds: ReadonlyArray<{ readonly first: number; readonly end: number } | null>
}

interface Row {
  readonly place: number
  readonly first: number
  readonly end: number
  readonly offset: number | null
  readonly key: string
  readonly value: string
  readonly headers: string
  readonly published_at: Date
}

const headersOf = (() => {
  let last = "{}"
  let parsed: Readonly<Record<string, string>> = {}
  return (json: string) => {
    if (json === last) return parsed
    parsed = JSON.parse(json) as Readonly<Record<string, string>>
    last = json
    return parsed
  }
})()

/** One range read of the primary key per partition, in one query; in order within each. */
export const read = (sql: PgClient.PgClient, wanted: ReadonlyArray<Wanted>) =>
  Effect.map(
    sql<Row>`
      SELECT w.place::int4 AS place, p.first_offset::float8 AS first, p.next_offset::float8 AS "end", m."offset"::float8 AS "offset", m.key, m.value, m.headers, m.published_at
      FROM unnest(${text(wanted.map(({ topic }) => topic))}::text[], ${int4(wanted.map(({ partition }) => partition))}::int4[],
        ${int8(wanted.map(({ position }) => position))}::int8[], ${int4(wanted.map(({ room }) => room))}::int4[])
        WITH ORDINALITY AS w (topic, partition, position, room, place)
      JOIN bus_partitions p ON p.topic = w.topic AND p.partition = w.partition
      LEFT JOIN LATERAL (
        SELECT b."offset", b.key, b.value, b.headers, b.published_at FROM bus_messages b
        WHERE b.topic = w.topic AND b.partition = w.partition AND b."offset" >= w.position
        ORDER BY b."offset" LIMIT w.room
      ) m ON true
      ORDER BY w.place, m."offset"`,
    (rows): Page => {
      const messages: Array<Message> = []
      const bounds: Array<{ readonly first: number; readonly end: number } | null> = wanted.map(() => null)
      for (const { place, first, end, offset, key, value, headers, published_at } of rows) {
        bounds[place - 1] ??= { first, end }
        if (offset === null) continue
        messages.push({ place: place - 1, offset, key, value, headers: headersOf(headers), publishedAt: published_at.getTime() })
      }
      return { messages, bounds }
    },
  )

/** The first offset from `from` on that was published at or after `since`; by halving, because times rise with offsets. */
export const offsetSince = (
  sql: PgClient.PgClient,
  topic: string,
  partition: number,
  range: { readonly from: number; readonly to: number },
  since: number,
) =>
  Effect.gen(function* () {
    let { from, to } = range
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      const [found] = yield* sql<{ at: number; published_at: Date }>`
        SELECT b."offset"::float8 AS at, b.published_at FROM bus_messages b
        WHERE b.topic = ${topic} AND b.partition = ${partition} AND b."offset" >= ${middle}::int8 AND b."offset" < ${to}::int8
        ORDER BY b."offset" LIMIT 1`
      if (found === undefined || found.published_at.getTime() >= since) to = middle
      else from = found.at + 1
    }
    return from
  })
