import type { HackerNewsList } from "../../world/Feeds.ts"
import type { BoardEntry, EmittedItem } from "../../world/Board.ts"
import { removed, scoreAt, type Threads } from "../../world/Threads.ts"
import type { Story } from "../../world/Story.ts"
import type { Timeline } from "../../world/Timeline.ts"

/** How far back each list looks, in slices, and how long it gets. */
const HORIZON = { top: 144, new: 96, best: 288, ask: 192, show: 192, job: 384 } as const
const LENGTH = { top: 500, new: 500, best: 500, ask: 200, show: 200, job: 200 } as const

export interface Moment {
  readonly threads: Threads
  readonly timeline: Timeline<BoardEntry>
  readonly slice: number
  /** Unix microseconds. */
  readonly time: number
}

const visible = ({ threads, slice, time }: Moment, slices: number): ReadonlyArray<Story> => {
  const found: Array<Story> = []
  for (let at = slice; at >= Math.max(0, slice - slices); at--) {
    for (const story of threads.stories(at)) if (story.time <= time && removed(story, time) === null) found.push(story)
  }
  return found
}

const emittedStories = ({ timeline, time }: Moment): ReadonlyArray<EmittedItem> =>
  timeline.inserted
    .filter((entry): entry is EmittedItem => entry.tag === "emitted" && entry.parent === null && removed(entry, time) === null)
    .slice(-LENGTH.new)

/** The site's lists: newest first, or by points against age (https://news.ycombinator.com/item?id=1781013). */
export const rank = (list: HackerNewsList, moment: Moment): ReadonlyArray<BoardEntry> => {
  const { time } = moment
  const fits = (story: Story) => (list === "ask" || list === "show" || list === "job" ? story.form === list : story.form !== "job")
  const stories = visible(moment, HORIZON[list]).filter(fits)
  if (list === "new" || list === "job") {
    return [...stories, ...(list === "new" ? emittedStories(moment) : [])].sort((a, b) => b.time - a.time).slice(0, LENGTH[list])
  }
  const worth = (story: Story) => {
    const score = scoreAt(story, time)
    return list === "best" ? score : (score - 1) / ((time - story.time) / 3.6e9 + 2) ** 1.8
  }
  const ranked = stories.map((story) => ({ story, worth: worth(story) })).sort((a, b) => b.worth - a.worth || b.story.time - a.story.time)
  return ranked.slice(0, LENGTH[list]).map(({ story }) => story)
}
