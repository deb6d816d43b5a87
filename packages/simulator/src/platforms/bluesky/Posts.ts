import { legInSlice, type Burst, type Bursts } from "../../world/Bursts.ts"
import { episodes, statusAt, type Episode } from "../../world/Episodes.ts"
import { hash, random, type Random } from "../../Random.ts"
import { copied, postText, spamText, type Language, type PostText } from "../../texts/PostText.ts"
import { memoize, SLICE_US } from "../../world/Timeline.ts"
import type { TopicVoice } from "../../world/Vocabulary.ts"
import { busyness, topicShares } from "../../world/Busyness.ts"

/** A Bluesky post. Times are unix microseconds, but `createdAt` is what its author's client claims, in milliseconds. */
export interface Post {
  readonly key: number
  readonly time: number
  readonly createdAt: number
  readonly author: number
  readonly topic: number
  readonly burst: Burst | null
  readonly language: Language
  readonly replyTo: Post | null
  readonly copyOf: Post | null
  readonly episode: Episode | null
  readonly deletedAt: number | null
  readonly editedAt: number | null
  readonly likes: number
  readonly reposts: number
}

export interface PostPlan {
  readonly seed: number
  readonly epoch: number
  readonly voices: ReadonlyArray<TopicVoice>
  readonly bursts: Bursts
  /** Multiplies the ordinary rate; a function of the slice because live slices may run faster. */
  readonly rate: (slice: number) => number
  readonly cache: number
}

const AUTHORS = 6000
/** A prime that shares no factor with AUTHORS: steps of it visit every author once. */
const STRIDE = 2593
const PER_SLICE = 68
const REPLY_SHARE = 0.14
const COPY_SHARE = 0.02
const REPLY_REACH = 8
/** A post's deletion and edit come within this time: later slices look no further back. */
const LONGEST_WAIT_S = 5 * 3600

const language = (rng: Random): Language => {
  const draw = rng.next()
  return draw < 0.88 ? "en" : draw < 0.92 ? "de" : draw < 0.96 ? "es" : "ja"
}

const DAY_MS = 86_400_000

/** A client's clock: usually right to a second or two, now and then far off. */
const claimed = (time: number, rng: Random): number => {
  const seen = Math.floor(time / 1000)
  const draw = rng.next()
  if (draw < 0.003) return seen + Math.floor(3_600_000 + rng.next() * 400 * DAY_MS)
  if (draw < 0.004) return seen - Math.floor(DAY_MS + rng.next() * 30 * DAY_MS)
  return seen - 150 - rng.int(2000)
}

export interface Posts {
  /** Everything posted in a slice, in no particular order. */
  readonly posted: (slice: number) => ReadonlyArray<Post>
  readonly text: (post: Post, time: number) => PostText
}

