import { Redis } from "ioredis"
import type { PostgresServer } from "../postgres.ts"
import type { RedisServer } from "../redis.ts"
import { MARKER } from "./Plan.ts"
import type { Truth } from "./Truth.ts"

/** Words in texts, and names of authors, that must be found nowhere once those are deleted. */
const vanished = (truth: Truth): ReadonlySet<string> => {
  const words = new Set<string>()
  for (const [author, { deletedUntil }] of truth.authors) if (deletedUntil === Infinity) words.add(author.slice(author.indexOf(":") + 1))
  for (const [id, { observed }] of truth.signals)
    for (const { platform, author, observedAt, title } of observed)
      if (truth.deletedIds.has(id) || observedAt <= (truth.authors.get(`${platform}:${author}`)?.deletedUntil ?? -Infinity))
        for (const word of title.match(MARKER) ?? []) words.add(word)
  return words
}

/** Every marked word of a table, wherever in its rows. */
const inTable = (postgres: PostgresServer, database: string, table: string): ReadonlyArray<string> =>
  postgres
    .psql(`select distinct found[1] from ${table} as row, regexp_matches(row::text, '(${MARKER.source})', 'g') as found`, database)
    .split("\n")

const inDatabase = (postgres: PostgresServer, database: string, words: ReadonlySet<string>): ReadonlyArray<string> =>
  postgres
    .psql("select quote_ident(schemaname) || '.' || quote_ident(relname) from pg_stat_user_tables order by 1", database)
    .split("\n")
    .flatMap((table) => inTable(postgres, database, table).flatMap((word) => (words.has(word) ? [`${word} in ${table}`] : [])))

const valueOf = async (redis: Redis, key: string): Promise<string> => {
  const type = await redis.type(key)
  if (type === "string") return (await redis.get(key)) ?? ""
  if (type === "hash") return JSON.stringify(await redis.hgetall(key))
  if (type === "list") return JSON.stringify(await redis.lrange(key, 0, -1))
  if (type === "set") return JSON.stringify(await redis.smembers(key))
  if (type === "zset") return JSON.stringify(await redis.zrange(key, "0", "-1"))
  return type === "stream" ? JSON.stringify(await redis.xrange(key, "-", "+")) : ""
}

/** The live feed and what else Redis keeps; velocities (database 0) are numbers of signals and no texts. */
const inRedis = async ({ url }: RedisServer, words: ReadonlySet<string>): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = []
  for (const database of [1, 2]) {
    const redis = new Redis(`${url}/${database}`)
    try {
      for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<Array<string>>)
        for (const key of keys)
          for (const word of new Set(`${key} ${await valueOf(redis, key)}`.match(MARKER) ?? []))
            if (words.has(word)) found.push(`${word} in ${key} of Redis database ${database}`)
    } finally {
      redis.disconnect()
    }
  }
  return found
}

/** Wherever a deleted text, or the name of a deleted author who did not come back, is still found. */
export const traces = async (
  truth: Truth,
  postgres: PostgresServer,
  database: string,
  redis: RedisServer,
): Promise<ReadonlyArray<string>> => {
  const words = vanished(truth)
  return [...inDatabase(postgres, database, words), ...(await inRedis(redis, words))]
}
