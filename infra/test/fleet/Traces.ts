import type { PostgresServer } from "../postgres.ts"
import type { RedisServer } from "../redis.ts"
import { Redis } from "ioredis"
import { MARKER } from "./Plan.ts"
import type { Truth } from "./Truth.ts"

const tables = (postgres: PostgresServer, database: string) =>
  postgres.psql("select quote_ident(schemaname) || '.' || quote_ident(relname) from pg_stat_user_tables order by 1", database).split("\n")

/** What of a table still shows a text, or the name of an author, that was to vanish. */
const inDatabase = (postgres: PostgresServer, database: string, patterns: ReadonlyArray<string>): ReadonlyArray<string> =>
  tables(postgres, database).flatMap((table) => {
    const rows = postgres.psql(`select row::text from ${table} as row where row::text ~ '${patterns.join("|")}' limit 3`, database)
    return rows === "" ? [] : [`${table}: ${rows.slice(0, 300)}`]
  })

const valueOf = async (redis: Redis, key: string): Promise<string> => {
  const type = await redis.type(key)
  if (type === "string") return (await redis.get(key)) ?? ""
  if (type === "hash") return JSON.stringify(await redis.hgetall(key))
  if (type === "list") return JSON.stringify(await redis.lrange(key, 0, -1))
  if (type === "set") return JSON.stringify(await redis.smembers(key))
  if (type === "zset") return JSON.stringify(await redis.zrange(key, "0", "-1"))
  return type === "stream" ? JSON.stringify(await redis.xrange(key, "-", "+")) : ""
}

const inRedis = async ({ url }: RedisServer, pattern: RegExp): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = []
  for (const database of [0, 1, 2]) {
    const redis = new Redis(`${url}/${database}`)
    try {
      for await (const keys of redis.scanStream({ count: 1_000 }) as AsyncIterable<Array<string>>)
        for (const key of keys) {
          const hit = pattern.exec(database === 0 ? key : await valueOf(redis, key))
          if (hit !== null) found.push(`Redis database ${database}, ${key}: ${hit[0]}`)
        }
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
  const gone = [...truth.authors]
    .filter(([, { deletedUntil }]) => deletedUntil === Infinity)
    .map(([author]) => author.slice(author.indexOf(":") + 1))
  const markers = new Set(
    [...truth.signals].flatMap(([id, { observed }]) => (truth.deletedIds.has(id) ? (observed[0]?.title.match(MARKER) ?? []) : [])),
  )
  const deletedAuthors = new Set([...truth.authors].filter(([, { deletedUntil }]) => deletedUntil > -Infinity).map(([author]) => author))
  for (const { observed } of truth.signals.values())
    if (observed[0] !== undefined && deletedAuthors.has(`${observed[0].platform}:${observed[0].author}`))
      for (const marker of observed[0].title.match(MARKER) ?? []) markers.add(marker)
  const found: Array<string> = []
  const every = [...markers, ...gone]
  for (let n = 0; n < every.length; n += 500) found.push(...inDatabase(postgres, database, every.slice(n, n + 500)))
  found.push(...(await inRedis(redis, new RegExp(every.join("|")))))
  return found
}
