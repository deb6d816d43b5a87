import type { BlueskyFeed, JetstreamCommit, JetstreamEvent } from "../../world/Feeds.ts"
import type { Happening } from "./Happenings.ts"
import { cidOf, didOf, handleOf, tid } from "../../world/Identifiers.ts"
import type { Post, Posts } from "./Posts.ts"
import type { PostText } from "../../texts/PostText.ts"
import type { Timeline } from "../../world/Timeline.ts"

const POST = "app.bsky.feed.post"

export const rkeyOf = (post: Post): string => tid(post.time - 400_000, post.key & 1023)
const uriOf = (seed: number, post: Post): string => `at://${didOf(seed, post.author)}/${POST}/${rkeyOf(post)}`
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
