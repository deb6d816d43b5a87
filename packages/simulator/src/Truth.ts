import { isPost, postStatus, rkeyOf, type Happening, type PostEmitted, type PostShown } from "./BlueskyWorld.ts"
import { legInSlice, type Burst } from "./Bursts.ts"
import type { HackerNewsEntry } from "./HackerNewsWorld.ts"
import { didOf } from "./Identifiers.ts"
import { removed } from "./Threads.ts"
import { SLICE_MS } from "./Timeline.ts"
import { TOPICS } from "./Topics.ts"
import { blueskySignal, hackerNewsSignal, type World } from "./World.ts"

/** One planted signal, as it stands now. */
export interface TruthSignal {
  readonly id: string
  readonly platform: "hackernews" | "bluesky"
  readonly kind: "story" | "comment" | "post" | "job"
  readonly topic: string | null
  readonly language: string
  /** Unix ms: what its author claims, but never later than when the platform showed it. */
  readonly publishedAt: number
  /** Unix ms at which the platform showed it. */
  readonly shownAt: number
  readonly removed: "deleted" | "hidden" | null
  readonly burst: string | null
  /** It is a near-copy of this signal. */
  readonly copyOf: string | null
  readonly spam: boolean
  /** Published by command under this name. */
  readonly batch: string | null
}

export interface TruthQuery {
  readonly platform: string | null
  readonly batch: string | null
  /** Unix ms, of `shownAt`: `since` included, `until` not. */
  readonly since: number
  readonly until: number
  /** Where the last page ended. */
  readonly after: string | null
  readonly limit: number
}

const topicName = (index: number) => TOPICS[index]!.name

const itemTruth = (world: World, entry: HackerNewsEntry, time: number): TruthSignal => {
  const shownAt = Math.floor(entry.time / 1000)
  const gone = removed(entry, time)
  const shared = {
    id: hackerNewsSignal(world.hackerNews.idOf(entry)),
    platform: "hackernews",
    language: "en",
    publishedAt: Math.floor(entry.time / 1e6) * 1000,
    shownAt,
    removed: gone === "dead" ? "hidden" : gone,
    copyOf: null,
    spam: false,
  } as const
  if (entry.tag === "emitted")
    return { ...shared, kind: entry.parent === null ? "story" : "comment", topic: entry.topic, burst: null, batch: entry.batch }
  const kind = entry.tag === "comment" ? "comment" : entry.form === "job" ? "job" : "story"
  return { ...shared, kind, topic: topicName(entry.topic), burst: entry.burst?.id ?? null, batch: null }
}

const postTruth = (world: World, happening: PostShown | PostEmitted, time: number): TruthSignal => {
  const { seed } = world.options
  const shownAt = Math.floor(happening.time / 1000)
  const shared = { platform: "bluesky", kind: "post", shownAt, removed: postStatus(happening, time) } as const
  if (happening.tag === "emitted") {
    const { emitted, rkey } = happening
    const claimed = Date.parse(emitted.createdAt)
    const publishedAt = Number.isNaN(claimed) ? shownAt : Math.min(shownAt, claimed)
    return {
      id: blueskySignal(emitted.did, rkey),
      ...shared,
      topic: emitted.topic,
      language: "en",
      publishedAt,
      burst: null,
      copyOf: null,
      spam: false,
      batch: emitted.batch,
    }
  }
  const { post } = happening
  return {
    id: blueskySignal(didOf(seed, post.author), rkeyOf(post)),
    ...shared,
    topic: topicName(post.topic),
    language: post.language,
    publishedAt: Math.min(shownAt, post.createdAt),
    burst: post.burst?.id ?? null,
    copyOf: post.copyOf === null ? null : blueskySignal(didOf(seed, post.copyOf.author), rkeyOf(post.copyOf)),
    spam: post.episode?.campaign != null,
    batch: null,
  }
}

function* signals(world: World, query: TruthQuery): Generator<readonly [cursor: string, signal: TruthSignal]> {
  const time = world.now() * 1000
  const until = Math.min(query.until * 1000, time + 1)
  const [name, from] = query.after === null ? ["hackernews", -1] : [query.after.split("-")[0], Number(query.after.split("-")[1])]
  const lines = [
    ["hackernews", world.hackerNews.timeline, (entry: HackerNewsEntry) => itemTruth(world, entry, time)],
    ["bluesky", world.happenings, (entry: Happening) => (isPost(entry) ? postTruth(world, entry, time) : null)],
  ] as const
  for (const [platform, line, read] of lines) {
    if ((name === "bluesky" && platform !== name) || (query.platform !== null && query.platform !== platform)) continue
    const end = Math.min(line.count(time), line.positionAt(until))
    for (let position = Math.max(line.positionAt(query.since * 1000), name === platform ? from + 1 : 0); position < end; position++) {
      const entry = line.at(position)
      const signal = entry === undefined ? null : read(entry as never)
      if (signal !== null && (query.batch === null || signal.batch === query.batch)) yield [`${platform}-${position}`, signal]
    }
  }
}

export interface TruthPage {
  readonly seed: number
  readonly epoch: number
  readonly now: number
  readonly signals: ReadonlyArray<TruthSignal>
  /** Ask again with `after` set to it; null: that was all. */
  readonly next: string | null
}

export const truthPage = (world: World, query: TruthQuery): TruthPage => {
  const page: Array<TruthSignal> = []
  let last: string | null = null
  let next: string | null = null
  for (const [cursor, signal] of signals(world, query)) {
    if (page.length === query.limit) {
      next = last
      break
    }
    page.push(signal)
    last = cursor
  }
  return { seed: world.options.seed, epoch: world.options.epoch, now: world.now(), signals: page, next }
}

const burstTruth = (world: World, burst: Burst) => ({
  id: burst.id,
  topic: burst.topic.name,
  event: burst.event.name,
  mood: burst.event.mood,
  lagMs: burst.legs.length < 2 ? null : burst.legs[1]!.from - burst.legs[0]!.from,
  legs: burst.legs.map((leg) => {
    const first = Math.floor((leg.from - world.options.epoch) / SLICE_MS)
    const last = Math.ceil((leg.to - world.options.epoch) / SLICE_MS)
    const slices = Array.from({ length: last - first }, (_, i) => first + i)
    const buckets = slices.map((slice) => ({
      start: world.options.epoch + slice * SLICE_MS,
      authors: legInSlice(leg, world.options.epoch, slice)?.authors ?? 0,
    }))
    return { ...leg, open: leg.from <= world.now() && leg.to > world.now(), buckets }
  }),
})

export const truthSummary = (world: World) => {
  const counts: Record<string, { signals: number; removed: number }> = {
    hackernews: { signals: 0, removed: 0 },
    bluesky: { signals: 0, removed: 0 },
  }
  const batches: Record<string, number> = {}
  for (const [, signal] of signals(world, { platform: null, batch: null, since: 0, until: Infinity, after: null, limit: Infinity })) {
    const count = counts[signal.platform]!
    count.signals++
    if (signal.removed !== null) count.removed++
    if (signal.batch !== null) batches[signal.batch] = (batches[signal.batch] ?? 0) + 1
  }
  return { ...world.options, now: world.now(), counts, batches, bursts: world.bursts(world.now()).map((burst) => burstTruth(world, burst)) }
}