export const posts = (plan: PostPlan): Posts => {
  const { seed, epoch } = plan
  const happening = episodes(seed, epoch)
  const startOf = (slice: number) => epoch * 1000 + slice * SLICE_US

  const post = (rng: Random, key: number, time: number, given: Pick<Post, "author" | "topic"> & Partial<Post>): Post => {
    const popular = rng.chance(0.05) ? 12 : 1.2
    return {
      key,
      time,
      createdAt: given.burst ? Math.floor(time / 1000) - 150 - rng.int(2000) : claimed(time, rng),
      burst: null,
      language: "en",
      replyTo: null,
      copyOf: null,
      episode: null,
      deletedAt: rng.chance(0.015) ? time + Math.floor((20 + Math.min(rng.exponential(1800), LONGEST_WAIT_S)) * 1e6) : null,
      editedAt: rng.chance(0.004) ? time + Math.floor((30 + Math.min(rng.exponential(600), LONGEST_WAIT_S)) * 1e6) : null,
      likes: Math.floor(rng.exponential(popular)),
      reposts: Math.floor(rng.exponential(popular / 5)),
      ...given,
    }
  }

  // Replies and copies point at originals only, which depend on nothing but their own slice: no slice needs the whole past.
  const originals = memoize(plan.cache, (slice: number): ReadonlyArray<Post> => {
    if (slice < 0) return []
    const rng = random(seed, 0x0415, slice)
    const shares = topicShares(plan.voices, slice, false)
    const made = Array.from({ length: rng.poisson(PER_SLICE * busyness(slice) * plan.rate(slice)) }, (_, n) => {
      const time = startOf(slice) + Math.floor(rng.next() * SLICE_US)
      const author = Math.floor(rng.next() ** 2 * AUTHORS)
      return post(rng, hash(seed, 1, slice, n), time, { author, topic: rng.weighted(shares), language: language(rng) })
    })
    for (const burst of plan.bursts.during(slice)) {
      for (const leg of burst.legs) {
        const part = leg.platform === "bluesky" ? legInSlice(leg, epoch, slice) : null
        if (part === null) continue
        const first = hash(burst.key, slice) % AUTHORS
        for (let n = 0; n < part.authors; n++) {
          const time = startOf(slice) + Math.floor((part.from + rng.next() * (part.to - part.from)) * 1000)
          made.push(
            post(rng, hash(burst.key, 2, slice, n), time, { author: (first + n * STRIDE) % AUTHORS, topic: burst.topic.index, burst }),
          )
        }
      }
    }
    return made
  })

  const earlier = (rng: Random, slice: number, time: number): Post | null => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const from = originals(slice - Math.min(REPLY_REACH, Math.floor(rng.exponential(2))))
      const candidate = from.length === 0 ? undefined : rng.pick(from)
      if (candidate !== undefined && candidate.time < time && candidate.language === "en") return candidate
    }
    return null
  }

  const derived = (slice: number): ReadonlyArray<Post> => {
    const rng = random(seed, 0xde71, slice)
    const made: Array<Post> = []
    const replies = rng.poisson(PER_SLICE * REPLY_SHARE * busyness(slice) * plan.rate(slice))
    const copies = rng.poisson(PER_SLICE * COPY_SHARE * busyness(slice) * plan.rate(slice))
    for (let n = 0; n < replies + copies; n++) {
      const time = startOf(slice) + Math.floor(rng.next() * SLICE_US)
      const author = Math.floor(rng.next() ** 2 * AUTHORS)
      const target = earlier(rng, slice, time)
      if (target === null) continue
      const points = n < replies ? { replyTo: target } : { copyOf: target }
      made.push(post(rng, hash(seed, 3, slice, n), time, { author, topic: target.topic, ...points }))
    }
    for (const episode of happening(slice)) {
      for (const [n, time] of episode.posts.entries()) {
        if (time < startOf(slice) || time >= startOf(slice + 1)) continue
        made.push(
          post(rng, hash(seed, 4, episode.author, n), time, {
            author: episode.author,
            topic: episode.topic,
            episode,
            editedAt: null,
            deletedAt: null,
          }),
        )
      }
    }
    return made
  }

  const text = (post: Post, time: number): PostText => {
    const voice = plan.voices[post.topic]!
    if (post.copyOf !== null) return copied(text(post.copyOf, post.copyOf.time), post.key)
    if (post.episode?.campaign != null) return spamText(voice, post.episode.campaign, post.key)
    const key = post.editedAt !== null && time >= post.editedAt ? hash(post.key, 0xed17) : post.key
    return postText({ voice, event: post.burst?.event ?? null, language: post.language, reply: post.replyTo !== null, key })
  }

  return {
    posted: memoize(plan.cache, (slice: number) => (slice < 0 ? [] : [...originals(slice), ...derived(slice)])),
    text,
  }
}

/** Why a post is not to be seen at `time` (µs), or null. */
export const postRemoval = (post: Post, time: number): "deleted" | "hidden" | null => {
  if (post.deletedAt !== null && post.deletedAt <= time) return "deleted"
  const status = post.episode === null ? "active" : statusAt(post.episode, time)
  return status === "active" ? null : status === "deleted" ? "deleted" : "hidden"
}
