import { nativeOf, type Signal, type SignalId, signalId } from "@signalflow/domain/signals/Signal"
import { Clock, Effect, Option, Schema, Stream } from "effect"
import { Harvest } from "../../convert/Converted.ts"
import { type PollTier, refreshEvery } from "../../PollPlan.ts"
import { rawRecord } from "../../convert/RawRecord.ts"
import type { SourceBatch, SourceError } from "../../SourceAdapter.ts"
import type { Api, Page, Refused } from "./Client.ts"
import { deletions, removedComment } from "./Deletions.ts"
import { Replies, repliedOf } from "./Replies.ts"
import { convertThread, type Part, platform } from "./Convert.ts"
import { youTubeRaw } from "./Topic.ts"
import type { Watchlist } from "./Watchlist.ts"

const LOOK_EVERY = 30_000
/** Pages that are read back to what is known; an old video that is new to us gives one. */
const MOST_PAGES = 5
/** Threads a batch, and parts of them: a batch holds at most 500 events. */
const THREADS = 50
const PARTS = 400
const MOST_VIDEOS = 500

const Row = Schema.Struct({
  /** Every comment before this time has been read, and of those at this time the ones in `last`. */
  until: Schema.Int,
  last: Schema.Array(Schema.String),
  /** When the comments were last read to the end, and how many there were. */
  at: Schema.Int,
  count: Schema.Int,
  disabled: Schema.optionalKey(Schema.Boolean),
})
type Row = typeof Row.Type

/** How far the comments of each video have been read. */
export const CommentsPosition = Schema.Struct({ videos: Schema.Record(Schema.String, Row) })
export type CommentsPosition = typeof CommentsPosition.Type

const decodePosition = Schema.decodeUnknownOption(CommentsPosition)

const nothingRead: Row = { until: 0, last: [], at: 0, count: 0 }

/** The row after more has been read. */
export const rowAfter = (row: Row, signals: ReadonlyArray<Signal>): Row => {
  const until = signals.reduce((latest, { publishedAt }) => Math.max(latest, publishedAt), row.until)
  const atUntil = signals.filter(({ publishedAt }) => publishedAt === until).map(({ id }) => id)
  return { ...row, until, last: [...new Set([...(until === row.until ? row.last : []), ...atUntil])].slice(-200) }
}

const topTime = (thread: unknown): number => {
  const top = (thread as { snippet?: { topLevelComment?: { snippet?: { publishedAt?: unknown } } } } | null)?.snippet?.topLevelComment
  const time = top?.snippet?.publishedAt
  return typeof time === "string" ? Date.parse(time) : Number.NaN
}

interface Looked {
  /** Newest first. */
  readonly threads: ReadonlyArray<unknown>
  readonly askedAt: number
  /** Whether the threads go back to what was known. */
  readonly reached: boolean
}

/** Threads in the order given, as many at once as a batch holds. */
const portionsOf = (threads: ReadonlyArray<unknown>): ReadonlyArray<ReadonlyArray<unknown>> => {
  const portions: Array<Array<unknown>> = [[]]
  let parts = 0
  for (const thread of threads) {
    const size = 1 + (repliedOf(thread)?.held.length ?? 0)
    if (portions.at(-1)!.length >= THREADS || (parts > 0 && parts + size > PARTS)) {
      portions.push([])
      parts = 0
    }
    portions.at(-1)!.push(thread)
    parts += size
  }
  return portions
}

/** The video whose comments are most overdue: its count has changed and its tier's time is over. */
export const nextVideo = (
  watchlist: Watchlist,
  rows: ReadonlyMap<string, Row>,
  now: number,
  tiers: ReadonlyArray<PollTier>,
): { readonly id: string; readonly count: number } | null => {
  let best: { id: string; count: number; overdue: number } | null = null
  for (const { id, count, every } of watchlist.commented(now, tiers)) {
    const { at, count: before, disabled } = rows.get(id) ?? nothingRead
    const overdue = (now - at) / every
    if (disabled !== true && count !== before && overdue >= 1 && overdue > (best?.overdue ?? 0)) best = { id, count, overdue }
  }
  return best
}

