import { LIVE_HISTORY } from "@signalflow/domain/live/LiveFeed"
import type { LivePosition } from "@signalflow/domain/live/LivePosition"
import { type LiveEntry, LiveItem } from "@signalflow/domain/live/LiveFrame"
import { Effect, Option, Schema } from "effect"
import { beginScript, CHANNEL, KEY, publishScript } from "./LiveScripts.ts"
import type { RedisConnection } from "./RedisConnection.ts"
import { RedisError } from "./RedisError.ts"

/** Bytes that all entries of the history take at most. */
export const HISTORY_BYTES = 32 * 1024 * 1024
/** Items that are written, and entries that are read, by one command. */
export const CHUNK = 500

const Count = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0))
/** run, epoch, offset, floor */
const Head = Schema.Tuple([Schema.String, Schema.String.check(Schema.isMaxLength(64)), Count, Count])

const decodeHead = Schema.decodeUnknownOption(Head)
const decodeItem = Schema.decodeUnknownOption(Schema.fromJsonString(LiveItem))

export interface LivePage {
  readonly head: LivePosition
  /** The first entry that is kept, or would be. */
  readonly floor: number
  /** What is kept of the entries that were asked for. */
  readonly entries: ReadonlyArray<LiveEntry>
  /** Entries that nobody can read. */
  readonly malformed: number
}

const linesOf = (item: LiveItem) =>
  `\n${item._tag === "Signal" ? `+${JSON.stringify(item.signal.id)}` : `-${JSON.stringify(item.id)}`}\n${JSON.stringify(item)}`

/** The item of an entry, which stands under a line of its own. */
const itemOf = (entry: unknown) => (typeof entry === "string" ? decodeItem(entry.slice(entry.indexOf("\n") + 1)) : Option.none())

/** Longer than what a slow log shows of an argument. */
const PADDING = " ".repeat(128)

export type LiveStore = ReturnType<typeof liveStore>

/** The feed as it lies in Redis; `run` tells the id of the server's present run. */
export const liveStore = (redis: RedisConnection, run: () => string) => {
  const begin = Effect.suspend(() => redis.run(beginScript, [KEY], [run(), crypto.randomUUID()]))

  const pageOf = (reply: ReadonlyArray<unknown>, after: number): LivePage | null => {
    const head = Option.getOrNull(decodeHead(reply.slice(0, 4)))
    if (head === null || head[0] !== run()) return null
    const [, epoch, offset, floor] = head
    const entries: Array<LiveEntry> = []
    let malformed = 0
    for (const [n, entry] of reply.slice(4).entries()) {
      if (entry === null) continue
      const item = Option.getOrNull(itemOf(entry))
      if (item === null) malformed += 1
      else entries.push({ epoch, offset: after + 1 + n, item })
    }
    return { head: { epoch, offset }, floor, entries, malformed }
  }

  const tryPage = (after: number, count: number) =>
    Effect.map(
      redis.use((client) => {
        const fields = ["run", "epoch", "offset", "floor"]
        for (let offset = after + 1; offset <= after + count; offset++) fields.push(`e${offset}`)
        return client.hmget(KEY, ...fields)
      }),
      (reply) => pageOf(reply, after),
    )

  const pageAnew = Effect.andThen(begin, tryPage(0, 0)).pipe(
    Effect.flatMap((page) =>
      page === null
        ? Effect.fail(new RedisError({ message: "Redis has too little memory for the live feed: it is evicted as soon as it begins" }))
        : Effect.succeed(page),
    ),
  )

  /** The head, and up to `count` entries after an offset, of one moment. Begins the feed where there is none, or something else in its place. */
  const page = (after: number, count: number): Effect.Effect<LivePage, RedisError> =>
    tryPage(after, count).pipe(
      Effect.orElseSucceed(() => null),
      Effect.flatMap((found) => (found === null ? pageAnew : Effect.succeed(found))),
    )

  const publish = (items: ReadonlyArray<LiveItem>) => {
    let entries = PADDING
    for (const item of items) entries += linesOf(item)
    return redis.run(publishScript, [KEY], [run(), crypto.randomUUID(), LIVE_HISTORY, HISTORY_BYTES, CHANNEL, items.length, entries])
  }

  /** Drops all of it; what comes next begins another epoch. */
  const wipe = redis.use((client) => client.del(KEY))

  return { page, publish, wipe }
}
