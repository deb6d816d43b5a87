import { discoveryTopics } from "@signalflow/domain/sources/Discovered"
import type { SettingValues } from "@signalflow/domain/settings/Settings"
import { Effect, Stream } from "effect"
import { drop, Harvest } from "../../../convert/Converted.ts"
import type { SourceBatch, SourceError } from "../../../SourceAdapter.ts"
import type { Client } from "../Client.ts"
import { eventOf } from "../Convert.ts"
import { replies } from "../Replies.ts"
import { decodeThing } from "../Thing.ts"
import type { Tracked } from "../Tracked.ts"
import type { DiscoveryOptions } from "./DiscoveryOptions.ts"
import { recordOf } from "./Envelope.ts"
import { isFatal, listing, patiently, subredditOf } from "./Popular.ts"
import { type Waiting, Watermark } from "./Watermark.ts"

const TOP_OF = "day"

const nameOf = (child: unknown): string => {
  const name = (child as { data?: { name?: unknown } } | null)?.data?.name
  return typeof name === "string" ? JSON.stringify(name.slice(0, 50)) : "an item without a name"
}

export interface Discovery {
  readonly client: Client
  readonly settings: SettingValues
  readonly options: DiscoveryOptions
  readonly tracked: Tracked
  readonly runId: string
  readonly position: unknown
  /** Waits for the next round; null = one round, and the stream ends. */
  readonly beat: Effect.Effect<void> | null
  /** The stream ends after so many posts and their comments; default: all that are new. */
  readonly most?: number
}

/**
 * What is trending, round by round: popular subreddits, their posts that are new to the watermark, then the comments of these. Each subreddit and each
 * thread is a batch whose cursor says that it is done. What only concerns one of them is counted and passed over.
 */
export const discovery = (of: Discovery): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    const { client, options, tracked, runId, beat } = of
    const watermark = new Watermark(of.position)
    const topics = discoveryTopics(of.settings)
    const subreddits: Array<string> = []
    /** What of one answer cannot be read or published: for the log. */
    let unfit: Array<string> = []
    let left = of.most ?? Infinity
    let rounds = 0

    const publish = (harvest: Harvest, child: unknown, subreddit: string, emittedAt: number): boolean => {
      const thing = decodeThing(child)
      if (typeof thing === "string") {
        unfit.push(`${nameOf(child)}: ${thing}`)
        harvest.add(drop(thing))
        return false
      }
      const converted = eventOf(thing, { observedAt: emittedAt, mode: "new", runId })
      if (converted._tag === "Drop" || converted.event._tag !== "Observed") {
        harvest.add(converted)
        return false
      }
      const record = recordOf(converted.event.signal, thing, { topics, subreddit, sort: options.sort, emittedAt })
      if (record === null) unfit.push(`${thing.data.name}: not a payload that readers know`)
      harvest.add(record === null ? drop("invalid") : converted, record ?? undefined)
      return record !== null
    }

    const batchOf = (harvest: Harvest, readUntil: number | null): SourceBatch => {
      const { events, raw, received, dropped } = harvest
      tracked.note(events)
      return { events, raw, received, dropped, cursor: watermark.toPosition(), readUntil }
    }

    /** Runs what may fail for one subreddit or thread alone: such a failure is counted and told, and what it concerns is done with. */
    const alone = <A>(what: string, reason: string, ask: Effect.Effect<A, SourceError>, skip: () => void = () => undefined) =>
      Effect.catchIf(
        Effect.map(ask, (answer) => ({ answer })),
        isFatal,
        (error) => {
          skip()
          const harvest = new Harvest()
          harvest.add(drop(reason))
          return Effect.as(Effect.logWarning(`Discovery passes over ${what}: ${error.message}`), { skipped: batchOf(harvest, null) })
        },
      )

    const popular = Effect.gen(function* () {
      const { children } = yield* listing(client, "/subreddits/popular", { limit: Math.min(100, options.subreddits * 2) }, "t5")
      const harvest = new Harvest()
      for (const child of children) {
        if (subreddits.length >= options.subreddits) break
        harvest.received++
        const found = subredditOf(child)
        if ("name" in found) subreddits.push(found.name)
        else harvest.drop(found.reason)
      }
      return batchOf(harvest, null)
    })

    const posts = Effect.fnUntraced(function* (subreddit: string) {
      const query = options.sort === "top" ? { limit: options.posts, t: TOP_OF } : { limit: options.posts }
      const path = `/r/${subreddit}/${options.sort}`
      const listed = yield* alone(`r/${subreddit}`, "subreddit-refused", listing(client, path, query, "t3"))
      if ("skipped" in listed) return listed.skipped
      const { children, askedAt } = listed.answer
      const harvest = new Harvest()
      for (const child of children.slice(0, options.posts)) {
        const thing = decodeThing(child)
        if (typeof thing === "string" || thing.kind !== "t3") {
          unfit.push(`${nameOf(child)}: ${typeof thing === "string" ? thing : "no post"}`)
          harvest.add(drop(typeof thing === "string" ? thing : "not-a-post"))
          continue
        }
        const { name, created_utc: created } = thing.data
        if (!watermark.isNew(subreddit, name, created)) continue
        if (left === 0) break
        // What is hidden may be approved yet: it is new then.
        if (!publish(harvest, child, subreddit, askedAt)) continue
        left--
        watermark.published(subreddit, name, created)
        if (options.comments > 0 && !watermark.await({ name, subreddit })) harvest.drop("comments-too-many")
      }
      watermark.settle(subreddit, Math.floor(askedAt / 1_000))
      return batchOf(harvest, askedAt)
    })

    const comments = Effect.fnUntraced(function* ({ name, subreddit }: Waiting) {
      const done = () => watermark.commentsRead()
      const read = yield* alone(name, "comments-refused", patiently(replies(client, name, options.comments, "top")), done)
      if ("skipped" in read) return read.skipped
      done()
      const harvest = new Harvest()
      if (read.answer === null) harvest.add(drop("comments-refused"))
      else for (const child of read.answer.comments) publish(harvest, child, subreddit, read.answer.askedAt)
      return batchOf(harvest, null)
    })

    const complain = Effect.suspend(() => {
      if (unfit.length === 0) return Effect.void
      const told = unfit.slice(0, 3).join("; ")
      const more = unfit.length > 3 ? `, and ${unfit.length - 3} more` : ""
      unfit = []
      return Effect.logWarning(`Discovery leaves out ${told}${more}`)
    })

    const step: Effect.Effect<SourceBatch | undefined, SourceError> = Effect.suspend(() => {
      const subreddit = left > 0 ? subreddits.shift() : undefined
      if (subreddit !== undefined) return posts(subreddit)
      const next = options.comments > 0 ? watermark.next : undefined
      if (next !== undefined) return comments(next)
      if (left === 0 || (beat === null && rounds > 0)) return Effect.undefined
      rounds++
      return beat === null ? popular : Effect.andThen(beat, popular)
    })
    return Stream.unfold(null, () =>
      Effect.map(Effect.tap(step, complain), (batch) => (batch === undefined ? undefined : ([batch, null] as const))),
    )
  })
