import type * as PgClient from "@effect/sql-pg/PgClient"
import type { BusTopic } from "@signalflow/domain/bus/BusTopic"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { int8, text } from "../Sql.ts"

/**
 * Who reads what, by advisory locks of each consumer's own session: they go with the connection, and only the session that holds a
 * partition's lock commits its offsets. Every consumer of a topic shares one lock, so that they can be counted.
 */
const keyOf = (...parts: ReadonlyArray<string | number>): bigint =>
  createHash("sha256")
    .update(["signalflow bus", ...parts].join("\u0000"))
    .digest()
    .readBigInt64BE()

export const partitionKey = (group: string, topic: string, partition: number): bigint => keyOf("partition", group, topic, partition)

const memberKey = (group: string, topic: string): bigint => keyOf("member", group, topic)

/** Joins the consumers of a group's topics. */
export const join = (session: PgClient.PgClient, group: string, topics: ReadonlyArray<BusTopic>) =>
  session`SELECT pg_advisory_lock_shared(k) FROM unnest(${int8(topics.map(({ name }) => memberKey(group, name)))}::int8[]) AS t (k)`

export const tryLock = (session: PgClient.PgClient, key: bigint) =>
  Effect.map(session<{ locked: boolean }>`SELECT pg_try_advisory_lock(${key}::int8) AS locked`, ([row]) => row?.locked === true)

export const unlock = (session: PgClient.PgClient, key: bigint) => session`SELECT pg_advisory_unlock(${key}::int8)`

/** Gives up everything that this session holds. */
export const leave = (session: PgClient.PgClient) => session`SELECT pg_advisory_unlock_all()`

/** Whether a group has a consumer of a topic. */
export const isThere = (sql: PgClient.PgClient, group: string, topic: string) => {
  const key = memberKey(group, topic)
  return Effect.map(
    sql`
      SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
        AND l.classid::int8 = ((${key}::int8 >> 32) & 4294967295) AND l.objid::int8 = (${key}::int8 & 4294967295)
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    (rows) => rows.length > 0,
  )
}

export interface Standing {
  readonly topic: BusTopic
  readonly members: number
  /** Partitions that nobody holds. */
  readonly free: ReadonlyArray<number>
}

/** For each topic: how many consumers share it and what is free. */
export const standing = (session: PgClient.PgClient, group: string, topics: ReadonlyArray<BusTopic>) => {
  const keys = new Map(
    topics
      .flatMap((topic) => [
        memberKey(group, topic.name),
        ...Array.from({ length: topic.partitions }, (_, partition) => partitionKey(group, topic.name, partition)),
      ])
      .map((key) => [String(key), key]),
  )
  return Effect.map(
    session<{ key: string; holders: number }>`
      SELECT w.key, count(*)::int4 AS holders
      FROM unnest(${text([...keys.keys()])}::text[], ${int8([...keys.values()])}::int8[]) AS w (key, k)
      JOIN pg_locks l ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
        AND l.classid::int8 = ((w.k >> 32) & 4294967295) AND l.objid::int8 = (w.k & 4294967295)
      WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      GROUP BY w.key`,
    (rows) => {
      const holders = new Map(rows.map((row) => [row.key, row.holders]))
      return topics.map((topic): Standing => ({
        topic,
        members: Math.max(1, holders.get(String(memberKey(group, topic.name))) ?? 0),
        free: Array.from({ length: topic.partitions }, (_, partition) => partition).filter(
          (partition) => !holders.has(String(partitionKey(group, topic.name, partition))),
        ),
      }))
    },
  )
}
