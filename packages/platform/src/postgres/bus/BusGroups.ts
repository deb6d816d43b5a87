import type * as PgClient from "@effect/sql-pg/PgClient"
import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import { Duration, Effect } from "effect"
import { transactionOn } from "../Postgres.ts"
import { int4, text } from "../Sql.ts"
import { isThere } from "./BusLocks.ts"
import { ensureHeads } from "./BusPublishing.ts"
import { partitionsOf } from "./BusSql.ts"

/**
 * Makes a group known. A new one starts at the present end of each topic; one that had expired goes on from what is still stored, and
 * its gap is kept for its next consumer. The heads are locked, so that neither a publisher nor the trimming is half-way.
 */
export const register = (sql: PgClient.PgClient, group: string, topics: ReadonlyArray<BusTopic>) => {
  const names = text(topics.map((topic) => topic.name))
  const all = partitionsOf(topics)
  return transactionOn(sql)(
    Effect.gen(function* () {
      yield* ensureHeads(sql, topics)
      yield* sql`SELECT 1 FROM bus_partitions WHERE topic = ANY (${names}::text[]) ORDER BY topic, partition FOR UPDATE`
      yield* sql`
        UPDATE bus_offsets o SET gap_from = coalesce(o.gap_from, o.committed), committed = greatest(o.committed, p.first_offset)
        FROM bus_groups g, bus_partitions p
        WHERE g."group" = ${group} AND g.topic = ANY (${names}::text[]) AND g.expired_at IS NOT NULL
          AND o."group" = g."group" AND o.topic = g.topic AND p.topic = o.topic AND p.partition = o.partition`
      const fresh = yield* sql<{ topic: string }>`
        INSERT INTO bus_groups AS g ("group", topic, registered_at, seen_at)
        SELECT ${group}, topic, now(), now() FROM unnest(${names}::text[]) AS t (topic) ORDER BY topic
        ON CONFLICT ("group", topic) DO UPDATE SET seen_at = excluded.seen_at, expired_at = NULL
        RETURNING CASE WHEN g.xmax = 0 THEN g.topic END AS topic`
      const added = text(fresh.map(({ topic }) => topic))
      yield* sql`
        INSERT INTO bus_offsets ("group", topic, partition, committed)
        SELECT ${group}, p.topic, p.partition, CASE WHEN p.topic = ANY (${added}::text[]) THEN p.next_offset ELSE p.first_offset END
        FROM bus_partitions p
        JOIN unnest(${text(all.topics)}::text[], ${int4(all.partitions)}::int4[]) AS w (topic, partition)
          ON w.topic = p.topic AND w.partition = p.partition
        ON CONFLICT DO NOTHING`
    }),
  )
}

/** A group with a consumer does not expire. */
export const seen = (sql: PgClient.PgClient, group: string, topics: ReadonlyArray<BusTopic>) =>
  sql`UPDATE bus_groups SET seen_at = now() WHERE "group" = ${group} AND topic = ANY (${text(topics.map((topic) => topic.name))}::text[])`

/**
 * Nothing is kept any more for groups that were not seen for so long. One that has a consumer is there, whatever the clock says: it may
 * have been set forward since.
 */
export const expire = (sql: PgClient.PgClient, after: Duration.Duration) =>
  Effect.gen(function* () {
    const late = sql`expired_at IS NULL AND seen_at < now() - ${Duration.toMillis(after)} * interval '1 millisecond'`
    const expired: Array<{ readonly group: string; readonly topic: string }> = []
    for (const { group, topic } of yield* sql<{ group: string; topic: string }>`SELECT "group", topic FROM bus_groups WHERE ${late}`) {
      if (yield* isThere(sql, group, topic)) yield* sql`UPDATE bus_groups SET seen_at = now() WHERE "group" = ${group} AND topic = ${topic}`
      else
        expired.push(
          ...(yield* sql<{ group: string; topic: string }>`
            UPDATE bus_groups SET expired_at = now() WHERE "group" = ${group} AND topic = ${topic} AND ${late} RETURNING "group", topic`),
        )
    }
    return expired
  })

/** Un-acknowledged messages from the distance of two offsets, never by counting; the oldest by one step on the index per partition. */
export const unread = (sql: PgClient.PgClient, group: string) =>
  Effect.map(
    sql<{ messages: number; oldest: number | null }>`
      SELECT coalesce(sum(p.next_offset - o.committed), 0)::float8 AS messages,
        (extract(epoch FROM clock_timestamp() - min(m.published_at)) * 1000)::float8 AS oldest
      FROM bus_groups g
      JOIN bus_offsets o ON o."group" = g."group" AND o.topic = g.topic
      JOIN bus_partitions p ON p.topic = o.topic AND p.partition = o.partition
      LEFT JOIN LATERAL (
        SELECT b.published_at FROM bus_messages b
        WHERE b.topic = o.topic AND b.partition = o.partition AND b."offset" >= o.committed
        ORDER BY b."offset" LIMIT 1
      ) m ON true
      WHERE g."group" = ${group}`,
    ([row]) => ({
      messages: row?.messages ?? 0,
      oldestMs: row?.oldest === null || row === undefined ? null : Math.max(0, Math.round(row.oldest)),
    }),
  )
