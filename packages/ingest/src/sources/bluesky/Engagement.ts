import { Signal, type SignalId } from "@signalflow/domain/Signal"
import type { SignalEvent } from "@signalflow/domain/SignalEvent"
import { Option, Schema } from "effect"
import type { Frame } from "./Frame.ts"
import { actKey } from "./ActKey.ts"
import { idOfUri, POSTS } from "./Post.ts"

/** Posts whose counts are kept, newest first, and the likes, reposts and replies whose post is known. */
export const MOST_TRACKED = 2_000
export const MOST_ACTS = 10_000
/** A post's counts are told at most so often, by the time of the stream. */
const TELL_EVERY_US = 30_000_000

export const LIKES = "app.bsky.feed.like"
export const REPOSTS = "app.bsky.feed.repost"
/** What a subscription asks for beside posts when engagement is counted. */
export const ENGAGEMENT: ReadonlyArray<string> = [LIKES, REPOSTS]

type Count = "likes" | "reposts" | "replies"
const COUNTS: Readonly<Record<string, Count>> = { [LIKES]: "likes", [REPOSTS]: "reposts", [POSTS]: "replies" }
const LETTERS = { likes: "l", reposts: "r", replies: "p" } as const
const OF_LETTER = { l: "likes", r: "reposts", p: "replies" } as const

interface Post {
  signal: Signal
  likes: number
  reposts: number
  replies: number
  /** Times of the last change and of the last observation that told the counts, unix microseconds. */
  changedUs: number
  toldUs: number
  /** Withheld by its author or with its author's account: counted, but not told, for an observation would show it again. */
  hidden: boolean
}

interface Act {
  readonly post: SignalId
  readonly count: Count
  gone: boolean
}

const natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const SavedPost = Schema.Struct({
  signal: Signal,
  likes: natural,
  reposts: natural,
  replies: natural,
  changedUs: natural,
  toldUs: natural,
  changed: Schema.Boolean,
  hidden: Schema.optionalKey(Schema.Boolean),
})
const SavedAct = Schema.Tuple([natural, natural, Schema.Literals(["l", "r", "p"]), Schema.Boolean])
const Saved = Schema.Struct({ posts: Schema.Array(Schema.Unknown), acts: Schema.Array(SavedAct) })
const decodeSaved = Schema.decodeUnknownOption(Saved)
const decodePost = Schema.decodeUnknownOption(SavedPost)
const Reference = Schema.Struct({ uri: Schema.String })
const decodeSubject = Schema.decodeUnknownOption(Schema.Struct({ subject: Reference }))
const decodeParent = Schema.decodeUnknownOption(Schema.Struct({ reply: Schema.Struct({ parent: Reference }) }))

type Removed = SignalEvent & { readonly _tag: "Removed" }
type Commit = Frame & { readonly _tag: "Commit" }

const subjectOf = (frame: Commit, count: Count) =>
  count === "replies"
    ? Option.map(decodeParent(frame.record), ({ reply }) => reply.parent.uri)
    : Option.map(decodeSubject(frame.record), ({ subject }) => subject.uri)

/**
 * Likes, reposts and replies of tracked posts, as absolute counts. What it knows is stored with the cursor and taken up with it, so that frames that
 * come again after a crash or a rewind count once.
 */
export class Engagement {
  readonly #posts = new Map<SignalId, Post>()
  readonly #acts = new Map<number, Act>()
  readonly #changed = new Map<SignalId, Post>()
  #hasForgotten = false

  get size(): number {
    return this.#posts.size
  }

  /** Whether a post was taken back since `toPosition`: its text must leave what is stored. */
  get hasForgotten(): boolean {
    return this.#hasForgotten
  }

