import {
  board,
  type Board,
  type BoardEntry,
  type EmittedItem,
  isStarter as isVideo,
  type SitePlan,
  type Starter as Video,
} from "../../world/Board.ts"
import { categoryOf, channelOf, channels } from "./Channels.ts"
import type { YouTubeChannel, YouTubeComment, YouTubeFeed, YouTubeVideo } from "../../world/Feeds.ts"
import { nameOf } from "../../world/Identifiers.ts"
import { hash, random } from "../../Random.ts"
import { videoComment, videoDescription, videoTags, videoTitle } from "../../texts/VideoText.ts"
import { removed, scoreAt } from "../../world/Threads.ts"
import type { Comment, Story } from "../../world/Story.ts"
import type { Site } from "../../world/Site.ts"
import { channelId, codes, token } from "./VideoIds.ts"

const quiet = (key: number) => hash(key, 0x0ff) % 12 === 0

export const YOUTUBE: Site = {
  platform: "youtube",
  technical: false,
  authors: 3000,
  stories: 2.5,
  comments: 30,
  submissions: 0.1,
  form: () => "link",
  copies: 0.05,
  spam: 0.1,
  spamComments: 0.04,
  silent: quiet,
}

const FARTHEST_SLICES = 14 * 96
const POPULAR_SLICES = 192
const MOST_POPULAR = 200

export interface YouTubeWorld extends YouTubeFeed {
  readonly board: Board
  readonly idOf: (entry: BoardEntry) => string
  /** Why it is not to be seen at `time` (µs): its own doing, or that of what it hangs on. */
  readonly goneAt: (entry: BoardEntry, time: number) => "deleted" | "dead" | null
}

type Remark = Comment | EmittedItem

