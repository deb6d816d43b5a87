import { episodes, type AccountStatus } from "../../world/Episodes.ts"
import { hash, random } from "../../Random.ts"
import { postRemoval, type Post, type Posts } from "./Posts.ts"
import { memoize, SLICE_US, timeline, type Timeline } from "../../world/Timeline.ts"
import { busyness } from "../../world/Busyness.ts"

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

export interface HappeningPlan {
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

export const happeningTimeline = (plan: HappeningPlan): Timeline<Happening> => {
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

export const isPost = (happening: Happening): happening is PostShown | PostEmitted =>
  happening.tag === "post" || happening.tag === "emitted"

export const postStatus = (happening: PostShown | PostEmitted, time: number): "deleted" | "hidden" | null => {
  if (happening.tag === "post") return postRemoval(happening.post, time)
  const { removedAt } = happening.emitted
  return removedAt !== null && removedAt <= time ? "deleted" : null
}
