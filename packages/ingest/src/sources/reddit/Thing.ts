import { Option, Schema } from "effect"
import { count, finite, flag, text } from "../../convert/Lenient.ts"

const Name = Schema.String.check(Schema.isPattern(/^t[13]_[0-9a-z]{1,13}$/))
/** Written as a number, in older answers as text. */
const Created = Schema.Union([Schema.Finite, Schema.FiniteFromString])

const shared = { name: Name, created_utc: Created, score: count, author: text, subreddit: text, permalink: text }

const Post = Schema.Struct({
  ...shared,
  title: text,
  selftext: text,
  url: text,
  is_self: flag,
  num_comments: count,
  upvote_ratio: finite,
  link_flair_text: text,
  removed_by_category: text,
  promoted: flag,
})
export type Post = typeof Post.Type

const Comment = Schema.Struct({ ...shared, body: text, parent_id: Name, link_id: Name, score_hidden: flag })
export type Comment = typeof Comment.Type

/** A post (t3) or a comment (t1) of Reddit. */
export type Thing = { readonly kind: "t3"; readonly data: Post } | { readonly kind: "t1"; readonly data: Comment }

const decodePost = Schema.decodeUnknownOption(Post)
const decodeComment = Schema.decodeUnknownOption(Comment)
const decodeEnvelope = Schema.decodeUnknownOption(Schema.Struct({ kind: Schema.String, data: Schema.Unknown }))

/** One child of a listing, or why it is none that can be read. */
export const decodeThing = (body: unknown): Thing | "malformed" | "unknown-kind" => {
  const envelope = Option.getOrNull(decodeEnvelope(body))
  if (envelope === null) return "malformed"
  const { kind, data } = envelope
  if (kind === "t3") return Option.match(decodePost(data), { onNone: () => "malformed", onSome: (post) => ({ kind, data: post }) })
  if (kind === "t1") return Option.match(decodeComment(data), { onNone: () => "malformed", onSome: (comment) => ({ kind, data: comment }) })
  return "unknown-kind"
}

const Listing = Schema.Struct({
  kind: Schema.Literal("Listing"),
  data: Schema.Struct({ children: Schema.Array(Schema.Unknown), after: text }),
})
const decodeListing = Schema.decodeUnknownOption(Listing)

export interface Page {
  readonly children: ReadonlyArray<unknown>
  /** Where the next page begins, or null. */
  readonly after: string | null
}

export const decodePage = (body: unknown): Option.Option<Page> =>
  Option.map(decodeListing(body), ({ data }) => ({ children: data.children, after: data.after ?? null }))

/** The children of a listing that are of this kind, each with those beneath it; without the markers for more of them. */
export const flattened = (children: ReadonlyArray<unknown>, most: number): Array<unknown> => {
  const found: Array<unknown> = []
  const waiting = [...children].reverse()
  while (waiting.length > 0 && found.length < most) {
    const child = waiting.pop()
    const envelope = Option.getOrNull(decodeEnvelope(child))
    if (envelope?.kind === "more") continue
    found.push(child)
    const replies = Option.getOrNull(decodePage((envelope?.data as { replies?: unknown } | null | undefined)?.replies))
    if (replies !== null) waiting.push(...[...replies.children].reverse())
  }
  return found
}
