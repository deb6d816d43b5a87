import type { BlueskyFeed, JetstreamCommit, JetstreamEvent } from "./Feeds.ts"
import { episodes, type AccountStatus } from "./Episodes.ts"
import { cidOf, didOf, handleOf, tid } from "./Identifiers.ts"
import { hash, random } from "./Random.ts"
import { postRemoval, type Post, type Posts } from "./Posts.ts"
import type { PostText } from "./texts/PostText.ts"
import { memoize, SLICE_US, timeline, type Timeline } from "./Timeline.ts"
import { busyness } from "./Weather.ts"

export const POST = "app.bsky.feed.post"

/** A post that was published by command, not by the generator. */
export interface EmittedPost {
  readonly did: string
  readonly createdAt: string
  readonly text: string
  readonly topic: string | null
  removedAt: number | null
  readonly batch: string
}

interface At {
  readonly time: number
}
export interface PostShown extends At {
  readonly tag: "post"
  readonly post: Post
}
export interface PostEmitted extends At {
  readonly tag: "emitted"
  readonly emitted: EmittedPost
  readonly rkey: string
}
/** One thing that the firehose tells, before it is put into words. */
export type Happening =
  | PostShown
  | PostEmitted
  | (At & { readonly tag: "update" | "delete"; readonly post: Post })
  | (At & { readonly tag: "like" | "repost"; readonly post: Post; readonly author: number; readonly key: number })
  | (At & { readonly tag: "account"; readonly author: number; readonly status: AccountStatus })
  | (At & { readonly tag: "identity" | "profile"; readonly author: number })
  | (At & { readonly tag: "emitted-delete"; readonly emitted: EmittedPost; readonly rkey: string })

const REACH = 22
const AUTHORS = 6000

export interface BlueskyPlan {
  readonly seed: number
  readonly epoch: number
  readonly posts: Posts
  readonly rate: (slice: number) => number
  readonly cache: number
}

const byTime = (a: Happening, b: Happening) => a.time - b.time

/** Each later than the one before, as sequence numbers and cursors need it. */
const risen = (happenings: Array<Happening>): ReadonlyArray<Happening> => {
  happenings.sort(byTime)
  let last = 0
  return happenings.map((happening) => {
    last = Math.max(happening.time, last + 1)
    return last === happening.time ? happening : { ...happening, time: last }
  })
}

const followUps = (post: Post): ReadonlyArray<Happening> => {
  const list: Array<Happening> = []
  const end = Math.min(post.deletedAt ?? Infinity, post.episode?.changes[0]?.time ?? Infinity)
  if (post.editedAt !== null && post.editedAt < end) list.push({ time: post.editedAt, tag: "update", post })
  if (post.deletedAt !== null && post.deletedAt <= end) list.push({ time: post.deletedAt, tag: "delete", post })
  const rng = random(post.key, 0x11fe)
  for (let n = 0; n < post.likes + post.reposts; n++) {
    const time = post.time + Math.floor((3 + rng.exponential(2400)) * 1e6)
    const tag = n < post.likes ? ("like" as const) : ("repost" as const)
    if (time < end && time < post.time + (REACH - 1) * SLICE_US)
      list.push({ time, tag, post, author: rng.int(AUTHORS), key: hash(post.key, tag.length, n) })
  }
  return list
}

export const happeningTimeline = (plan: BlueskyPlan): Timeline<Happening> => {
  const happening = episodes(plan.seed, plan.epoch)
  const sliceOf = (time: number) => Math.floor((time - plan.epoch * 1000) / SLICE_US)
  const follows = memoize(plan.cache, (slice: number): ReadonlyMap<number, ReadonlyArray<Happening>> => {
    const bySlice = new Map<number, Array<Happening>>()
    for (const post of plan.posts.posted(slice)) {
      for (const each of followUps(post)) {
        const at = sliceOf(each.time)
        const list = bySlice.get(at)
        if (list === undefined) bySlice.set(at, [each])
        else list.push(each)
      }
    }
    return bySlice
  })
  return timeline(
    plan.epoch,
    memoize(plan.cache, (slice: number): ReadonlyArray<Happening> => {
      const list: Array<Happening> = plan.posts.posted(slice).map((post) => ({ time: post.time, tag: "post", post }))
      for (let back = 0; back <= REACH; back++) list.push(...(follows(slice - back).get(slice) ?? []))
      for (const episode of happening(slice)) {
        for (const { time, status } of episode.changes)
          if (sliceOf(time) === slice) list.push({ time, tag: "account", author: episode.author, status })
      }
      const rng = random(plan.seed, 0x1de7, slice)
      const start = plan.epoch * 1000 + slice * SLICE_US
      for (let n = rng.poisson(3 * busyness(slice) * plan.rate(slice)); n > 0; n--) {
        list.push({
          time: start + Math.floor(rng.next() * SLICE_US),
          tag: rng.chance(0.6) ? "identity" : "profile",
          author: rng.int(AUTHORS),
        })
      }
      return risen(list)
    }),
  )
}

export const rkeyOf = (post: Post): string => tid(post.time - 400_000, post.key & 1023)
export const uriOf = (seed: number, post: Post): string => `at://${didOf(seed, post.author)}/${POST}/${rkeyOf(post)}`
const reference = (seed: number, post: Post) => ({ cid: cidOf(post.key), uri: uriOf(seed, post) })

const byteLength = (text: string) => Buffer.byteLength(text)

