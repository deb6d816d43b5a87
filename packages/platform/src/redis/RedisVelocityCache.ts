import { type LastObservation, VelocityCache } from "@signalflow/domain/VelocityCache"
import { Array as Arr, Effect, Layer } from "effect"
import { Redis } from "./Redis.ts"
import { script } from "./RedisScript.ts"

const keyOf = (id: string) => `vel:${id}`

const TTL_SECONDS = 25 * 3_600
/** Signals of one command: longer ones would keep other clients waiting. */
const CHUNK = 1_000

/** One row per key, `score,comments,ts,text`; empty where there is none. A value of another type is none. */
const readScript = script(`
local rows = {}
for i, key in ipairs(KEYS) do
  local v = redis.pcall('HMGET', key, 'score', 'comments', 'ts', 'text')
  rows[i] = v[3] and table.concat({ v[1] or '', v[2] or '', v[3], v[4] or '' }, ',') or ''
end
return rows`)

/**
 * ARGV: seconds to live, then a line for each key, `score,comments,ts,text`: one argument costs a client less than four for each key.
 * Only what is newer than the kept one is set.
 */
const advanceScript = script(`
local i = 0
for score, comments, ts, text in string.gmatch(ARGV[2], '([^,\\n]*),([^,\\n]*),([^,\\n]*),([^,\\n]*)\\n') do
  i = i + 1
  local key = KEYS[i]
  local kept = redis.pcall('HGET', key, 'ts')
  local before = type(kept) == 'string' and #kept < 16 and string.match(kept, '^%d+$') and tonumber(kept)
  if type(kept) == 'table' then redis.call('DEL', key) end
  if not before or before < tonumber(ts) then
    redis.call('HSET', key, 'score', score, 'comments', comments, 'ts', ts, 'text', text)
    redis.call('EXPIRE', key, ARGV[1])
  end
end`)

const row = /^(-?\d{1,15})?,(-?\d{1,15})?,(\d{1,15}),([\x21-\x2b\x2d-\x7e]{1,64})$/

const count = (text: string | undefined) => (text === undefined ? null : Number(text))

/** What was read under a key, or null where it is no observation. */
const parse = (text: unknown): LastObservation | null => {
  const parts = typeof text === "string" && text !== "" ? row.exec(text) : null
  return parts === null ? null : { score: count(parts[1]), comments: count(parts[2]), at: Number(parts[3]), textHash: parts[4]! }
}

const chunksOf = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => Arr.chunksOf(items, CHUNK)

/**
 * Shared by all `process` replicas, in database 0: a hash `vel:{id}` of score, comments, ts and text hash, for 25 hours.
 * While Redis is unavailable it knows nothing, at once; the connection says so and comes back by itself.
 */
export const layer: Layer.Layer<VelocityCache, never, Redis> = Layer.effect(
  VelocityCache,
  Effect.gen(function* () {
    const redis = yield* (yield* Redis).connect("velocity")

    const readChunk = (ids: ReadonlyArray<string>) =>
      Effect.map(redis.run(readScript, ids.map(keyOf), []), (rows) => (Array.isArray(rows) ? rows.map(parse) : []))

    const advanceChunk = (entries: ReadonlyArray<readonly [string, LastObservation]>) => {
      let lines = ""
      for (const [, { score, comments, at, textHash }] of entries) lines += `${score ?? ""},${comments ?? ""},${at},${textHash}\n`
      return redis.run(
        advanceScript,
        entries.map(([id]) => keyOf(id)),
        [TTL_SECONDS, lines],
      )
    }

    return VelocityCache.of({
      read: (ids) =>
        Effect.forEach(chunksOf(ids), readChunk).pipe(
          Effect.map((chunks) => {
            const found = new Map<string, LastObservation>()
            for (const [n, entry] of chunks.flat().entries()) if (entry !== null) found.set(ids[n]!, entry)
            return found
          }),
          Effect.orElseSucceed(() => new Map<string, LastObservation>()),
        ),
      advance: (entries) => Effect.ignore(Effect.forEach(chunksOf([...entries]), advanceChunk, { discard: true })),
      forget: (ids) =>
        Effect.ignore(Effect.forEach(chunksOf(ids), (chunk) => redis.use((client) => client.del(chunk.map(keyOf))), { discard: true })),
    })
  }),
)
