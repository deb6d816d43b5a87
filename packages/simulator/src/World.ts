import { signalId } from "@signalflow/domain/signals/Signal"
import type { Board, EmittedItem } from "./world/Board.ts"
import { bursts, type Burst, type PlatformName } from "./world/Bursts.ts"
import { blueskyFeed } from "./platforms/bluesky/BlueskyWorld.ts"
import type { BlueskyFeed } from "./world/Feeds.ts"
import { happeningTimeline, type EmittedPost, type Happening, type PostEmitted } from "./platforms/bluesky/Happenings.ts"
import { FIRST_ID, hackerNewsWorld, type HackerNewsWorld } from "./platforms/hackernews/HackerNewsWorld.ts"
import { didOf, nameOf, tid } from "./world/Identifiers.ts"
import { posts, type Posts } from "./platforms/bluesky/Posts.ts"
import { hash, random } from "./Random.ts"
import { REDDIT, redditWorld, type RedditWorld } from "./platforms/reddit/RedditWorld.ts"
import { postText } from "./texts/PostText.ts"
import { storyTitle } from "./texts/ThreadText.ts"
import { HACKER_NEWS, type Site } from "./world/Site.ts"
import { threads } from "./world/Threads.ts"
import { SLICE_MS, type Timeline } from "./world/Timeline.ts"
import { voices } from "./world/Vocabulary.ts"
import { YOUTUBE, youTubeWorld, type YouTubeWorld } from "./platforms/youtube/YouTubeWorld.ts"

/** What makes a world: the same values give the same ids and the same texts. */
export interface WorldOptions {
  readonly seed: number
  /** Unix milliseconds at which the world begins. */
  readonly epoch: number
  /** Length of the past; after it the world is live. A multiple of 15 minutes. */
  readonly historyHours: number
  /** Multiplies the rate of everything ordinary, past and live. */
  readonly rate: number
  /** Multiplies the rate of ordinary events in live slices alone. Time itself always runs at its own pace. */
  readonly speed: number
  /** When the burst named `opening` opens (unix ms). */
  readonly opensAt: number
  readonly lookbackHours: number
}

export type PublicationKind = "story" | "comment" | "post" | "video"

/** What can be published where; the first is the usual one. */
export const KINDS: Record<PlatformName, readonly [PublicationKind, ...ReadonlyArray<PublicationKind>]> = {
  bluesky: ["post"],
  hackernews: ["story", "comment"],
  reddit: ["post", "comment"],
  youtube: ["video", "comment"],
}

export interface Publication {
  readonly platform: PlatformName
  readonly kind: PublicationKind
  readonly batch: string
  /** Subreddit or channel id; without it, the topic's own. */
  readonly community?: string | null
  /** Overrides the generated text (the title of a story, post or video; the text of a comment). */
  readonly text: string | null
  /** Bluesky: overrides what the author's client claims. */
  readonly createdAt: string | null
}

export interface Published {
  readonly id: string
  readonly publishedAt: number
}

export interface World {
  readonly options: WorldOptions
  /** Unix milliseconds, never going back. */
  readonly now: () => number
  readonly hackerNews: HackerNewsWorld
  /** Made when first asked for, as is YouTube: nothing is generated for a platform that nobody reads. */
  readonly reddit: () => RedditWorld
  readonly youtube: () => YouTubeWorld
  /** Whether anybody asked for it yet; the first two always are. */
  readonly inUse: (platform: PlatformName) => boolean
  readonly bluesky: BlueskyFeed
  readonly happenings: Timeline<Happening>
  readonly posts: Posts
  readonly bursts: (time: number) => ReadonlyArray<Burst>
  /** Publishes one thing more, now. */
  readonly publish: (publication: Publication) => Published
  /** Takes back something that `publish` made; false if it did not, or did already. */
  readonly retract: (id: string) => boolean
}

/** Slices kept in memory: ten days. What falls out is generated again, the same. */
const CACHE = 960
const EMITTED_AUTHORS = 2_000_000

export const hackerNewsSignal = (id: number): string => signalId("hackernews", id)
export const blueskySignal = (did: string, rkey: string): string => signalId("bluesky", `${did}/${rkey}`)
export const redditSignal = (fullname: string): string => signalId("reddit", fullname)
export const youTubeSignal = (id: string): string => signalId("youtube", id)

/** Made at the first call. */
const lazy = <A>(make: () => A): (() => A) & { readonly made: () => boolean } => {
  let value: { readonly it: A } | null = null
  return Object.assign(() => (value ??= { it: make() }).it, { made: () => value !== null })
}