const facet = (text: string, part: string, feature: Record<string, string>) => {
  const at = text.lastIndexOf(part)
  if (at < 0) return null
  const byteStart = byteLength(text.slice(0, at))
  return { features: [feature], index: { byteEnd: byteStart + byteLength(part), byteStart } }
}

const facets = ({ text, tags, link }: PostText) =>
  [
    ...tags.map((tag) => facet(text, `#${tag}`, { $type: "app.bsky.richtext.facet#tag", tag })),
    ...(link === null ? [] : [facet(text, link.slice("https://".length), { $type: "app.bsky.richtext.facet#link", uri: link })]),
  ].filter((each) => each !== null)

const record = (seed: number, post: Post, said: PostText): Record<string, unknown> => {
  const marked = facets(said)
  const root = post.replyTo === null ? null : reference(seed, post.replyTo)
  return {
    $type: POST,
    createdAt: new Date(post.createdAt).toISOString(),
    ...(said.link === null
      ? {}
      : { embed: { $type: "app.bsky.embed.external", external: { description: "", title: said.text.slice(0, 60), uri: said.link } } }),
    ...(marked.length === 0 ? {} : { facets: marked }),
    langs: [post.language],
    ...(root === null ? {} : { reply: { parent: root, root } }),
    text: said.text,
  }
}

const iso = (time: number) => new Date(Math.floor(time / 1000)).toISOString()

const commitOf = (seed: number, happening: Happening, posts: Posts): JetstreamCommit | null => {
  const rev = tid(happening.time, 7)
  switch (happening.tag) {
    case "post":
    case "update": {
      const { post } = happening
      const said = posts.text(post, happening.time)
      const operation = happening.tag === "post" ? "create" : "update"
      const cid = operation === "create" ? cidOf(post.key) : cidOf(post.key, 2)
      return { rev, operation, collection: POST, rkey: rkeyOf(post), record: record(seed, post, said), cid }
    }
    case "delete":
      return { rev, operation: "delete", collection: POST, rkey: rkeyOf(happening.post) }
    case "like":
    case "repost": {
      const collection = `app.bsky.feed.${happening.tag}`
      const subject = reference(seed, happening.post)
      const rkey = tid(happening.time - 300_000, happening.key & 1023)
      return {
        rev,
        operation: "create",
        collection,
        rkey,
        record: { $type: collection, createdAt: iso(happening.time), subject },
        cid: cidOf(happening.key),
      }
    }
    case "profile": {
      const collection = "app.bsky.actor.profile"
      const displayName = handleOf(seed, happening.author).split("-")[0]
      return {
        rev,
        operation: "update",
        collection,
        rkey: "self",
        record: { $type: collection, displayName },
        cid: cidOf(happening.author, happening.time % 1e6),
      }
    }
    case "emitted": {
      const { createdAt, text } = happening.emitted
      const record = { $type: POST, createdAt, langs: ["en"], text }
      return { rev, operation: "create", collection: POST, rkey: happening.rkey, record, cid: cidOf(happening.time) }
    }
    case "emitted-delete":
      return { rev, operation: "delete", collection: POST, rkey: happening.rkey }
    default:
      return null
  }
}

const collectionOf = (happening: Happening): string | null => {
  switch (happening.tag) {
    case "like":
    case "repost":
      return `app.bsky.feed.${happening.tag}`
    case "profile":
      return "app.bsky.actor.profile"
    case "account":
    case "identity":
      return null
    default:
      return POST
  }
}

const authorOf = (seed: number, happening: Happening): string => {
  if ("emitted" in happening) return happening.emitted.did
  return didOf(seed, "author" in happening ? happening.author : happening.post.author)
}

/** Real instances are at about this number; far below 10¹⁵, above which a cursor is a time. */
export const FIRST_SEQ = 26_000_000_001

export const blueskyFeed = (
  seed: number,
  happenings: Timeline<Happening>,
  posts: Posts,
  now: () => number,
  lookbackMs: number,
  epoch: number,
): BlueskyFeed => ({
  nextSeq: () => FIRST_SEQ + happenings.count(now() * 1000),
  floorTime: () => Math.max(epoch, now() - lookbackMs) * 1000,
  seqAt: (time) => FIRST_SEQ + happenings.positionAt(time),
  event: (seq): JetstreamEvent | null => {
    const happening = happenings.at(seq - FIRST_SEQ)
    if (happening === undefined) return null
    const did = authorOf(seed, happening)
    const collection = collectionOf(happening)
    const upstream = { did, seq: seq + 4_000_000_000, time: iso(happening.time) }
    const head = { seq, time: happening.time, did }
    if (collection !== null) return { ...head, kind: "commit", collection, commit: () => commitOf(seed, happening, posts)! }
    if (happening.tag === "account") {
      const active = happening.status === "active"
      return { ...head, kind: "account", account: { active, ...upstream, ...(active ? {} : { status: happening.status }) } }
    }
    const handle = handleOf(seed, "author" in happening ? happening.author : 0)
    return { ...head, kind: "identity", identity: { ...upstream, handle } }
  },
})

export const isPost = (happening: Happening): happening is PostShown | PostEmitted =>
  happening.tag === "post" || happening.tag === "emitted"

export const postStatus = (happening: PostShown | PostEmitted, time: number): "deleted" | "hidden" | null => {
  if (happening.tag === "post") return postRemoval(happening.post, time)
  const { removedAt } = happening.emitted
  return removedAt !== null && removedAt <= time ? "deleted" : null
}
