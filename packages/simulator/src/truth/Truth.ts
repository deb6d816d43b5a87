import { rkeyOf } from "../platforms/bluesky/BlueskyWorld.ts"
import { isPost, postStatus, type Happening, type PostEmitted, type PostShown } from "../platforms/bluesky/Happenings.ts"
import type { BoardEntry } from "../world/Board.ts"
import { legInSlice, type Burst, type PlatformName } from "../world/Bursts.ts"
import { didOf } from "../world/Identifiers.ts"
import { removed } from "../world/Threads.ts"
import { SLICE_MS, type Timed, type Timeline } from "../world/Timeline.ts"
import { TOPICS } from "../world/Topics.ts"
import { blueskySignal, hackerNewsSignal, redditSignal, youTubeSignal, type World } from "../World.ts"

/** One planted signal, as it stands now. */
export interface TruthSignal {
  readonly id: string
  readonly platform: PlatformName
  readonly kind: "story" | "comment" | "post" | "job" | "video"
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
  /** Null: Hacker News, Bluesky and whatever else was asked for since the start. */
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

interface Told {
  readonly platform: "hackernews" | "reddit" | "youtube"
  readonly id: (entry: BoardEntry) => string
  readonly gone: (entry: BoardEntry, time: number) => "deleted" | "dead" | null
  /** What a thread begins with. */
  readonly kind: "story" | "post" | "video"
  /** The precision of its dates, in milliseconds. */
  readonly unit: number
}

const itemTruth = (told: Told, entry: BoardEntry, time: number): TruthSignal => {
  const shownAt = Math.floor(entry.time / 1000)
  const gone = told.gone(entry, time)
  const shared = {
    id: told.id(entry),
    platform: told.platform,
    language: "en",
    publishedAt: Math.floor(shownAt / told.unit) * told.unit,
    shownAt,
    removed: gone === "dead" ? ("hidden" as const) : gone,
    copyOf: null,
    spam: false,
  }
  if (entry.tag === "emitted") {
    const topic = entry.topic === null ? null : topicName(entry.topic)
    return { ...shared, kind: entry.parent === null ? told.kind : "comment", topic, burst: null, batch: entry.batch }
  }
  const kind = entry.tag === "comment" ? "comment" : entry.form === "job" ? "job" : told.kind
  const about = { topic: topicName(entry.topic), burst: entry.burst?.id ?? null, spam: entry.campaign !== null, batch: null }
  return { ...shared, ...about, kind, copyOf: entry.tag === "story" && entry.copyOf !== null ? told.id(entry.copyOf) : null }
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

interface Line {
  readonly timeline: Pick<Timeline<Timed>, "count" | "positionAt" | "at">
  readonly read: (entry: Timed, time: number) => TruthSignal | null
}

const boardLine = (timeline: Timeline<BoardEntry>, told: Told): Line => ({
  timeline,
  read: (entry, time) => itemTruth(told, entry as BoardEntry, time),
})

const LINES: Record<PlatformName, (world: World) => Line> = {
  hackernews: ({ hackerNews }) =>
    boardLine(hackerNews.timeline, {
      platform: "hackernews",
      id: (entry) => hackerNewsSignal(hackerNews.idOf(entry)),
      gone: removed,
      kind: "story",
      unit: 1000,
    }),
  bluesky: (world) => ({
    timeline: world.happenings,
    read: (entry, time) => (isPost(entry as Happening) ? postTruth(world, entry as PostShown | PostEmitted, time) : null),
  }),
  reddit: (world) => {
    const site = world.reddit()
    const id = (entry: BoardEntry) => redditSignal(site.nameOf(entry))
    return boardLine(site.board.timeline, { platform: "reddit", id, gone: removed, kind: "post", unit: 1000 })
  },
  youtube: (world) => {
    const site = world.youtube()
    const id = (entry: BoardEntry) => youTubeSignal(site.idOf(entry))
    return boardLine(site.board.timeline, { platform: "youtube", id, gone: site.goneAt, kind: "video", unit: 1000 })
  },
}

/** In the order in which the truth is paged. */
export const PLATFORMS = Object.keys(LINES) as ReadonlyArray<PlatformName>
export const isPlatform = (name: unknown): name is PlatformName => PLATFORMS.includes(name as PlatformName)

function* signals(world: World, query: TruthQuery): Generator<readonly [cursor: string, signal: TruthSignal]> {
  const time = world.now() * 1000
  const until = Math.min(query.until * 1000, time + 1)
  const [name, from] = query.after === null ? [PLATFORMS[0]!, -1] : [query.after.split("-")[0], Number(query.after.split("-")[1])]
  const wanted = PLATFORMS.filter((platform) => (query.platform === null ? world.inUse(platform) : query.platform === platform))
  for (const platform of wanted) {
    if (PLATFORMS.indexOf(platform) < PLATFORMS.indexOf(name as PlatformName)) continue
    const { timeline, read } = LINES[platform](world)
    const end = Math.min(timeline.count(time), timeline.positionAt(until))
    for (let position = Math.max(timeline.positionAt(query.since * 1000), name === platform ? from + 1 : 0); position < end; position++) {
      const entry = timeline.at(position)
      const signal = entry === undefined ? null : read(entry, time)
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
  lags: Object.fromEntries(burst.legs.map((leg) => [leg.platform, leg.from - burst.legs[0]!.from])),
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
  const used = PLATFORMS.filter(world.inUse)
  const counts: Record<string, { signals: number; removed: number }> = Object.fromEntries(
    used.map((platform) => [platform, { signals: 0, removed: 0 }]),
  )
  const batches: Record<string, number> = {}
  for (const [, signal] of signals(world, { platform: null, batch: null, since: 0, until: Infinity, after: null, limit: Infinity })) {
    const count = counts[signal.platform]!
    count.signals++
    if (signal.removed !== null) count.removed++
    if (signal.batch !== null) batches[signal.batch] = (batches[signal.batch] ?? 0) + 1
  }
  const bursts = world.bursts(world.now()).flatMap((burst) => {
    // Who does not read a platform sees no leg of a burst there.
    const legs = burst.legs.filter(({ platform }) => world.inUse(platform))
    return legs.length === 0 || legs[0]!.from > world.now() ? [] : [burstTruth(world, { ...burst, legs })]
  })
  return { ...world.options, now: world.now(), counts, batches, bursts }
}
