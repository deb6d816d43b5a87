import type { Address, Comment, Removal, Story, Threads } from "./Threads.ts"
import { TALK } from "./Threads.ts"
import { memoize, SLICE_US, timeline, type Timed, type Timeline } from "./Timeline.ts"

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
  /** Null: not there yet at `time`. */
  readonly shown: (position: number, time: number) => BoardEntry | null
}

export const board = (threads: Threads, epoch: number, cache: number): Board => {
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
    shown: (position, time) => (position < 0 || position >= line.count(time) ? null : (line.at(position) ?? null)),
  }
}
