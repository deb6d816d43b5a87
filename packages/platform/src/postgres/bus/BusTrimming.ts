import type * as PgClient from "@effect/sql-pg/PgClient"
import { type BusTopic, partitionOf } from "@signalflow/domain/bus/BusTopic"
import { Duration, Effect } from "effect"
import { transactionOn } from "../Postgres.ts"
import { int4, int8, text, toNumber } from "../Sql.ts"
import { storableText } from "./BusSql.ts"

/** Most messages that one delete takes. */
const PIECE = 2_000

/** Any constant that no other user of advisory locks takes. */
const LOCK = 7_305_140_623_451_201n

/**
 * Deletes one piece of what every group of a partition has acknowledged and that is old enough; returns how much it was. It begins where
 * the last one ended and looks at no more than a piece, so a backlog does not make it dearer. What comes from the future, because the
 * clock was set back, does not wait for it.
 */
const trimPiece = (sql: PgClient.PgClient, topic: string, partition: number, minAge: Duration.Duration) =>
  transactionOn(sql)(
    Effect.gen(function* () {
      const [free] = yield* sql<{ free: boolean }>`SELECT pg_try_advisory_xact_lock(${LOCK}) AS free`
      if (free?.free !== true) return 0
      const [head] = yield* sql<{ first_offset: bigint; next_offset: bigint }>`
        SELECT first_offset, next_offset FROM bus_partitions WHERE topic = ${topic} AND partition = ${partition} FOR UPDATE`
      if (head === undefined) return 0
      yield* sql`SET LOCAL enable_seqscan = off`
      const [found] = yield* sql<{ upto: bigint | null; looked: number }>`
        SELECT max(old."offset") FILTER (WHERE old.published_at <= clock_timestamp() - ${Duration.toMillis(minAge)}::float8 * interval '1 millisecond'
            OR old.published_at > clock_timestamp() + interval '1 minute') AS upto,
          count(*)::int4 AS looked
        FROM (
          SELECT b."offset", b.published_at FROM bus_messages b
          WHERE b.topic = ${topic} AND b.partition = ${partition} AND b."offset" >= ${head.first_offset}::int8
            AND b."offset" < coalesce((
              SELECT min(o.committed) FROM bus_groups g JOIN bus_offsets o ON o."group" = g."group" AND o.topic = g.topic
              WHERE g.topic = ${topic} AND g.expired_at IS NULL AND o.partition = ${partition}), ${head.next_offset}::int8)
          ORDER BY b."offset" LIMIT ${PIECE}
        ) old`
      if (found === undefined || found.upto === null) return 0
      const first = toNumber(found.upto) + 1
      yield* sql`UPDATE bus_partitions SET first_offset = ${first}::int8 WHERE topic = ${topic} AND partition = ${partition}`
      yield* sql`
        DELETE FROM bus_messages
        WHERE topic = ${topic} AND partition = ${partition} AND "offset" >= ${head.first_offset}::int8 AND "offset" < ${first}::int8`
      return found.looked
    }),
  )

/** Topics whose messages stay for a while although no group reads them: what people look at with `tail`. */
export interface Kept {
  readonly topics: ReadonlyArray<string>
  readonly age: Duration.Duration
}

/** Trims every partition, piece by piece. */
export const trim = (sql: PgClient.PgClient, minAge: Duration.Duration, kept: Kept = { topics: [], age: minAge }) =>
  Effect.gen(function* () {
    for (const { topic, partition } of yield* sql<{ topic: string; partition: number }>`
      SELECT topic, partition FROM bus_partitions WHERE first_offset < next_offset ORDER BY topic, partition`) {
      const age = kept.topics.includes(topic) ? Duration.max(minAge, kept.age) : minAge
      while ((yield* trimPiece(sql, topic, partition, age)) === PIECE) yield* Effect.yieldNow
    }
  })

/** Deletes the messages of these keys before an offset, in the order of the log: two that overlap do not wait for each other in a circle. */
export const forget = (
  sql: PgClient.PgClient,
  topic: BusTopic,
  keys: ReadonlyArray<{ readonly key: string; readonly before: number }>,
) => sql`
  DELETE FROM bus_messages m USING (
    SELECT b.partition, b."offset"
    FROM unnest(${text(keys.map(({ key }) => storableText(key)))}::text[], ${int4(keys.map(({ key }) => partitionOf(key, topic.partitions)))}::int4[],
      ${int8(keys.map(({ before }) => before))}::int8[]) AS k (key, partition, before)
    JOIN bus_messages b ON b.topic = ${topic.name} AND b.key = k.key AND b.partition = k.partition AND b."offset" < k.before
    ORDER BY b.partition, b."offset"
    FOR UPDATE OF b
  ) gone
  WHERE m.topic = ${topic.name} AND m.partition = gone.partition AND m."offset" = gone."offset"`