  /** Counts what one frame does to a tracked post, and says what became of it. */
  read(frame: Commit): "counted" | "not-tracked" | "seen" | "malformed" {
    const count = COUNTS[frame.collection]
    if (count === undefined) return "not-tracked"
    const key = actKey(frame.did, LETTERS[count], frame.rkey)
    const act = this.#acts.get(key)
    if (frame.operation === "delete") {
      if (act === undefined) return "not-tracked"
      if (act.gone) return "seen"
      act.gone = true
      this.#add(act.post, count, -1, frame.timeUs)
      return "counted"
    }
    if (frame.operation !== "create") return "not-tracked"
    const subject = subjectOf(frame, count)
    if (Option.isNone(subject)) return count === "replies" ? "not-tracked" : "malformed"
    const post = idOfUri(subject.value)
    if (post === null || !this.#posts.has(post)) return "not-tracked"
    if (act !== undefined) return "seen"
    this.#acts.set(key, { post, count, gone: false })
    if (this.#acts.size > MOST_ACTS) this.#acts.delete(this.#acts.keys().next().value!)
    this.#add(post, count, 1, frame.timeUs)
    return "counted"
  }

  /** Takes note of what is published, and gives it with the counts of that moment; posts are tracked from their creation on, when all counts are 0. */
  note(event: SignalEvent, created: boolean, timeUs: number): SignalEvent {
    if (event._tag !== "Observed") {
      for (const post of this.#postsOf(event.target))
        if (event._tag === "Removed" && event.kind === "deleted") this.#forget(post.signal.id)
        else post.hidden = event._tag === "Removed"
      return event
    }
    const { signal } = event
    let post = this.#posts.get(signal.id)
    if (post === undefined) {
      if (!created) return event
      post = { signal, likes: 0, reposts: 0, replies: 0, changedUs: timeUs, toldUs: timeUs, hidden: false }
      this.#posts.set(signal.id, post)
      if (this.#posts.size > MOST_TRACKED) this.#posts.delete(this.#posts.keys().next().value!)
    } else if (signal.observedAt > post.signal.observedAt) {
      post.signal = signal
      post.toldUs = timeUs
      post.hidden = false
      this.#changed.delete(signal.id)
    }
    return { ...event, signal: counted(signal, post) }
  }

  /** Observations of the posts whose counts have changed and were last told long enough before `atUs`, at most `most`. */
  due(atUs: number, most: number): Array<SignalEvent> {
    const events: Array<SignalEvent> = []
    for (const [id, post] of this.#changed) {
      if (events.length >= most) break
      if (post.hidden || atUs - post.toldUs < TELL_EVERY_US) continue
      const observedAt = Math.max(Math.floor(post.changedUs / 1_000), post.signal.observedAt + 1)
      post.signal = { ...post.signal, observedAt, meta: { ...post.signal.meta, mode: "refresh" } }
      post.toldUs = atUs
      this.#changed.delete(id)
      events.push({ _tag: "Observed", signal: counted(post.signal, post) })
    }
    return events
  }

  /** For the cursor: JSON. */
  toPosition(): unknown {
    this.#hasForgotten = false
    const numbers = new Map<SignalId, number>()
    const posts = [...this.#posts].map(([id, post], n) => {
      numbers.set(id, n)
      return { ...post, changed: this.#changed.has(id) }
    })
    const acts: Array<typeof SavedAct.Type> = []
    for (const [key, { post, count, gone }] of this.#acts) {
      const n = numbers.get(post)
      if (n !== undefined) acts.push([key, n, LETTERS[count], gone])
    }
    return { posts, acts }
  }

  /** What a cursor holds; what cannot be read of it is left out. */
  static from(position: unknown): Engagement {
    const engagement = new Engagement()
    const saved = Option.getOrElse(decodeSaved(position), () => ({ posts: [], acts: [] }))
    const posts = saved.posts.slice(-MOST_TRACKED).map((post) => Option.getOrNull(decodePost(post)))
    const skipped = saved.posts.length - posts.length
    for (const post of posts) {
      if (post === null) continue
      const { changed, hidden = false, ...rest } = post
      const kept = { ...rest, hidden }
      engagement.#posts.set(kept.signal.id, kept)
      if (changed) engagement.#changed.set(kept.signal.id, kept)
    }
    for (const [key, n, letter, gone] of saved.acts.slice(-MOST_ACTS)) {
      const post = posts[n - skipped]
      if (post !== null && post !== undefined) engagement.#acts.set(key, { post: post.signal.id, count: OF_LETTER[letter], gone })
    }
    return engagement
  }

  #add(id: SignalId, count: Count, by: number, timeUs: number): void {
    const post = this.#posts.get(id)
    if (post === undefined) return
    post[count] = Math.max(0, post[count] + by)
    post.changedUs = Math.max(post.changedUs, timeUs)
    this.#changed.set(id, post)
  }

  #postsOf(target: Removed["target"]): ReadonlyArray<Post> {
    if (target._tag === "Author") return [...this.#posts.values()].filter(({ signal }) => signal.author === target.author)
    const post = this.#posts.get(target.id)
    return post === undefined ? [] : [post]
  }

  #forget(id: SignalId): void {
    if (this.#posts.delete(id)) this.#hasForgotten = true
    this.#changed.delete(id)
  }
}

const counted = (signal: Signal, { likes, reposts, replies }: Post): Signal => ({ ...signal, score: likes, comments: replies, reposts })
