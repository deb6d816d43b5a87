import type { HackerNewsFeed, HackerNewsHead, HackerNewsItem, HackerNewsList } from "../../world/Feeds.ts"
import { nameOf } from "../../world/Identifiers.ts"
import { hash } from "../../Random.ts"
import { rank } from "./FrontPage.ts"
import { board, type BoardEntry, type EmittedItem, type SitePlan } from "../../world/Board.ts"
import { removed, scoreAt } from "../../world/Threads.ts"
import type { Comment, Story } from "../../world/Story.ts"
import { commentHtml, escapeHtml, storyTitle, storyUrl } from "../../texts/ThreadText.ts"
import { firstNotBefore, type Timeline } from "../../world/Timeline.ts"

export type HackerNewsEntry = BoardEntry

/** Far above the real site's numbers, so that no link leads to somebody's real post. */
export const FIRST_ID = 900_000_001

export interface HackerNewsWorld extends HackerNewsFeed {
  readonly timeline: Timeline<HackerNewsEntry>
  readonly idOf: (entry: HackerNewsEntry) => number
}

const MOVED_US = 300e6
/** Slices in which an entry may still be edited or removed, and a story's score may still rise. */
const UNSETTLED = 28
const RISING = 192

export const hackerNewsWorld = (plan: SitePlan): HackerNewsWorld => {
  const { seed, voices, threads } = plan
  const { timeline: line, positionOf, storyPosition, entries, sliceOf, answers, emittedUnder, shown } = board(plan)
  const nowUs = () => plan.now() * 1000
  const idOf = (entry: HackerNewsEntry) => FIRST_ID + positionOf(entry)
  const above = (entry: Comment) => {
    const parent = threads.parent(entry)
    return FIRST_ID + (parent === null ? storyPosition(entry.story) : positionOf(parent))
  }

  const subject = (entry: Story | Comment, time: number) => {
    const key = entry.editedAt !== null && entry.editedAt <= time ? hash(entry.key, 0xed17) : entry.key
    return [voices[entry.topic]!, entry.burst?.event ?? null, key] as const
  }

  const emittedItem = (entry: EmittedItem, time: number): HackerNewsItem => {
    const id = idOf(entry)
    const kids = emittedUnder(entry.position, time).map(idOf)
    const base = { id, time: Math.floor(entry.time / 1e6), ...(kids.length === 0 ? {} : { kids }) }
    const place = entry.parent === null ? { type: "story" as const } : { type: "comment" as const, parent: FIRST_ID + entry.parent }
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
    const kids = [...answers(entry, "byParent", time), ...emittedUnder(id - FIRST_ID, time)].map(idOf)
    const family = kids.length === 0 ? {} : { kids }
    if (entry.tag === "comment") {
      const place = { parent: above(entry) }
      if (gone === "deleted") return { deleted: true, ...base, ...family, ...place, type: "comment" }
      if (gone === "dead") return { by, dead: true, ...base, ...family, ...place, text: "[flagged]", type: "comment" }
      return { by, ...base, ...family, ...place, text: commentHtml(...subject(entry, time)), type: "comment" }
    }
    const type = entry.form === "job" ? ("job" as const) : ("story" as const)
    if (gone === "deleted") return { deleted: true, ...base, ...family, type }
    const [voice, event, key] = subject(entry, time)
    const score = scoreAt(entry, time)
    if (gone === "dead") return { by, dead: true, ...base, ...family, score, title: "[flagged]", type }
    const descendants = answers(entry, "byStory", time).length + emittedUnder(id - FIRST_ID, time).length
    const title = storyTitle(voice, event, entry.form, key)
    const about = entry.form === "ask" ? { text: commentHtml(voice, event, key) } : { url: storyUrl(voice, event, entry.key) }
    return { by, ...(type === "job" ? {} : { descendants }), ...base, ...family, score, title, type, ...about }
  }

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
      for (const entry of entries(at)) {
        if (within(entry.editedAt) || within(entry.removal?.at) || within(entry.removal?.until)) note(entry)
        if (entry.tag === "comment" && within(entry.time)) {
          changed.add(FIRST_ID + storyPosition(entry.story))
          changed.add(above(entry))
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
        story: entry.parent === null ? base.id : FIRST_ID + entry.parent,
      }
    }
    const by = nameOf(seed, entry.author)
    if (entry.tag === "comment") return { ...base, type: "comment", by, form: "comment", story: FIRST_ID + storyPosition(entry.story) }
    return { ...base, type: entry.form === "job" ? "job" : "story", by, form: entry.form, story: base.id }
  }

  return {
    timeline: line,
    idOf,
    maxId: () => FIRST_ID - 1 + line.count(nowUs()),
    item: (id) => {
      const time = nowUs()
      const entry = shown(id - FIRST_ID, time)
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
