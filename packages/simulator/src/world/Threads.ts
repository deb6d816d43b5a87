import { legInSlice, type Burst } from "./Bursts.ts"
import { cumulate, hash, random, type Random } from "../Random.ts"
import { derivedStories, SPAM_BLOCK } from "./DerivedStories.ts"
import type { StoryForm } from "../texts/ThreadText.ts"
import type { Comment, Removal, Story, ThreadPlan } from "./Story.ts"
import { memoize, SLICE_US } from "./Timeline.ts"
import { busyness, topicShares } from "./Busyness.ts"

/** A prime: steps of it visit every author of a site once. */
const STRIDE = 1193
/** A story is talked about for this many slices (12 h). */
export const TALK = 48

const removal = (rng: Random, time: number): Removal | null => {
  const draw = rng.next()
  if (draw > 0.035) return null
  const at = time + Math.floor((15 + Math.min(rng.exponential(1200), 5 * 3600)) * 1e6)
  if (draw < 0.015) return { kind: "deleted", at, until: null }
  return { kind: "dead", at, until: draw < 0.025 ? at + Math.floor((120 + rng.next() * 3600) * 1e6) : null }
}

/** 0 visible, else why not, at `time` (µs). */
export const removed = (entry: { readonly removal: Removal | null }, time: number): "deleted" | "dead" | null => {
  const { removal } = entry
  if (removal === null || removal.at > time || (removal.until !== null && removal.until <= time)) return null
  return removal.kind
}

/** A story's points at `time`: a pure function of its age. */
export const scoreAt = (story: Story, time: number): number => {
  const age = Math.max(0, (time - story.time) / 1e6)
  return 1 + Math.floor((story.final - 1) * (1 - Math.exp(-age / story.rise)))
}

export interface Threads {
  readonly stories: (slice: number) => ReadonlyArray<Story>
  readonly comments: (slice: number) => ReadonlyArray<Comment>
  /** The comment that a comment answers, or null when it answers the story. */
  readonly parent: (comment: Comment) => Comment | null
}