export const world = (options: WorldOptions, clock: () => number): World => {
  const { seed, epoch } = options
  const live = Math.round((options.historyHours * 3_600_000) / SLICE_MS)
  let latest = 0
  const now = () => (latest = Math.max(latest, Math.floor(clock())))

  const spoken = voices(seed)
  const planted = bursts({ seed, epoch, live, opensAt: options.opensAt })
  const rate = (slice: number) => options.rate * (slice >= live ? options.speed : 1)
  const plan = { seed, epoch, voices: spoken, bursts: planted, rate, cache: CACHE }
  const written = posts(plan)
  const happenings = happeningTimeline({ seed, epoch, posts: written, rate, cache: CACHE })
  const hackerNews = hackerNewsWorld({ seed, epoch, voices: spoken, threads: threads({ ...plan, site: HACKER_NEWS }), cache: CACHE, now })
  const sited = (site: Site, salt: number) => {
    const own = hash(seed, salt)
    return { seed: own, epoch, voices: spoken, threads: threads({ ...plan, seed: own, site }), cache: CACHE, now }
  }
  const reddit = lazy(() => redditWorld(sited(REDDIT, 0x4edd)))
  const youtube = lazy(() => youTubeWorld(sited(YOUTUBE, 0x70be)))

  let count = 0
  const emittedPosts = new Map<string, { readonly emitted: EmittedPost; readonly rkey: string }>()
  const parents = new Map<Board, { readonly at: number; readonly position: number }>()
  const emittedItems = new Map<string, EmittedItem>()

  /** The last answer holds for a second: many comments may be published at once. */
  const newest = (board: Board, fits: (position: number) => boolean): number | null => {
    const known = parents.get(board)
    if (known !== undefined && now() - known.at < 1000 && fits(known.position)) return known.position
    for (let position = board.timeline.count(now() * 1000) - 1; position >= 0; position--) {
      if (!fits(position)) continue
      parents.set(board, { at: now(), position })
      return position
    }
    return null
  }
  const places = {
    hackernews: () => ({
      board: hackerNews.timeline,
      newest: () => newestStory(hackerNews.ranked("new")[0]),
      signal: (entry: EmittedItem) => hackerNewsSignal(FIRST_ID + entry.position),
    }),
    reddit: () => {
      const site = reddit()
      const open = (position: number) => {
        const name = site.nameOf(site.board.timeline.at(position)!)
        return name.startsWith("t3_") && site.post(name.slice(3))?.gone === null
      }
      return {
        board: site.board.timeline,
        newest: () => newest(site.board, open),
        signal: (entry: EmittedItem) => redditSignal(site.nameOf(entry)),
      }
    },
    youtube: () => {
      const site = youtube()
      const open = (position: number) => (site.video(site.idOf(site.board.timeline.at(position)!))?.comments ?? null) !== null
      return {
        board: site.board.timeline,
        newest: () => newest(site.board, open),
        signal: (entry: EmittedItem) => youTubeSignal(site.idOf(entry)),
      }
    },
  }
  const newestStory = (id: number | undefined) => (id === undefined ? null : id - FIRST_ID)

  const publishPost = ({ batch, text, createdAt }: Publication): Published => {
    const n = count++
    const key = hash(seed, 0xe317, n)
    const rng = random(key)
    const voice = rng.pick(spoken)
    const at = now()
    const emitted: EmittedPost = {
      did: didOf(seed, EMITTED_AUTHORS + (n % 50_000)),
      createdAt: createdAt ?? new Date(at).toISOString(),
      text: text ?? postText({ voice, event: null, language: "en", reply: false, key }).text,
      topic: text === null ? voice.topic.name : null,
      removedAt: null,
      batch,
    }
    // Each has a microsecond of its own: the record key is made of it.
    const made = happenings.insert((_, time) => ({ time, tag: "emitted", emitted, rkey: tid(time, n & 1023) }), at * 1000)
    const { rkey } = made as PostEmitted
    const id = blueskySignal(emitted.did, rkey)
    emittedPosts.set(id, { emitted, rkey })
    return { id, publishedAt: at }
  }

  const publishItem = (publication: Publication): Published => {
    const { batch, kind, text, platform } = publication
    const n = count++
    const key = hash(seed, 0xe318, n)
    const voice = random(key).pick(spoken)
    const at = now()
    const place = places[platform as keyof typeof places]()
    const parent = kind === "comment" ? place.newest() : null
    if (kind === "comment" && parent === null) throw new Error(`${platform} has nothing to comment on yet`)
    const said =
      text ??
      (kind === "comment" ? postText({ voice, event: null, language: "en", reply: true, key }).text : storyTitle(voice, null, "link", key))
    const made = place.board.insert(
      (position, time): EmittedItem => ({
        tag: "emitted",
        position,
        time,
        by: nameOf(seed, EMITTED_AUTHORS + (n % 50_000)),
        title: parent === null ? said : null,
        text: parent === null ? null : said,
        parent,
        topic: text === null ? voice.topic.index : null,
        community: publication.community ?? null,
        batch,
        removal: null,
      }),
      at * 1000,
    ) as EmittedItem
    const id = place.signal(made)
    emittedItems.set(id, made)
    return { id, publishedAt: Math.floor(at / 1000) * 1000 }
  }

  const retract = (id: string): boolean => {
    const at = now()
    const post = emittedPosts.get(id)
    if (post !== undefined && post.emitted.removedAt === null) {
      const gone = happenings.insert((_, time) => ({ time, tag: "emitted-delete", ...post }), at * 1000)
      post.emitted.removedAt = gone.time
      return true
    }
    const item = emittedItems.get(id)
    if (item === undefined || item.removal !== null) return false
    item.removal = { kind: "deleted", at: at * 1000, until: null }
    return true
  }

  return {
    options,
    now,
    hackerNews,
    reddit,
    youtube,
    inUse: (platform) => (platform === "reddit" ? reddit.made() : platform === "youtube" ? youtube.made() : true),
    bluesky: blueskyFeed(seed, happenings, written, now, options.lookbackHours * 3_600_000, epoch),
    happenings,
    posts: written,
    bursts: planted.opened,
    publish: (publication) => (publication.platform === "bluesky" ? publishPost(publication) : publishItem(publication)),
    retract,
  }
}