/** Follows the comments of the watched videos, newest first, back to what was read before; a video is asked only when its count has changed. */
export const comments = (
  api: Api,
  runId: string,
  watchlist: Watchlist,
  tiers: ReadonlyArray<PollTier>,
  stored: unknown,
): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    const rows = new Map(Object.entries(Option.getOrNull(decodePosition(stored))?.videos ?? {}))
    const position = (): CommentsPosition => ({ videos: Object.fromEntries(rows) })
    const ready: Array<() => SourceBatch> = []
    const replies = new Replies(api)

    /** Pages back to what is known, and whether they reach it. */
    const pagesOf = Effect.fnUntraced(function* (id: string, row: Row) {
      const threads: Array<unknown> = []
      let oldest = Infinity
      const publishedAt = watchlist.get(id)?.publishedAt ?? 0
      const most = row.until === 0 && refreshEvery((yield* Clock.currentTimeMillis) - publishedAt, tiers) === null ? 1 : MOST_PAGES
      let token: string | null = null
      for (let pages = 1; ; pages++) {
        const more: Record<string, string> = token === null ? {} : { pageToken: token }
        const page: Page = yield* api.list("commentThreads", {
          part: "snippet,replies",
          videoId: id,
          order: "time",
          textFormat: "plainText",
          maxResults: "100",
          ...more,
        })
        threads.push(...page.items)
        token = page.next
        oldest = Math.min(oldest, ...page.items.map(topTime).filter((time) => !Number.isNaN(time)))
        const { askedAt } = page
        if (token === null) return { threads, askedAt, oldest: -Infinity, reached: true }
        if (oldest < row.until) return { threads, askedAt, oldest, reached: true }
        if (pages >= most) return { threads, askedAt, oldest, reached: row.until === 0 }
      }
    })

    /** What of a thread's parts is news: unknown, or known with other counts or another text. */
    const harvestOf = (id: string, row: Row, threads: ReadonlyArray<unknown>, askedAt: number, warm: boolean) => {
      const harvest = new Harvest()
      const community = watchlist.get(id)?.community ?? null
      const mode = row.at === 0 ? "backfill" : "new"
      const read: Array<Signal> = []
      const take = ({ body, converted }: Part) => {
        if (converted._tag === "Drop") return harvest.add(converted)
        if (converted.event._tag !== "Observed") return
        const { signal } = converted.event
        const seen = watchlist.seen(id, signal)
        const known = signal.publishedAt < row.until || (signal.publishedAt === row.until && row.last.includes(signal.id))
        read.push(signal)
        harvest.received++
        if (seen === "same" || (seen === "new" && known && !warm)) return harvest.drop("unchanged")
        const as = seen === "changed" ? "refresh" : mode
        harvest.events.push({ _tag: "Observed", signal: { ...signal, meta: { ...signal.meta, mode: as } } })
        const key = nativeOf(signal.id)
        harvest.raw.push(
          rawRecord({ topic: youTubeRaw, key, entityType: "comment", source: platform, mode: as, emittedAt: askedAt, payload: body }),
        )
      }
      for (const thread of threads) for (const part of convertThread(thread, { observedAt: askedAt, mode, runId }, community)) take(part)
      return { harvest, read }
    }

    /** Batches of one video, oldest threads first: cut anywhere, the threads that are left are newer than what the position says. */
    const batchesOf = (id: string, count: number, row: Row, got: Looked) => {
      const warm = watchlist.hasSeen(id)
      const all: Array<Signal> = []
      const parts = portionsOf(got.threads.toReversed())
      for (const [i, threads] of parts.entries()) {
        const last = i === parts.length - 1
        ready.push(() => {
          const { harvest, read } = harvestOf(id, row, threads, got.askedAt, warm)
          watchlist.see(id, read)
          all.push(...read)
          // A reply may be newer than threads that are still to come.
          const passed = last ? all : read.filter(({ parentId }) => parentId === signalId(platform, id))
          const after = rowAfter(rows.get(id) ?? row, passed)
          rows.set(id, last ? { ...after, at: got.askedAt, count } : after)
          const notice = last && !got.reached ? { notice: `comments on ${id} came faster than they could be read: some were not seen` } : {}
          return { ...harvest, cursor: position(), readUntil: null, ...notice }
        })
      }
    }

    /** Before the row is written: a look that is cut off is made again, and finds the same gone. */
    const removalsOf = (id: string, gone: ReadonlyArray<SignalId>, at: number) => {
      if (gone.length === 0) return
      ready.push(() => {
        watchlist.unsee(id, gone)
        return { events: gone.map((each) => removedComment(each, at)), received: gone.length, dropped: {}, cursor: null, readUntil: null }
      })
    }

    /** Everything that is to be known of the comments of one video. */
    const read = Effect.fnUntraced(function* (id: string, count: number, row: Row) {
      const got = yield* pagesOf(id, row)
      const threads = yield* replies.complete(got.threads)
      const look = { video: id, threads, oldest: got.oldest, before: row.count, count }
      const gone = yield* Effect.catchTag(deletions(api, watchlist.known(id), look), "Refused", () => Effect.succeed([]))
      removalsOf(id, gone, yield* Clock.currentTimeMillis)
      batchesOf(id, count, row, { ...got, threads })
    })

    const refused = (id: string, count: number, row: Row, { why }: Refused, now: number) => {
      const disabled = why === "comments-disabled" ? { disabled: true } : {}
      rows.set(id, { ...row, at: now, count, ...disabled })
      ready.push(() => ({ events: [], received: 0, dropped: { [why]: 1 }, cursor: position(), readUntil: null }))
    }

    const forget = () => {
      for (const id of rows.keys()) if (watchlist.get(id) === undefined || rows.size > MOST_VIDEOS) rows.delete(id)
    }

    const step = Effect.gen(function* () {
      yield* watchlist.restored.await
      while (ready.length === 0) {
        const now = yield* Clock.currentTimeMillis
        const next = nextVideo(watchlist, rows, now, tiers)
        if (next === null) {
          yield* Effect.sleep(LOOK_EVERY)
          continue
        }
        forget()
        const { id, count } = next
        const row = rows.get(id) ?? nothingRead
        yield* Effect.catchTag(read(id, count, row), "Refused", (why) => Effect.sync(() => refused(id, count, row, why, now)))
      }
      return ready.shift()!()
    })
    return Stream.fromEffectRepeat(step)
  })