export const threads = (plan: ThreadPlan): Threads => {
  const { seed, epoch, site } = plan
  const startOf = (slice: number) => epoch * 1000 + slice * SLICE_US
  const legs = (slice: number) =>
    plan.bursts.during(slice).flatMap((burst) =>
      burst.legs.flatMap((leg) => {
        const part = leg.platform === site.platform ? legInSlice(leg, epoch, slice) : null
        if (part === null) return []
        const opens = leg.from >= epoch + (slice * SLICE_US) / 1000
        // The bucket's first authors submit, the others talk.
        const submissions = Math.min(part.authors, opens ? 2 : Math.round(part.authors * site.submissions))
        return [{ burst, leg, part, submissions, opens, first: hash(burst.key, 3, slice) % site.authors }]
      }),
    )

  const entry = (rng: Random, slice: number, n: number, key: number, time: number) => ({
    slice,
    n,
    key,
    time,
    removal: removal(rng, time),
    editedAt: rng.chance(0.015) ? time + Math.floor((30 + Math.min(rng.exponential(900), 7200)) * 1e6) : null,
    campaign: null,
  })

  const originals = memoize(plan.cache, (slice: number): ReadonlyArray<Story> => {
    if (slice < 0) return []
    const rng = random(seed, 0x5702, slice)
    const shares = topicShares(plan.voices, slice, site.technical)
    const made: Array<Story> = []
    const add = (time: number, author: number, topic: number, kind: StoryForm, final: number, burst: Burst | null) => {
      const n = made.length
      const rise = 2400 + rng.next() * 12_000
      made.push({
        tag: "story",
        ...entry(rng, slice, n, hash(seed, 0x57, slice, n), time),
        author,
        topic,
        burst,
        form: kind,
        final,
        rise,
        copyOf: null,
      })
    }
    for (let n = rng.poisson(site.stories * busyness(slice) * plan.rate(slice)); n > 0; n--) {
      const final = Math.min(1500, 1 + Math.floor(Math.exp(0.3 + 2.6 * (rng.next() + rng.next() + rng.next() - 1))))
      add(
        startOf(slice) + Math.floor(rng.next() * SLICE_US),
        Math.floor(rng.next() ** 2 * site.authors),
        rng.weighted(shares),
        site.form(rng),
        final,
        null,
      )
    }
    for (const { burst, part, submissions, first, opens } of legs(slice)) {
      for (let i = 0; i < submissions; i++) {
        const late = i === 0 ? rng.next() * 20_000 : 20_000 + rng.next() * Math.max(0, part.to - part.from - 20_000)
        const time = startOf(slice) + Math.floor(Math.min(part.from + late, part.to - 1) * 1000)
        add(
          time,
          (first + i * STRIDE) % site.authors,
          burst.topic.index,
          "link",
          opens && i === 0 ? 150 + rng.int(500) : 8 + rng.int(60),
          burst,
        )
      }
    }
    return made
  })

  const derived = derivedStories(plan, originals, entry)
  const stories =
    site.copies + site.spam === 0
      ? originals
      : memoize(plan.cache, (slice: number): ReadonlyArray<Story> => {
          if (slice < 0) return []
          const first = originals(slice)
          return [...first, ...derived(slice, first.length)]
        })

  const weights = memoize(plan.cache, (slice: number) => cumulate(stories(slice).map((story) => story.final)))

  const talkedAbout = (rng: Random, slice: number, time: number): Story | null => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const at = slice - Math.min(TALK - 1, Math.floor(rng.exponential(8)))
      const from = stories(at)
      const story = from.length === 0 ? undefined : from[rng.weighted(weights(at))]
      if (story !== undefined && story.form !== "job" && story.time < time) return story
    }
    return null
  }

  const ofBurst = (burst: Burst, from: number, slice: number, time: number): ReadonlyArray<Story> => {
    const first = Math.max(0, Math.floor((from - epoch) / (SLICE_US / 1000)))
    const found: Array<Story> = []
    for (let at = Math.max(first, slice - TALK + 1); at <= slice; at++) {
      for (const story of stories(at)) if (story.burst?.id === burst.id && story.time < time) found.push(story)
    }
    return found
  }

  const comments = memoize(plan.cache, (slice: number): ReadonlyArray<Comment> => {
    const rng = random(seed, 0xc033, slice)
    const made: Array<Comment> = []
    const add = (time: number, author: number, story: Story) => {
      const n = made.length
      const { topic, burst } = story
      const key = hash(seed, 0xc0, slice, n)
      const spam = burst === null && hash(key, 0x59) / 4_294_967_296 < site.spamComments
      made.push({
        tag: "comment",
        ...entry(rng, slice, n, key, time),
        campaign: spam ? hash(seed, 0xca39, Math.floor(slice / SPAM_BLOCK)) : null,
        author,
        topic,
        burst,
        story: { slice: story.slice, n: story.n },
      })
    }
    for (let n = rng.poisson(site.comments * busyness(slice) * plan.rate(slice)); n > 0; n--) {
      const time = startOf(slice) + Math.floor(rng.next() * SLICE_US)
      const story = talkedAbout(rng, slice, time)
      // Ordinary talk keeps to ordinary stories, so that a burst is exactly as large as planned.
      if (story !== null && story.burst === null && !site.silent(story.key)) add(time, Math.floor(rng.next() ** 2 * site.authors), story)
    }
    for (const { burst, leg, part, submissions, first } of legs(slice)) {
      for (let i = submissions; i < part.authors; i++) {
        const from = Math.min(part.from + 30_000, part.to - 1)
        const time = startOf(slice) + Math.floor((from + rng.next() * (part.to - from)) * 1000)
        const open = ofBurst(burst, leg.from, slice, time)
        if (open.length > 0) add(time, (first + i * STRIDE) % site.authors, open[rng.weighted(cumulate(open.map((story) => story.final)))]!)
      }
    }
    return made
  })

  const parent = (comment: Comment): Comment | null => {
    const rng = random(comment.key, 0x9a7e)
    if (rng.chance(0.4)) return null
    const { slice, n } = comment.story
    for (let at = comment.slice; at >= Math.max(slice, comment.slice - 2); at--) {
      const others = comments(at).filter((other) => other.story.slice === slice && other.story.n === n && other.time < comment.time)
      if (others.length > 0) return rng.pick(others)
    }
    return null
  }

  return { stories, comments, parent }
}
