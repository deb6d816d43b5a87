import type { HackerNewsFeed, HackerNewsHead, HackerNewsItem, HackerNewsList } from "./Feeds.ts"
import { nameOf } from "./Identifiers.ts"
import { hash } from "./Random.ts"
import { rank } from "./FrontPage.ts"
import { removed, scoreAt, TALK, type Address, type Comment, type Removal, type Story, type Threads } from "./Threads.ts"
import { commentHtml, escapeHtml, storyTitle, storyUrl } from "./texts/ThreadText.ts"
import { firstNotBefore, memoize, SLICE_US, timeline, type Timed, type Timeline } from "./Timeline.ts"
import type { TopicVoice } from "./Vocabulary.ts"

/** Published by command. Comments answer a story that was there before. */
export interface EmittedItem extends Timed {
  readonly tag: "emitted"
  readonly position: number
  readonly by: string
  readonly title: string | null
  readonly text: string | null
  readonly parent: number | null
  readonly topic: string | null
  readonly batch: string
  removal: Removal | null
}

export type HackerNewsEntry = Story | Comment | EmittedItem

/** Far above the real site's numbers, so that no link leads to somebody's real post. */
export const FIRST_ID = 900_000_001

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

export interface HackerNewsPlan {
  readonly seed: number
  readonly epoch: number
  readonly voices: ReadonlyArray<TopicVoice>
  readonly threads: Threads
  readonly cache: number
  /** Unix milliseconds, never going back. */
  readonly now: () => number
}

export interface HackerNewsWorld extends HackerNewsFeed {
  readonly timeline: Timeline<HackerNewsEntry>
  readonly idOf: (entry: HackerNewsEntry) => number
}

const MOVED_US = 300e6
/** Slices in which an entry may still be edited or removed, and a story's score may still rise. */
const UNSETTLED = 28
const RISING = 192

