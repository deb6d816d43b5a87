import { Option, Schema } from "effect"

/** How far behind the newest post of a subreddit another may lie and still be new, in seconds: a post may take a day to become hot. */
const WINDOW = 48 * 3_600
const MOST_POSTS = 300
const MOST_SUBREDDITS = 200
/** Posts whose comments are still to be read. */
const MOST_WAITING = 2_000

const Posts = Schema.Record(Schema.String, Schema.Finite)
/** Nothing that was created at `floor` or before is new; `posts` are those published since, with their creation in unix seconds. */
const Mark = Schema.Struct({ floor: Schema.Finite, posts: Posts })
const FirstMark = Schema.Struct({ at: Schema.Finite, names: Schema.Array(Schema.String) })
const Waiting = Schema.Struct({ name: Schema.String.check(Schema.isPattern(/^t3_[0-9a-z]{1,13}$/)), subreddit: Schema.String })
export type Waiting = typeof Waiting.Type

export const DiscoveryPosition = Schema.Struct({
  marks: Schema.Record(Schema.String, Schema.Union([Mark, FirstMark])),
  waiting: Schema.optionalKey(Schema.Array(Waiting)),
})
const decode = Schema.decodeUnknownOption(DiscoveryPosition)

interface Known {
  floor: number
  readonly posts: Map<string, number>
}

/**
 * What discovery has published of each subreddit. By id within a window, because a listing that is not ordered by time shows an older post after a
 * newer one; by time before it. With the posts whose comments are still to be read, so that a restart goes on there.
 */
export class Watermark {
  readonly #marks = new Map<string, Known>()
  readonly #waiting: Array<Waiting>

  constructor(position: unknown) {
    const stored = Option.getOrNull(decode(position))
    for (const [subreddit, mark] of Object.entries(stored?.marks ?? {}))
      this.#marks.set(
        subreddit.toLowerCase(),
        "at" in mark
          ? { floor: mark.at - 1, posts: new Map(mark.names.map((name) => [name, mark.at])) }
          : { floor: mark.floor, posts: new Map(Object.entries(mark.posts)) },
      )
    this.#waiting = [...(stored?.waiting ?? [])].slice(0, MOST_WAITING)
  }

  isNew(subreddit: string, name: string, created: number): boolean {
    const mark = this.#marks.get(subreddit.toLowerCase())
    return mark === undefined || (created > mark.floor && !mark.posts.has(name))
  }

  published(subreddit: string, name: string, created: number): void {
    this.#of(subreddit).posts.set(name, created)
  }

  /** A whole page was looked at: what lies far behind is let go. `now` in unix seconds: a clock that runs ahead must not hide what comes after it. */
  settle(subreddit: string, now: number): void {
    const mark = this.#of(subreddit)
    const newest = Math.max(-Infinity, ...[...mark.posts.values()].filter((created) => created <= now))
    mark.floor = Math.max(mark.floor, newest - WINDOW)
    const oldestFirst = [...mark.posts.values()].sort((a, b) => a - b)
    if (oldestFirst.length > MOST_POSTS) mark.floor = Math.max(mark.floor, oldestFirst[oldestFirst.length - MOST_POSTS - 1]!)
    for (const [name, created] of mark.posts) if (created <= mark.floor) mark.posts.delete(name)
    while (this.#marks.size > MOST_SUBREDDITS) this.#marks.delete(this.#marks.keys().next().value!)
  }

  /** Notes a post whose comments are to be read; false when there are too many already. */
  await(waiting: Waiting): boolean {
    return this.#waiting.length < MOST_WAITING && this.#waiting.push(waiting) > 0
  }

  /** The post whose comments are read next; it stays the next until `commentsRead`. */
  get next(): Waiting | undefined {
    return this.#waiting[0]
  }

  commentsRead(): void {
    this.#waiting.shift()
  }

  /** For the cursor. */
  toPosition(): typeof DiscoveryPosition.Encoded {
    const marks = [...this.#marks].map(([subreddit, { floor, posts }]) => [subreddit, { floor, posts: Object.fromEntries(posts) }] as const)
    return { marks: Object.fromEntries(marks), waiting: [...this.#waiting] }
  }

  /** The one used last comes last. */
  #of(subreddit: string): Known {
    const key = subreddit.toLowerCase()
    const mark = this.#marks.get(key) ?? { floor: -1, posts: new Map<string, number>() }
    this.#marks.delete(key)
    this.#marks.set(key, mark)
    return mark
  }
}
