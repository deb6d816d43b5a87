import { discoveryTopics } from "@signalflow/domain/Discovered"
import type { SettingValues } from "@signalflow/domain/Settings"
import type { BusRecord } from "@signalflow/domain/SignalBus"
import { Effect, Option, Schema, Stream } from "effect"
import { drop, Harvest } from "../../Converted.ts"
import { rawRecord } from "../../Raw.ts"
import { type SourceBatch, SourceError } from "../../SourceAdapter.ts"
import type { Client } from "./Client.ts"
import { eventOf } from "./Convert.ts"
import { batchesOf } from "./Harvesting.ts"
import { type Normalised, normalised } from "./Normalised.ts"
import { replies } from "./Replies.ts"
import { rhythm } from "./Rhythm.ts"
import { decodePage, decodeThing } from "./Thing.ts"
import type { Tracked } from "./Tracked.ts"

const MOST_MARKS = 500

const Community = Schema.Struct({
  kind: Schema.Literal("t5"),
  data: Schema.Struct({
    display_name: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_]{2,21}$/)),
    subreddit_type: Schema.optionalKey(Schema.NullOr(Schema.String)),
    over18: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  }),
})
const decodeCommunity = Schema.decodeUnknownOption(Community)

/** Watermark of each subreddit: creation of the newest post published, unix seconds, and the posts of that very second. */
const Mark = Schema.Struct({ at: Schema.Finite, names: Schema.Array(Schema.String) })
type Mark = typeof Mark.Type
export const DiscoveryPosition = Schema.Struct({ marks: Schema.Record(Schema.String, Mark) })
const decodePosition = Schema.decodeUnknownOption(DiscoveryPosition)

export interface Discovery {
  readonly client: Client
  readonly settings: SettingValues
  readonly tracked: Tracked
  readonly everyMs: number
  readonly phaseMs: number
  readonly runId: string
  readonly position: unknown
}

/** Looks for what is trending: popular subreddits, their posts newer than the watermark, and the comments of these. */
export const discovery = ({
  client,
  settings,
  tracked,
  everyMs,
  phaseMs,
  runId,
  position,
}: Discovery): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    const marks = new Map(Object.entries(Option.getOrNull(decodePosition(position))?.marks ?? {}))
    const beat = rhythm(everyMs, phaseMs)
    const topics = discoveryTopics(settings)
    const sort = settings.REDDIT_POST_SORT
    const waiting: Array<string> = []

    const listing = Effect.fnUntraced(function* (path: string, limit: number) {
      const query = sort === "top" ? { limit, t: "day" } : { limit }
      const { body, askedAt } = yield* client.get(path, query, "second")
      const page = Option.getOrNull(decodePage(body))
      if (page === null) return yield* new SourceError({ reason: "malformed", message: `${path} sent something else than a listing` })
      return { children: page.children, askedAt }
    })

    const envelope = (payload: Normalised, subreddit: string, emittedAt: number): BusRecord =>
      rawRecord({
        topic: payload.entity === "reddit_submission" ? topics.submissions : topics.comments,
        key: payload.name,
        entityType: payload.entity,
        source: "reddit",
        mode: "trending",
        emittedAt,
        payload: payload.fields,
        metadata: { subreddit, post_sort: sort },
      })

    const publish = (harvest: Harvest, child: unknown, subreddit: string, observedAt: number) => {
      const thing = decodeThing(child)
      if (typeof thing === "string") return harvest.add(drop(thing))
      const converted = eventOf(thing, { observedAt, mode: "new", runId })
      const shown = converted._tag === "Event" && converted.event._tag === "Observed" ? converted.event.signal : null
      harvest.add(converted, shown === null ? undefined : envelope(normalised(shown, thing), subreddit, observedAt))
    }

    /** New posts of one subreddit with their comments; the watermark moves with the batch that holds them. */
    const read = Effect.fnUntraced(function* (subreddit: string) {
      const harvest = new Harvest()
      const page = yield* listing(`/r/${subreddit}/${sort}`, settings.REDDIT_POSTS_PER_SUBREDDIT).pipe(
        Effect.catchIf(
          ({ status }) => status === 403 || status === 404,
          () => Effect.succeed(null),
        ),
      )
      if (page === null) {
        harvest.received++
        harvest.drop("subreddit-refused")
        return batchesOf(harvest, { cursor: null, readUntil: null })
      }
      const mark = marks.get(subreddit) ?? { at: 0, names: [] }
      const names: Array<string> = []
      for (const child of page.children) {
        const thing = decodeThing(child)
        const at = typeof thing === "string" ? null : { created: thing.data.created_utc, name: thing.data.name }
        if (at !== null && (at.created < mark.at || mark.names.includes(at.name))) continue
        publish(harvest, child, subreddit, page.askedAt)
        if (at !== null) {
          names.push(at.name)
          advance(marks, subreddit, at.created, at.name, page.askedAt)
        }
      }
      if (settings.REDDIT_COMMENT_LIMIT > 0)
        for (const name of names) {
          const found = yield* replies(client, name, settings.REDDIT_COMMENT_LIMIT, "top")
          if (found === null) harvest.drop("comments-refused")
          else for (const child of found.comments) publish(harvest, child, subreddit, found.askedAt)
        }
      tracked.note(harvest.events)
      while (marks.size > MOST_MARKS) marks.delete(marks.keys().next().value!)
      return batchesOf(harvest, { cursor: { marks: Object.fromEntries(marks) }, readUntil: page.askedAt })
    })

    const step = Effect.gen(function* () {
      if (waiting.length > 0) return yield* read(waiting.shift()!)
      yield* beat
      const { children } = yield* listing("/subreddits/popular", Math.min(100, settings.REDDIT_SUBREDDIT_LIMIT * 2))
      const harvest = new Harvest()
      for (const child of children) {
        if (waiting.length >= settings.REDDIT_SUBREDDIT_LIMIT) break
        harvest.received++
        const { data } = Option.getOrNull(decodeCommunity(child)) ?? {}
        if (data === undefined) harvest.drop("malformed")
        else if (data.over18 === true || (data.subreddit_type ?? "public") !== "public") harvest.drop("not-public")
        else waiting.push(data.display_name)
      }
      return batchesOf(harvest, { cursor: null, readUntil: null })
    })
    return Stream.flattenIterable(Stream.fromEffectRepeat(step))
  })

const advance = (marks: Map<string, Mark>, subreddit: string, created: number, name: string, askedAt: number) => {
  // A clock that runs ahead must not hide what comes after it.
  const at = Math.min(created, Math.floor(askedAt / 1_000))
  const mark = marks.get(subreddit) ?? { at: 0, names: [] }
  marks.delete(subreddit)
  if (at > mark.at) marks.set(subreddit, { at, names: [name] })
  else marks.set(subreddit, at === mark.at ? { at, names: [...mark.names, name].slice(-100) } : mark)
}