export const hackerNewsWorld = (plan: HackerNewsPlan): HackerNewsWorld => {
  const { seed, epoch, voices, threads } = plan
  const sheets = memoize(plan.cache, (slice: number) => sheet(threads, slice))
  const line = timeline<HackerNewsEntry>(epoch, (slice) => sheets(slice).entries)
  const emittedKids = new Map<number, Array<EmittedItem>>()
  const nowUs = () => plan.now() * 1000
  const sliceOf = (time: number) => Math.floor((time - epoch * 1000) / SLICE_US)

  const positionOf = (address: Address, comment: boolean) => {
    const { storyAt, commentAt } = sheets(address.slice)
    return line.positionOf(address.slice, (comment ? commentAt : storyAt)[address.n]!)
  }
  const idOf = (entry: HackerNewsEntry) =>
    FIRST_ID + (entry.tag === "emitted" ? entry.position : positionOf(entry, entry.tag === "comment"))

  const answers = (address: Address, comment: boolean, by: "byStory" | "byParent", time: number): ReadonlyArray<Comment> => {
    const key = slot(address, comment)
    const found: Array<Comment> = []
    for (let at = address.slice; at <= Math.min(address.slice + TALK + 2, sliceOf(time)); at++) {
      for (const each of sheets(at)[by].get(key) ?? []) if (each.time <= time) found.push(each)
    }
    return found
  }
  let indexed = 0
  const emittedUnder = (id: number, time: number) => {
    for (; indexed < line.inserted.length; indexed++) {
      const entry = line.inserted[indexed]!
      if (entry.tag === "emitted" && entry.parent !== null) push(emittedKids, entry.parent, entry)
    }
    return (emittedKids.get(id) ?? []).filter((each) => each.time <= time)
  }

  const subject = (entry: Story | Comment, time: number) => {
    const key = entry.editedAt !== null && entry.editedAt <= time ? hash(entry.key, 0xed17) : entry.key
    return [voices[entry.topic]!, entry.burst?.event ?? null, key] as const
  }

  const emittedItem = (entry: EmittedItem, time: number): HackerNewsItem => {
    const id = idOf(entry)
    const kids = emittedUnder(id, time).map(idOf)
    const base = { id, time: Math.floor(entry.time / 1e6), ...(kids.length === 0 ? {} : { kids }) }
    const place = entry.parent === null ? { type: "story" as const } : { type: "comment" as const, parent: entry.parent }
    if (removed(entry, time) === "deleted") return { deleted: true, ...base, ...place }
    const counts = entry.parent === null ? { score: 1, descendants: kids.length } : {}
    const said = {
      ...(entry.title === null ? {} : { title: entry.title }),
      ...(entry.text === null ? {} : { text: escapeHtml(entry.text) }),
    }
    return { by: entry.by, ...base, ...place, ...counts, ...said }
  }

  const item = (entry: HackerNewsEntry, time: number): HackerNewsItem => {
    if (entry.tag === "emitted") return emittedItem(entry, time)
    const id = idOf(entry)
    const base = { id, time: Math.floor(entry.time / 1e6) }
    const by = nameOf(seed, entry.author)
    const gone = removed(entry, time)
    const kids = [...answers(entry, entry.tag === "comment", "byParent", time).map(idOf), ...emittedUnder(id, time).map(idOf)]
    const family = kids.length === 0 ? {} : { kids }
    if (entry.tag === "comment") {
      const parent = threads.parent(entry)
      const above = { parent: FIRST_ID + (parent === null ? positionOf(entry.story, false) : positionOf(parent, true)) }
      if (gone === "deleted") return { deleted: true, ...base, ...family, ...above, type: "comment" }
      if (gone === "dead") return { by, dead: true, ...base, ...family, ...above, text: "[flagged]", type: "comment" }
      return { by, ...base, ...family, ...above, text: commentHtml(...subject(entry, time)), type: "comment" }
    }
    const type = entry.form === "job" ? ("job" as const) : ("story" as const)
    if (gone === "deleted") return { deleted: true, ...base, ...family, type }
    const [voice, event, key] = subject(entry, time)
    const score = scoreAt(entry, time)
    if (gone === "dead") return { by, dead: true, ...base, ...family, score, title: "[flagged]", type }
    const descendants = answers(entry, false, "byStory", time).length + emittedUnder(id, time).length
    const title = storyTitle(voice, event, entry.form, key)
    const about = entry.form === "ask" ? { text: commentHtml(voice, event, key) } : { url: storyUrl(voice, event, entry.key) }
    return { by, ...(type === "job" ? {} : { descendants }), ...base, ...family, score, title, type, ...about }
  }

  const published = (id: number, time: number): HackerNewsEntry | null =>
    id < FIRST_ID || id >= FIRST_ID + line.count(time) ? null : (line.at(id - FIRST_ID) ?? null)

  const ranked = (list: HackerNewsList) => rank(list, { threads, timeline: line, slice: sliceOf(nowUs()), time: nowUs() }).map(idOf)

  /** Everything whose item reads differently now from five minutes ago; scores only where they moved in the last minute. */
  const updates = () => {
    const time = nowUs()
    const within = (at: number | null | undefined) => at != null && at <= time && at > time - MOVED_US
    const changed = new Set<number>()
    const profiles = new Set<string>()
    const note = (entry: HackerNewsEntry) => {
      changed.add(idOf(entry))
      profiles.add(entry.tag === "emitted" ? entry.by : nameOf(seed, entry.author))
    }
    const last = sliceOf(time)
    for (let at = last; at >= Math.max(0, last - UNSETTLED); at--) {
      for (const entry of sheets(at).entries) {
        if (within(entry.editedAt) || within(entry.removal?.at) || within(entry.removal?.until)) note(entry)
        if (entry.tag === "comment" && within(entry.time)) {
          const parent = threads.parent(entry)
          changed.add(FIRST_ID + positionOf(entry.story, false))
          if (parent !== null) changed.add(FIRST_ID + positionOf(parent, true))
        }
      }
    }
    for (let at = last; at >= Math.max(0, last - RISING); at--) {
      for (const story of threads.stories(at)) {
        if (story.time <= time && scoreAt(story, time) !== scoreAt(story, time - 60e6)) note(story)
      }
    }
    for (const entry of line.inserted.slice(firstNotBefore(line.inserted, time - 3600e6))) {
      if (entry.tag === "emitted" && within(entry.removal?.at)) note(entry)
    }
    return { items: [...changed], profiles: [...profiles] }
  }

  const head = (entry: HackerNewsEntry, time: number): HackerNewsHead => {
    const base = { id: idOf(entry), time: Math.floor(entry.time / 1e6), alive: removed(entry, time) === null }
    if (entry.tag === "emitted") {
      return {
        ...base,
        type: entry.parent === null ? "story" : "comment",
        by: entry.by,
        form: entry.parent === null ? "link" : "comment",
        story: entry.parent ?? base.id,
      }
    }
    const by = nameOf(seed, entry.author)
    if (entry.tag === "comment") return { ...base, type: "comment", by, form: "comment", story: FIRST_ID + positionOf(entry.story, false) }
    return { ...base, type: entry.form === "job" ? "job" : "story", by, form: entry.form, story: base.id }
  }

  return {
    timeline: line,
    idOf,
    maxId: () => FIRST_ID - 1 + line.count(nowUs()),
    item: (id) => {
      const time = nowUs()
      const entry = published(id, time)
      return entry === null ? null : item(entry, time)
    },
    ranked,
    updates,
    heads: (from, to) => {
      const time = nowUs()
      const end = Math.min(line.count(time), line.positionAt(Math.min((to + 1) * 1e6, time + 1)))
      const heads: Array<HackerNewsHead> = []
      for (let position = end - 1; position >= Math.max(0, line.positionAt(Math.max(from, 0) * 1e6)); position--) {
        const entry = line.at(position)
        if (entry !== undefined) heads.push(head(entry, time))
      }
      return heads
    },
  }
}
