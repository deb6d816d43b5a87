import {
  board,
  type Board,
  type BoardEntry,
  type EmittedItem,
  isStarter as isPost,
  type SitePlan,
  type Starter as Post,
} from "../../world/Board.ts"
import type { RedditComment, RedditFeed, RedditPost, RedditSort, Subreddit } from "../../world/Feeds.ts"
import { nameOf } from "../../world/Identifiers.ts"
import { hash, random } from "../../Random.ts"
import { homeOf, SUBREDDITS, subredditNamed, subredditOf } from "./Subreddits.ts"
import { commentText, flairOf, postTitle, selfText } from "../../texts/RedditText.ts"
import { storyUrl } from "../../texts/ThreadText.ts"
import { removed, scoreAt } from "../../world/Threads.ts"
import type { Comment } from "../../world/Story.ts"
import { SLICE_US } from "../../world/Timeline.ts"
import type { Site } from "../../world/Site.ts"

export const REDDIT: Site = {
  platform: "reddit",
  technical: false,
  authors: 4000,
  stories: 14,
  comments: 42,
  submissions: 0.5,
  form: (rng) => (rng.chance(0.45) ? "link" : "ask"),
  copies: 0.3,
  spam: 1,
  spamComments: 0.008,
  silent: () => false,
}

/** Far above the real site's numbers, so that no link leads to somebody's real post. */
const FIRST_ID = parseInt("9000000", 36)
/** Listings end about here. */
const DEEPEST = 1000
const FARTHEST_SLICES = 14 * 96
const RANKED_SLICES = 192
const RISING_SLICES = 12
/** Some deleted posts are taken out altogether after this time (µs). */
const ABSENT_AFTER = 3600e6

export interface RedditWorld extends RedditFeed {
  readonly board: Board
  /** `t3_…` or `t1_…`. */
  readonly nameOf: (entry: BoardEntry) => string
}

