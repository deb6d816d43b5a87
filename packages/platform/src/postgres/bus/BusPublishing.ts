import type * as PgClient from "@effect/sql-pg/PgClient"
import { type BusTopic, partitionOf } from "@signalflow/domain/bus/BusTopic"
import type { BusRecord } from "@signalflow/domain/bus/SignalBus"
import { Data, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { transactionOn } from "../Postgres.ts"
import { int4, int8, text } from "../Sql.ts"
import { CHANNEL, partitionsOf, storableText } from "./BusSql.ts"

interface Batch {
  readonly topic: BusTopic
  readonly records: Array<BusRecord>
  readonly partitions: Array<number>
  readonly counts: Map<number, number>
}

/** Heads that this process made are not there: another database answers under the same address. */
class HeadsMissing extends Data.TaggedError("HeadsMissing") {}

const name = (topic: BusTopic) => `${topic.name}/${topic.partitions}`

const batchesOf = (records: ReadonlyArray<BusRecord>): ReadonlyArray<Batch> => {
  const batches = new Map<string, Batch>()
  for (const record of records) {
    let batch = batches.get(record.topic.name)
    if (batch === undefined) {
      batch = { topic: record.topic, records: [], partitions: [], counts: new Map() }
      batches.set(record.topic.name, batch)
    }
    const partition = partitionOf(record.key, record.topic.partitions)
    batch.records.push(record)
    batch.partitions.push(partition)
    batch.counts.set(partition, (batch.counts.get(partition) ?? 0) + 1)
  }
  return [...batches.values()]
}

/** Makes the heads of these topics' partitions. */
export const ensureHeads = (sql: PgClient.PgClient, topics: ReadonlyArray<BusTopic>) => {
  const all = partitionsOf(topics)
  return sql`
    INSERT INTO bus_partitions (topic, partition)
    SELECT * FROM unnest(${text(all.topics)}::text[], ${int4(all.partitions)}::int4[]) ORDER BY 1, 2
    ON CONFLICT DO NOTHING`
}

/**
 * Stores records in one transaction. It locks the heads of its partitions, always in the same order, takes offsets from them and holds
 * them to its commit: a reader that sees an offset sees every smaller one. `onDropped` hears of topics that no group has registered for;
 * those in `kept` are stored all the same.
 */
export const make = (
  sql: PgClient.PgClient,
  onDropped: (topic: string, records: number) => Effect.Effect<void>,
  kept: ReadonlyArray<string> = [],
) => {
  const known = new Set<string>()

  const learn = (topics: ReadonlyArray<BusTopic>): Effect.Effect<void, SqlError> => {
    const unknown = topics.filter((topic) => !known.has(name(topic)))
    if (unknown.length === 0) return Effect.void
    return Effect.map(ensureHeads(sql, unknown), () => unknown.forEach((topic) => known.add(name(topic))))
  }

  const lockHeads = (batches: ReadonlyArray<Batch>) => {
    const places = batches.flatMap((batch) => [...batch.counts.keys()].map((partition) => ({ topic: batch.topic.name, partition })))
    return sql<{ topic: string; partition: number; next_offset: bigint }>`
      SELECT p.topic, p.partition, p.next_offset
      FROM bus_partitions p
      JOIN unnest(${text(places.map((place) => place.topic))}::text[], ${int4(places.map((place) => place.partition))}::int4[])
        AS w (topic, partition) ON w.topic = p.topic AND w.partition = p.partition
      WHERE p.topic = ANY (${text(kept)}::text[]) OR EXISTS (SELECT 1 FROM bus_groups g WHERE g.topic = p.topic AND g.expired_at IS NULL)
      ORDER BY p.topic, p.partition
      FOR UPDATE OF p`
  }

  const insert = (batch: Batch, heads: ReadonlyMap<number, number>) => {
    const next = new Map(heads)
    const offsets = batch.partitions.map((partition) => {
      const offset = next.get(partition)!
      next.set(partition, offset + 1)
      return offset
    })
    return sql`
      WITH moved AS (
        UPDATE bus_partitions p SET next_offset = u.next_offset
        FROM unnest(${int4([...next.keys()])}::int4[], ${int8([...next.values()])}::int8[]) AS u (partition, next_offset)
        WHERE p.topic = ${batch.topic.name} AND p.partition = u.partition
      ), stored AS (
        INSERT INTO bus_messages (topic, partition, "offset", key, value, headers, published_at)
        SELECT ${batch.topic.name}, u.partition, u."offset", u.key, u.value, u.headers, clock_timestamp()
        FROM unnest(
          ${int4(batch.partitions)}::int4[], ${int8(offsets)}::int8[], ${text(batch.records.map((record) => storableText(record.key)))}::text[],
          ${text(batch.records.map((record) => storableText(record.value)))}::text[],
          ${text(batch.records.map((record) => JSON.stringify(record.headers)))}::text[]
        ) AS u (partition, "offset", key, value, headers)
      )
      SELECT pg_notify(${CHANNEL}, '')`
  }

  /** The batches that no group wants. */
  const store = Effect.fnUntraced(function* (batches: ReadonlyArray<Batch>) {
    const heads = new Map<string, Map<number, number>>()
    for (const { topic, partition, next_offset } of yield* lockHeads(batches)) {
      const of = heads.get(topic) ?? new Map<number, number>()
      heads.set(topic, of.set(partition, Number(next_offset)))
    }
    const dropped: Array<Batch> = []
    for (const batch of batches) {
      const of = heads.get(batch.topic.name)
      if (of === undefined) {
        dropped.push(batch)
        known.delete(name(batch.topic))
      } else if (of.size < batch.counts.size) return yield* new HeadsMissing()
      else yield* insert(batch, of)
    }
    return dropped
  })

  return (records: ReadonlyArray<BusRecord>): Effect.Effect<void, SqlError> => {
    if (records.length === 0) return Effect.void
    const batches = batchesOf(records)
    const attempt = Effect.andThen(learn(batches.map((batch) => batch.topic)), transactionOn(sql)(store(batches)))
    return attempt.pipe(
      Effect.catchTag("HeadsMissing", () =>
        Effect.andThen(
          Effect.sync(() => known.clear()),
          attempt,
        ),
      ),
      Effect.catchTag("HeadsMissing", Effect.die),
      Effect.flatMap(Effect.forEach((batch) => onDropped(batch.topic.name, batch.records.length), { discard: true })),
    )
  }
}
