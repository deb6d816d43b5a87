import { nativeOf, SCHEMA_VERSION, type Signal, SignalId } from "@signalflow/domain/signals/Signal"
import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Option, Schema } from "effect"
import type { Frame } from "./Frame.ts"
import { actKey } from "./ActKey.ts"
import { idOfUri, platform, POSTS } from "./Convert.ts"

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
  /** Null: not named since the program began; whoever likes, reposts or answers it names it. */
  id: SignalId | null
  /** Of its author's DID. */
  readonly by: number
  /** When it was last published, unix milliseconds. */
  observedAt: number
  likes: number
  reposts: number
  replies: number
  /** Times of the last change and of the last event that told the counts, unix microseconds. */
  changedUs: number
  toldUs: number
  /** Withheld by its author or with its author's account: counted, but not told. */
  hidden: boolean
}

interface Act {
  /** Key of the post. */
  readonly post: number
  readonly count: Count
  gone: boolean
}

const natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
/** A post by hashes of its name and its author's: a position outlives both. Only while it waits to be told is it named. */
const SavedPost = Schema.Struct({
  key: Schema.optionalKey(natural),
  by: Schema.optionalKey(natural),
  id: Schema.optionalKey(SignalId),
  observedAt: natural,
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

const byOf = (did: string): number => actKey(did, "by", "")

/** The names by which a post is kept: an id is `bluesky:<did>/<rkey>`. */
const namesOf = (id: SignalId): { readonly key: number; readonly by: number } => {
  const native = nativeOf(id)
  const slash = native.indexOf("/")
  const did = native.slice(0, slash)
  return { key: actKey(did, "post", native.slice(slash + 1)), by: byOf(did) }
}

/** What earlier programs stored holds whole signals: only the id and the time of it are taken. */
const withoutText = (post: unknown): unknown => {
  if (typeof post !== "object" || post === null || !("signal" in post)) return post
  const { signal, ...rest } = post as { signal: { id?: unknown; observedAt?: unknown } | null }
  return { ...rest, id: signal?.id, observedAt: signal?.observedAt }
}

/**
 * Likes, reposts and replies of tracked posts, as absolute counts. What it knows is stored with the cursor and taken up with it, so that frames that
 * come again after a crash or a rewind count once. It knows no text: counts are told alone.
 */
export class Engagement {
  readonly #runId: string
  readonly #posts = new Map<number, Post>()
  readonly #acts = new Map<number, Act>()
  readonly #changed = new Map<number, Post>()
  #hasForgotten = false

  constructor(runId: string) {
    this.#runId = runId
  }

  get size(): number {
    return this.#posts.size
  }

  /** Whether a post was taken back since `toPosition`: its name must leave what is stored. */
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
    const id = idOfUri(subject.value)
    if (id === null) return "not-tracked"
    const of = namesOf(id).key
    const post = this.#posts.get(of)
    if (post === undefined) return "not-tracked"
    post.id = id
    if (act !== undefined) return "seen"
    this.#acts.set(key, { post: of, count, gone: false })
    if (this.#acts.size > MOST_ACTS) this.#acts.delete(this.#acts.keys().next().value!)
    this.#add(of, count, 1, frame.timeUs)
    return "counted"
  }

  /** Takes note of what is published, and gives it with the counts of that moment; posts are tracked from their creation on, when all counts are 0. */
  note(event: SignalEvent, created: boolean, timeUs: number): SignalEvent {
    if (event._tag === "Counted") return event
    if (event._tag !== "Observed") {
      for (const [key, post] of this.#postsOf(event.target))
        if (event._tag === "Removed" && event.kind === "deleted") this.#forget(key)
        else post.hidden = event._tag === "Removed"
      return event
    }
    const { id, observedAt } = event.signal
    const { key, by } = namesOf(id)
    let post = this.#posts.get(key)
    if (post === undefined) {
      if (!created) return event
      post = { id, by, observedAt, likes: 0, reposts: 0, replies: 0, changedUs: timeUs, toldUs: timeUs, hidden: false }
      this.#posts.set(key, post)
      if (this.#posts.size > MOST_TRACKED) this.#posts.delete(this.#posts.keys().next().value!)
    } else {
      post.id = id
      if (observedAt > post.observedAt) {
        Object.assign(post, { observedAt, toldUs: timeUs, hidden: false })
        this.#changed.delete(key)
      }
    }
    const counts = { score: post.likes, comments: post.replies, reposts: post.reposts }
    return { ...event, signal: { ...event.signal, ...counts } satisfies Signal }
  }

  /** The counts of the posts that have changed and were last told long enough before `atUs`, at most `most`. */
  due(atUs: number, most: number): Array<SignalEvent> {
    const events: Array<SignalEvent> = []
    for (const [key, post] of this.#changed) {
      if (events.length >= most) break
      if (post.id === null || post.hidden || atUs - post.toldUs < TELL_EVERY_US) continue
      post.observedAt = Math.max(Math.floor(post.changedUs / 1_000), post.observedAt + 1)
      post.toldUs = atUs
      this.#changed.delete(key)
      events.push({
        _tag: "Counted",
        target: { _tag: "Signal", id: post.id },
        score: post.likes,
        comments: post.replies,
        reposts: post.reposts,
        views: null,
        at: post.observedAt,
        meta: { schemaVersion: SCHEMA_VERSION, producer: `ingest/${platform}`, runId: this.#runId, mode: "refresh" },
      })
    }
    return events
  }

  /** For the cursor: JSON. */
  toPosition(): unknown {
    this.#hasForgotten = false
    const numbers = new Map<number, number>()
    const posts = [...this.#posts].map(([key, { id, ...post }], n) => {
      numbers.set(key, n)
      const changed = this.#changed.has(key)
      return { key, ...post, changed, ...(id !== null && changed && !post.hidden ? { id } : {}) }
    })
    const acts: Array<typeof SavedAct.Type> = []
    for (const [key, { post, count, gone }] of this.#acts) {
      const n = numbers.get(post)
      if (n !== undefined) acts.push([key, n, LETTERS[count], gone])
    }
    return { posts, acts }
  }

  /** What a cursor holds; what cannot be read of it is left out. */
  static from(position: unknown, runId: string): Engagement {
    const engagement = new Engagement(runId)
    const saved = Option.getOrElse(decodeSaved(position), () => ({ posts: [], acts: [] }))
    const keys = saved.posts.slice(-MOST_TRACKED).map((given) => engagement.#restore(given))
    const skipped = saved.posts.length - keys.length
    for (const [key, n, letter, gone] of saved.acts.slice(-MOST_ACTS)) {
      const post = keys[n - skipped]
      if (post !== null && post !== undefined) engagement.#acts.set(key, { post, count: OF_LETTER[letter], gone })
    }
    return engagement
  }

  #restore(given: unknown): number | null {
    const saved = Option.getOrNull(decodePost(withoutText(given)))
    if (saved === null) return null
    const { id = null, changed, hidden = false, ...rest } = saved
    const { key, by } = id === null ? rest : namesOf(id)
    if (key === undefined || by === undefined) return null
    const { key: _, ...counts } = rest
    const post = { ...counts, id, by, hidden }
    this.#posts.set(key, post)
    if (changed) this.#changed.set(key, post)
    return key
  }

  #add(key: number, count: Count, by: number, timeUs: number): void {
    const post = this.#posts.get(key)
    if (post === undefined) return
    post[count] = Math.max(0, post[count] + by)
    post.changedUs = Math.max(post.changedUs, timeUs)
    this.#changed.set(key, post)
  }

  #postsOf(target: Removed["target"]): ReadonlyArray<readonly [number, Post]> {
    if (target._tag === "Author") {
      const by = byOf(target.author)
      return [...this.#posts].filter(([, post]) => post.by === by)
    }
    const { key } = namesOf(target.id)
    const post = this.#posts.get(key)
    return post === undefined ? [] : [[key, post]]
  }

  #forget(key: number): void {
    if (this.#posts.delete(key)) this.#hasForgotten = true
    this.#changed.delete(key)
  }
}