export const redditWorld = (plan: SitePlan): RedditWorld => {
  const { seed, voices, threads } = plan
  const made = board(plan)
  const nowUs = () => plan.now() * 1000
  const idAt = (position: number) => (FIRST_ID + position).toString(36)
  const idOf = (entry: BoardEntry) => idAt(made.positionOf(entry))
  const fullname = (entry: BoardEntry) => `${isPost(entry) ? "t3" : "t1"}_${idOf(entry)}`
  const placeOf = (post: Post): Subreddit =>
    post.tag === "story" ? subredditOf(post) : (subredditNamed(post.community ?? "") ?? homeOf(post.topic ?? 0))

  const found = (id: string): BoardEntry | null => (/^[0-9a-z]{7,9}$/.test(id) ? made.shown(parseInt(id, 36) - FIRST_ID, nowUs()) : null)

  const scoreOf = (post: Post, time: number) => (post.tag === "story" ? scoreAt(post, time) : 1)
  const gone = (entry: BoardEntry, time: number) => {
    const why = removed(entry, time)
    return why === null ? null : why === "deleted" ? ("deleted" as const) : ("moderator" as const)
  }
  const absent = (entry: BoardEntry, time: number) =>
    entry.tag === "story" &&
    entry.removal?.kind === "deleted" &&
    hash(entry.key, 0xab5) % 5 === 0 &&
    entry.removal.at + ABSENT_AFTER <= time

  /** A few accounts go and leave their posts behind. */
  const authorOf = (entry: BoardEntry, time: number): Pick<RedditPost, "author" | "authorId"> => {
    if (entry.tag === "emitted") return { author: entry.by, authorId: hash(seed, entry.position).toString(36) }
    const left = hash(entry.key, 0xacc) % 250 === 0 && entry.time + 1800e6 <= time
    const author = left ? null : nameOf(seed, entry.author)
    return { author, authorId: hash(seed, 0x42, entry.author).toString(36) }
  }

  const thing = (entry: BoardEntry, subreddit: Subreddit, time: number, editable: boolean) => {
    const why = gone(entry, time)
    const edited = editable && entry.tag !== "emitted" && entry.editedAt !== null && entry.editedAt <= time ? entry.editedAt : null
    const shared = { id: idOf(entry), subreddit, created: Math.floor(entry.time / 1e6), gone: why }
    return { ...shared, ...authorOf(entry, time), edited: edited === null ? null : Math.floor(edited / 1e6) }
  }

  const post = (entry: Post, time: number): RedditPost => {
    const position = made.positionOf(entry)
    const self = entry.tag === "emitted" || entry.form !== "link"
    const shared = { ...thing(entry, placeOf(entry), time, self), score: scoreOf(entry, time) }
    const emitted = made.emittedUnder(position, time).length
    if (entry.tag === "emitted")
      return { ...shared, title: entry.title ?? "", selftext: entry.text ?? "", url: null, flair: null, ratio: 1, comments: emitted }
    const voice = voices[entry.topic]!
    const spam = entry.campaign !== null
    const key = shared.edited === null ? entry.key : hash(entry.key, 0xed17)
    return {
      ...shared,
      title: postTitle(voice, entry),
      selftext: self && !spam ? selfText(voice, entry, key) : "",
      url: self && !spam ? null : storyUrl(voice, entry.burst?.event ?? null, entry.key),
      flair: flairOf(entry.key),
      ratio: spam ? 0.2 : (55 + (hash(entry.key, 0x4a) % 45)) / 100,
      comments: made.answers(entry, "byStory", time).length + emitted,
    }
  }

  const comment = (entry: Comment | EmittedItem, time: number): RedditComment => {
    if (entry.tag === "emitted") {
      const above = made.timeline.at(entry.parent!)!
      const link = fullname(above)
      const place = isPost(above) ? placeOf(above) : SUBREDDITS[0]!
      const body = entry.text ?? ""
      return { ...thing(entry, place, time, false), score: 1, body, parent: link, link, submitter: false }
    }
    const story = threads.stories(entry.story.slice)[entry.story.n]!
    const parent = threads.parent(entry)
    const shared = thing(entry, placeOf(story), time, true)
    const key = shared.edited === null ? entry.key : hash(entry.key, 0xed17)
    const final = Math.floor(random(entry.key, 0x5c).exponential(7))
    return {
      ...shared,
      score: 1 + Math.floor(final * (1 - Math.exp(-(time - entry.time) / 3600e6))),
      body: commentText(voices[entry.topic]!, entry, key),
      parent: fullname(parent ?? story),
      link: fullname(story),
      submitter: entry.author === story.author,
    }
  }

  const worth = (sort: RedditSort, entry: Post, time: number): number => {
    const score = scoreOf(entry, time)
    if (sort === "top") return score
    if (sort === "rising") return score / ((time - entry.time) / 3600e6 + 0.3)
    return Math.log10(Math.max(1, score)) + entry.time / 1e6 / 45_000
  }

  const listing = (sort: RedditSort, names: ReadonlySet<string>, hours: number): ReadonlyArray<string> => {
    const time = nowUs()
    const slices = sort === "new" ? FARTHEST_SLICES : sort === "rising" ? RISING_SLICES : RANKED_SLICES
    const span = sort === "top" ? Math.min(FARTHEST_SLICES, Math.ceil((hours * 3600e6) / SLICE_US)) : slices
    const posts = made.recent(time, span, sort === "new" ? DEEPEST : Infinity, (entry) => names.has(placeOf(entry).name))
    const ranked =
      sort === "new"
        ? posts.toSorted((a, b) => b.time - a.time)
        : posts
            .filter((each) => sort !== "top" || each.time > time - hours * 3600e6)
            .map((each) => [worth(sort, each, time), each] as const)
            .sort((a, b) => b[0] - a[0] || b[1].time - a[1].time)
            .map(([, each]) => each)
    return ranked.slice(0, DEEPEST).map(idOf)
  }

  return {
    board: made,
    nameOf: fullname,
    subreddits: SUBREDDITS,
    post: (id) => {
      const entry = found(id)
      const time = nowUs()
      return entry === null || !isPost(entry) || absent(entry, time) ? null : post(entry, time)
    },
    comment: (id) => {
      const entry = found(id)
      return entry === null || isPost(entry) ? null : comment(entry as Comment | EmittedItem, nowUs())
    },
    listing,
    replies: (name) => {
      const entry = found(name.slice(3))
      if (entry === null) return []
      const time = nowUs()
      const generated = entry.tag === "emitted" ? [] : made.answers(entry, "byParent", time)
      const kids = [...generated, ...made.emittedUnder(made.positionOf(entry), time)]
      return kids
        .map((each) => comment(each, time))
        .sort((a, b) => b.score - a.score || a.created - b.created)
        .map(({ id }) => id)
    },
  }
}