export const youTubeWorld = (plan: SitePlan): YouTubeWorld => {
  const { seed, voices, threads } = plan
  const made = board(plan)
  const all = channels(seed)
  const known = new Map(all.map((each) => [each.id, each]))
  const videos = codes(seed, 0x71de0)
  const comments = codes(seed, 0xc033e)
  const nowUs = () => plan.now() * 1000

  const storyOf = (entry: Comment) => threads.stories(entry.story.slice)[entry.story.n]!
  /** Threads have two levels here: whoever answers an answer answers the thread. */
  const rootOf = (entry: Comment): Comment => {
    let root = entry
    for (let above = threads.parent(root); above !== null; above = threads.parent(root)) root = above
    return root
  }
  const videoOf = (entry: Remark): Video => (entry.tag === "comment" ? storyOf(entry) : (made.timeline.at(entry.parent!) as Video))

  const threadId = (position: number) => `Ug${"wxyz"[position % 4]}${comments.code(position)}${token(5, seed, position)}4AaABAg`
  const replyId = (root: number, position: number) => `${threadId(root)}.9${comments.code(position)}${token(10, seed, position)}`
  const idOf = (entry: BoardEntry): string => {
    const position = made.positionOf(entry)
    if (isVideo(entry)) return videos.code(position)
    const root = entry.tag === "emitted" ? entry : rootOf(entry)
    return root === entry ? threadId(position) : replyId(made.positionOf(root), position)
  }

  const goneAt = (entry: BoardEntry, time: number): "deleted" | "dead" | null => {
    const own = removed(entry, time)
    if (own !== null || isVideo(entry)) return own
    const root = entry.tag === "comment" ? removed(rootOf(entry), time) : null
    return root ?? removed(videoOf(entry), time)
  }

  const channelFor = (entry: Video): YouTubeChannel =>
    entry.tag === "story"
      ? channelOf(all, entry)
      : (known.get(entry.community ?? "") ?? channelOf(all, { topic: entry.topic ?? 0, author: entry.position }))

  const talk = (entry: Video, time: number): ReadonlyArray<Remark> => {
    const said = entry.tag === "story" ? made.answers(entry, "byStory", time) : []
    return [...said, ...made.emittedUnder(made.positionOf(entry), time)].filter((each) => goneAt(each, time) === null)
  }

  const rewritten = (entry: Story | Comment, time: number) => entry.editedAt !== null && entry.editedAt <= time
  const wording = (entry: Story | Comment, time: number) => (rewritten(entry, time) ? hash(entry.key, 0xed17) : entry.key)

  const viewsOf = (entry: Video, time: number) =>
    entry.tag === "emitted" ? 1 : Math.floor(scoreAt(entry, time) * (40 + (hash(entry.key, 0x71) % 200)))

  const video = (entry: Video, time: number): YouTubeVideo => {
    const views = viewsOf(entry, time)
    const shared = { id: idOf(entry), channel: channelFor(entry), published: Math.floor(entry.time / 1000), views }
    if (entry.tag === "emitted") {
      const about = { title: entry.title ?? "", description: entry.text ?? "", tags: [], category: "22", seconds: 60, likes: 0 }
      return { ...shared, ...about, comments: talk(entry, time).length }
    }
    const voice = voices[entry.topic]!
    const key = wording(entry, time)
    const rng = random(entry.key, 0x71df)
    return {
      ...shared,
      title: videoTitle(voice, entry, key),
      description: videoDescription(voice, entry, key),
      tags: rng.chance(0.85) ? videoTags(voice) : [],
      category: categoryOf(entry.topic),
      seconds: 20 + Math.floor(rng.exponential(600)),
      likes: rng.chance(0.04) ? null : Math.floor(views * (0.01 + rng.next() * 0.06)),
      comments: entry.burst === null && quiet(entry.key) ? null : talk(entry, time).length,
    }
  }

  const found = (position: number | null): BoardEntry | null => {
    const entry = position === null ? null : made.shown(position, nowUs())
    return entry === null || goneAt(entry, nowUs()) !== null ? null : entry
  }
  const videoById = (id: string): Video | null => {
    const entry = found(videos.position(id))
    return entry !== null && isVideo(entry) ? entry : null
  }
  const remarkById = (id: string): Remark | null => {
    const code = /^Ug[w-z]([\w-]{11})[\w-]{5}4AaABAg(?:\.9([\w-]{11})[\w-]{10})?$/.exec(id)
    const entry = code === null ? null : found(comments.position(code[2] ?? code[1]!))
    return entry === null || isVideo(entry) || idOf(entry) !== id ? null : entry
  }

  const answersOf = (entry: Remark, time: number): ReadonlyArray<Remark> =>
    entry.tag === "emitted" || rootOf(entry) !== entry
      ? []
      : talk(storyOf(entry), time).filter((each) => each !== entry && each.tag === "comment" && rootOf(each) === entry)

  const remark = (entry: Remark, time: number): YouTubeComment => {
    const id = idOf(entry)
    const at = Math.floor(entry.time / 1000)
    const shared = { id, video: idOf(videoOf(entry)), published: at, parent: id.includes(".") ? id.split(".")[0]! : null }
    if (entry.tag === "emitted") {
      const by = { author: `@${entry.by}`, authorChannel: channelId(seed, entry.position) }
      return { ...shared, ...by, text: entry.text ?? "", likes: 0, updated: at, replies: 0 }
    }
    const likes = random(entry.key, 0x11).exponential(4)
    return {
      ...shared,
      author: `@${nameOf(seed, entry.author)}`,
      authorChannel: channelId(seed, 0x5e, entry.author),
      text: videoComment(voices[entry.topic]!, entry, wording(entry, time)),
      likes: Math.floor(likes * (1 - Math.exp(-(time - entry.time) / 7200e6))),
      updated: rewritten(entry, time) ? Math.floor(entry.editedAt! / 1000) : at,
      replies: answersOf(entry, time).length,
    }
  }

  return {
    board: made,
    idOf,
    goneAt,
    channels: all,
    video: (id) => {
      const entry = videoById(id)
      return entry === null ? null : video(entry, nowUs())
    },
    uploads: (channel, limit, since = 0) => {
      const mine = (entry: Video) => (channel === null || channelFor(entry).id === channel) && entry.time >= since * 1000
      const list = made.recent(nowUs(), FARTHEST_SLICES, limit, mine)
      return list
        .toSorted((a, b) => b.time - a.time)
        .slice(0, limit)
        .map(idOf)
    },
    popular: () => {
      const time = nowUs()
      const age = (entry: Video) => (time - entry.time) / 3600e6 + 6
      const list = made.recent(time, POPULAR_SLICES, Infinity, () => true).map((each) => [viewsOf(each, time) / age(each), each] as const)
      return list
        .sort((a, b) => b[0] - a[0])
        .slice(0, MOST_POPULAR)
        .map(([, each]) => idOf(each))
    },
    threads: (id) => {
      const entry = videoById(id)
      const time = nowUs()
      if (entry === null) return []
      const top = talk(entry, time).filter((each) => each.tag === "emitted" || rootOf(each) === each)
      return top.toSorted((a, b) => b.time - a.time).map((each) => remark(each, time))
    },
    replies: (id) => {
      const entry = remarkById(id)
      const time = nowUs()
      return entry === null
        ? []
        : answersOf(entry, time)
            .toSorted((a, b) => a.time - b.time)
            .map((each) => remark(each, time))
    },
    comment: (id) => {
      const entry = remarkById(id)
      return entry === null ? null : remark(entry, nowUs())
    },
  }
}
