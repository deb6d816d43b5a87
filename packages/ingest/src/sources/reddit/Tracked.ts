import type { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Option, Schema } from "effect"
import { plan, type PollTier, refreshEvery } from "../../PollPlan.ts"

const MOST = 5_000

/** A thing that is read again: a fullname, times in unix seconds, the comments it had, and how often in a row Reddit did not show it. */
const Entry = Schema.Struct({
  name: Schema.String.check(Schema.isPattern(/^t[13]_[0-9a-z]{1,13}$/)),
  published: Schema.Int,
  observed: Schema.Int,
  missing: Schema.Int,
})

export interface Entry {
  publishedAt: number
  observedAt: number
  missing: number
  /** Comments that the post had when last seen, and when they were last read. */
  comments: number
  commentsRead: number
  commentsReadAt: number
}

const decodeEntries = Schema.decodeUnknownOption(Schema.Struct({ entries: Schema.Array(Entry) }))

const isComment = (name: string) => name.startsWith("t1_")

/** Posts and comments of one target that are read again: posts by their age, and everything once a day for as long as it is kept, to learn of deletions. */
export class Tracked {
  readonly #posts = new Map<string, Entry>()
  readonly #comments = new Map<string, Entry>()
  readonly #tiers: ReadonlyArray<PollTier>
  readonly #sweep: ReadonlyArray<PollTier>

  constructor(tiers: ReadonlyArray<PollTier>, sweep: PollTier) {
    this.#tiers = [...tiers, sweep]
    this.#sweep = [sweep]
  }

  get size(): number {
    return this.#posts.size + this.#comments.size
  }

  get(name: string): Entry | undefined {
    return this.#of(name).get(name)
  }

  note(events: ReadonlyArray<SignalEvent>): void {
    for (const event of events) {
      if (event._tag === "Observed") {
        const { id, publishedAt, observedAt, comments } = event.signal
        this.#put(nameOf(id), { publishedAt, observedAt, comments: comments ?? 0 })
      } else if (event._tag === "Removed" && event.target._tag === "Signal") {
        const name = nameOf(event.target.id)
        if (event.kind === "deleted") this.#of(name).delete(name)
        else {
          const entry = this.#of(name).get(name)
          if (entry !== undefined) entry.observedAt = event.at
        }
      }
    }
    for (const entries of [this.#posts, this.#comments]) if (entries.size > MOST) evict(entries)
  }

  /** Whether this thing is due, so that an answer that happens to hold it can stand for a refresh. */
  isDue(name: string, now: number): boolean {
    const entry = this.get(name)
    if (entry === undefined) return false
    const every = refreshEvery(now - entry.publishedAt, isComment(name) ? this.#sweep : this.#tiers)
    return every !== null && now - entry.observedAt >= every
  }

  /** Fullnames to read again now, at most `most`. */
  due(now: number, most: number): Array<string> {
    const due: Array<string> = []
    for (const [entries, tiers] of [
      [this.#posts, this.#tiers],
      [this.#comments, this.#sweep],
    ] as const) {
      const planned = plan(entries, now, tiers)
      for (const name of planned.expired) entries.delete(name)
      due.push(...planned.due)
    }
    return due.slice(0, most)
  }

  /** The post whose comments have grown most since they were read, or null. */
  talkedAbout(now: number, restMs: number): string | null {
    let best: string | null = null
    let most = 0
    for (const [name, { comments, commentsRead, commentsReadAt, publishedAt }] of this.#posts) {
      const grown = comments - commentsRead
      if (grown > most && now - commentsReadAt >= restMs && refreshEvery(now - publishedAt, this.#tiers.slice(0, -1)) !== null) {
        best = name
        most = grown
      }
    }
    return best
  }

  #of(name: string): Map<string, Entry> {
    return isComment(name) ? this.#comments : this.#posts
  }

  #put(name: string, seen: Pick<Entry, "publishedAt" | "observedAt" | "comments">): void {
    const entries = this.#of(name)
    const entry = entries.get(name)
    if (entry === undefined) entries.set(name, { ...seen, missing: 0, commentsRead: 0, commentsReadAt: 0 })
    else Object.assign(entry, seen, { missing: 0, observedAt: Math.max(entry.observedAt, seen.observedAt) })
  }

  /** For the cursor. */
  toPosition(): unknown {
    const entries = [...this.#posts, ...this.#comments].map(([name, entry]) => ({
      name,
      published: Math.round(entry.publishedAt / 1_000),
      observed: Math.round(entry.observedAt / 1_000),
      missing: entry.missing,
    }))
    return { entries }
  }

  /** Takes up what was tracked before; what is known already is newer. */
  restore(position: unknown): void {
    for (const { name, published, observed, missing } of Option.getOrNull(decodeEntries(position))?.entries ?? []) {
      if (this.#of(name).has(name)) continue
      this.#put(name, { publishedAt: published * 1_000, observedAt: observed * 1_000, comments: 0 })
      this.get(name)!.missing = missing
    }
  }
}

const nameOf = (id: string) => id.slice("reddit:".length)

const evict = (entries: Map<string, Entry>) => {
  const oldest = [...entries].sort((a, b) => a[1].publishedAt - b[1].publishedAt)
  for (const [name] of oldest.slice(0, entries.size - MOST)) entries.delete(name)
}
