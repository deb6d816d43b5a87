import { signalId } from "@signalflow/domain/Signal"
import { bursts, type Burst } from "./Bursts.ts"
import { blueskyFeed, happeningTimeline, type EmittedPost, type Happening, type PostEmitted } from "./BlueskyWorld.ts"
import type { BlueskyFeed } from "./Feeds.ts"
import { FIRST_ID, hackerNewsWorld, type EmittedItem, type HackerNewsWorld } from "./HackerNewsWorld.ts"
import { didOf, nameOf, tid } from "./Identifiers.ts"
import { posts, type Posts } from "./Posts.ts"
import { hash, random } from "./Random.ts"
import { postText } from "./texts/PostText.ts"
import { storyTitle } from "./texts/ThreadText.ts"
import { threads } from "./Threads.ts"
import { SLICE_MS, type Timeline } from "./Timeline.ts"
import { voices } from "./Vocabulary.ts"

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

export interface Publication {
  readonly platform: "bluesky" | "hackernews"
  readonly kind: "story" | "comment" | "post"
  readonly batch: string
  /** Overrides the generated text (Hacker News: the title of a story, the text of a comment). */
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
  const hackerNews = hackerNewsWorld({ seed, epoch, voices: spoken, threads: threads(plan), cache: CACHE, now })

  let count = 0
  const emittedPosts = new Map<string, { readonly emitted: EmittedPost; readonly rkey: string }>()
  const emittedItems = new Map<string, EmittedItem>()

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

  const publishItem = ({ batch, kind, text }: Publication): Published => {
    const n = count++
    const key = hash(seed, 0xe318, n)
    const voice = random(key).pick(spoken)
    const at = now()
    const parent = kind === "comment" ? (hackerNews.ranked("new")[0] ?? null) : null
    const said =
      text ??
      (kind === "comment" ? postText({ voice, event: null, language: "en", reply: true, key }).text : storyTitle(voice, null, "link", key))
    const made = hackerNews.timeline.insert(
      (position, time): EmittedItem => ({
        tag: "emitted",
        position,
        time,
        by: nameOf(seed, EMITTED_AUTHORS + (n % 50_000)),
        title: parent === null ? said : null,
        text: parent === null ? null : said,
        parent,
        topic: text === null ? voice.topic.name : null,
        batch,
        removal: null,
      }),
      at * 1000,
    ) as EmittedItem
    const id = hackerNewsSignal(FIRST_ID + made.position)
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
    bluesky: blueskyFeed(seed, happenings, written, now, options.lookbackHours * 3_600_000, epoch),
    happenings,
    posts: written,
    bursts: planted.opened,
    publish: (publication) => (publication.platform === "bluesky" ? publishPost(publication) : publishItem(publication)),
    retract,
  }
}
