import type { Threads } from "./Threads.ts"
import type { Address, Comment, Removal, Story } from "./Story.ts"
import { removed, TALK } from "./Threads.ts"
import { memoize, SLICE_US, timeline, type Timed, type Timeline } from "./Timeline.ts"
import type { TopicVoice } from "./Vocabulary.ts"

/** What the world of a site with threads is made of. */
export interface SitePlan {
  readonly seed: number
  readonly epoch: number
  readonly voices: ReadonlyArray<TopicVoice>
  readonly threads: Threads
  readonly cache: number
  /** Unix milliseconds, never going back. */
  readonly now: () => number
}

/** Published by command. A comment answers what was there before. */
export interface EmittedItem extends Timed {
  readonly tag: "emitted"
  readonly position: number
  readonly by: string
  readonly title: string | null
  readonly text: string | null
  /** The position of what it answers. */
  readonly parent: number | null
  readonly topic: number | null
  /** Subreddit or channel, where there are any. */
  readonly community: string | null
  readonly batch: string
  removal: Removal | null
}

export type BoardEntry = Story | Comment | EmittedItem

/** What begins a thread. */
export type Starter = Story | (EmittedItem & { readonly parent: null })

export const isStarter = (entry: BoardEntry): entry is Starter =>
  entry.tag === "story" || (entry.tag === "emitted" && entry.parent === null)

/** Most that were published by command and are listed. */
const MOST_EMITTED = 20_000

/** Every entry of a slice in order, where each one stands, and who answers whom. */
interface Sheet {
  readonly entries: ReadonlyArray<Story | Comment>
  readonly storyAt: ReadonlyArray<number>
  readonly commentAt: ReadonlyArray<number>
  /** Comments of this slice by story, and by direct parent. */
  readonly byStory: ReadonlyMap<number, ReadonlyArray<Comment>>
  readonly byParent: ReadonlyMap<number, ReadonlyArray<Comment>>
}

const slot = ({ slice, n }: Address, comment: boolean) => (slice * 2 + (comment ? 1 : 0)) * 1_048_576 + n

const push = <K, V>(map: Map<K, Array<V>>, key: K, value: V) => {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

const sheet = (threads: Threads, slice: number): Sheet => {
  const entries = [...threads.stories(slice), ...threads.comments(slice)].sort((a, b) => a.time - b.time)
  const storyAt: Array<number> = []
  const commentAt: Array<number> = []
  const byStory = new Map<number, Array<Comment>>()
  const byParent = new Map<number, Array<Comment>>()
  for (const [index, entry] of entries.entries()) {
    if (entry.tag === "story") storyAt[entry.n] = index
    else {
      commentAt[entry.n] = index
      push(byStory, slot(entry.story, false), entry)
      const parent = threads.parent(entry)
      push(byParent, parent === null ? slot(entry.story, false) : slot(parent, true), entry)
    }
  }
  return { entries, storyAt, commentAt, byStory, byParent }
}

/** The threads of one site as one numbered sequence, with what was published by command in between. */
export interface Board {
  readonly timeline: Timeline<BoardEntry>
  readonly positionOf: (entry: BoardEntry) => number
  readonly storyPosition: (address: Address) => number
  /** Stories and comments of a slice, in the order of time. */
  readonly entries: (slice: number) => ReadonlyArray<Story | Comment>
  readonly sliceOf: (time: number) => number
  /** Comments that answer it directly, or belong to its thread, up to `time` (µs). */
  readonly answers: (entry: Story | Comment, by: "byStory" | "byParent", time: number) => ReadonlyArray<Comment>
  readonly emittedUnder: (position: number, time: number) => ReadonlyArray<EmittedItem>
  /** Threads that can be seen at `time` and that fit: those published by command, then those of the last `slices`, newest slice first, until there are `enough`. */
  readonly recent: (time: number, slices: number, enough: number, fits: (entry: Starter) => boolean) => ReadonlyArray<Starter>
  /** Null: not there yet at `time`. */
  readonly shown: (position: number, time: number) => BoardEntry | null
}

export const board = ({ threads, epoch, cache }: SitePlan): Board => {
  const sheets = memoize(cache, (slice: number) => sheet(threads, slice))
  const line = timeline<BoardEntry>(epoch, (slice) => sheets(slice).entries)
  const emittedKids = new Map<number, Array<EmittedItem>>()
  let indexed = 0

  const sliceOf = (time: number) => Math.floor((time - epoch * 1000) / SLICE_US)
  const at = (address: Address, comment: boolean) => {
    const { storyAt, commentAt } = sheets(address.slice)
    return line.positionOf(address.slice, (comment ? commentAt : storyAt)[address.n]!)
  }

  return {
    timeline: line,
    positionOf: (entry) => (entry.tag === "emitted" ? entry.position : at(entry, entry.tag === "comment")),
    storyPosition: (address) => at(address, false),
    entries: (slice) => sheets(slice).entries,
    sliceOf,
    answers: (entry, by, time) => {
      const key = slot(entry, entry.tag === "comment")
      const found: Array<Comment> = []
      for (let index = entry.slice; index <= Math.min(entry.slice + TALK + 2, sliceOf(time)); index++) {
        for (const each of sheets(index)[by].get(key) ?? []) if (each.time <= time) found.push(each)
      }
      return found
    },
    emittedUnder: (position, time) => {
      for (; indexed < line.inserted.length; indexed++) {
        const entry = line.inserted[indexed]!
        if (entry.tag === "emitted" && entry.parent !== null) push(emittedKids, entry.parent, entry)
      }
      return (emittedKids.get(position) ?? []).filter((each) => each.time <= time)
    },
    recent: (time, slices, enough, fits) => {
      const wanted = (entry: Starter) => entry.time <= time && removed(entry, time) === null && fits(entry)
      const list: Array<Starter> = line.inserted.slice(-MOST_EMITTED).filter(isStarter).filter(wanted)
      const last = sliceOf(time)
      for (let slice = last; slice >= Math.max(0, last - slices) && list.length < enough; slice--)
        for (const story of threads.stories(slice)) if (wanted(story)) list.push(story)
      return list
    },
    shown: (position, time) => (position < 0 || position >= line.count(time) ? null : (line.at(position) ?? null)),
  }
}
