/** What a protocol needs to know of a world, be it generated or recorded. */

export interface HackerNewsItem {
  readonly id: number
  readonly type: "story" | "comment" | "job" | "poll" | "pollopt"
  /** Unix seconds. */
  readonly time: number
  readonly by?: string
  readonly title?: string
  readonly url?: string
  /** HTML. */
  readonly text?: string
  readonly score?: number
  readonly descendants?: number
  readonly kids?: ReadonlyArray<number>
  readonly parent?: number
  readonly deleted?: true
  readonly dead?: true
}

/** What can be said of an item without writing its text. */
export interface HackerNewsHead {
  readonly id: number
  readonly type: HackerNewsItem["type"]
  readonly time: number
  readonly by: string
  readonly alive: boolean
  readonly form: "link" | "ask" | "show" | "job" | "comment"
  /** The story itself, or the one that a comment belongs to. */
  readonly story: number
}

export type HackerNewsList = "top" | "new" | "best" | "ask" | "show" | "job"

/** Everything as it stands now. */
export interface HackerNewsFeed {
  readonly maxId: () => number
  readonly item: (id: number) => HackerNewsItem | null
  readonly ranked: (list: HackerNewsList) => ReadonlyArray<number>
  readonly updates: () => { readonly items: ReadonlyArray<number>; readonly profiles: ReadonlyArray<string> }
  /** Items created in [from, to] (unix seconds), newest first. */
  readonly heads: (from: number, to: number) => ReadonlyArray<HackerNewsHead>
}

export interface JetstreamCommit {
  readonly rev: string
  readonly operation: "create" | "update" | "delete"
  readonly collection: string
  readonly rkey: string
  readonly record?: unknown
  readonly cid?: string
}

interface Head {
  readonly seq: number
  /** Unix microseconds at which it was witnessed: rises with `seq`. */
  readonly time: number
  readonly did: string
}
interface Upstream {
  readonly did: string
  readonly seq: number
  readonly time: string
}

/** Commits are written out on demand, so that what a subscriber filters away costs nothing. */
export type JetstreamEvent =
  | (Head & { readonly kind: "commit"; readonly collection: string; readonly commit: () => JetstreamCommit })
  | (Head & { readonly kind: "identity"; readonly identity: Upstream & { readonly handle?: string } })
  | (Head & { readonly kind: "account"; readonly account: Upstream & { readonly active: boolean; readonly status?: string } })

export interface BlueskyFeed {
  /** The number that the next event will get. */
  readonly nextSeq: () => number
  /** Events witnessed before this time (µs) are no longer kept. */
  readonly floorTime: () => number
  /** The first event witnessed at or after `time` (µs). */
  readonly seqAt: (time: number) => number
  readonly event: (seq: number) => JetstreamEvent | null
}

export interface Subreddit {
  readonly name: string
  /** Base 36, as in `t5_<id>`. */
  readonly id: string
  readonly title: string
  readonly about: string
  readonly subscribers: number
  readonly type: "public" | "private" | "banned"
  /** Unix seconds. */
  readonly created: number
}

interface RedditThing {
  /** Base 36. */
  readonly id: string
  readonly subreddit: Subreddit
  /** Null: the account, or what it wrote, is gone. */
  readonly author: string | null
  readonly authorId: string
  /** Unix seconds. */
  readonly created: number
  readonly score: number
  readonly edited: number | null
  readonly gone: "deleted" | "moderator" | null
}

export interface RedditPost extends RedditThing {
  readonly title: string
  /** Markdown; empty for links. */
  readonly selftext: string
  /** Null: a text post. */
  readonly url: string | null
  readonly flair: string | null
  readonly ratio: number
  readonly comments: number
}

export interface RedditComment extends RedditThing {
  readonly body: string
  /** Fullnames. */
  readonly parent: string
  readonly link: string
  readonly submitter: boolean
}

export type RedditSort = "new" | "hot" | "top" | "rising"

/** Everything as it stands now. */
export interface RedditFeed {
  readonly subreddits: ReadonlyArray<Subreddit>
  /** Null also for what is taken out of the site altogether. */
  readonly post: (id: string) => RedditPost | null
  readonly comment: (id: string) => RedditComment | null
  /** Ids of the visible posts of some subreddits, about 1,000 deep; `hours` limits `top`. */
  readonly listing: (sort: RedditSort, names: ReadonlySet<string>, hours: number) => ReadonlyArray<string>
  /** Ids of the comments that answer a thing (fullname), the best first. */
  readonly replies: (name: string) => ReadonlyArray<string>
}

export interface YouTubeChannel {
  readonly id: string
  readonly handle: string
  readonly title: string
  readonly about: string
  readonly subscribers: number
  /** Unix milliseconds. */
  readonly created: number
}

export interface YouTubeVideo {
  readonly id: string
  readonly channel: YouTubeChannel
  readonly title: string
  readonly description: string
  readonly tags: ReadonlyArray<string>
  readonly category: string
  /** Unix milliseconds. */
  readonly published: number
  readonly seconds: number
  readonly views: number
  /** Null: hidden by its channel. */
  readonly likes: number | null
  /** Null: switched off. */
  readonly comments: number | null
}

export interface YouTubeComment {
  readonly id: string
  readonly video: string
  readonly author: string
  readonly authorChannel: string
  readonly text: string
  readonly likes: number
  readonly published: number
  readonly updated: number
  readonly parent: string | null
  readonly replies: number
}

/** Everything as it stands now; what was deleted or made private is not there. */
export interface YouTubeFeed {
  readonly channels: ReadonlyArray<YouTubeChannel>
  readonly video: (id: string) => YouTubeVideo | null
  /** Newest first; null: of all channels. Times are unix milliseconds. */
  readonly uploads: (channel: string | null, limit: number, since?: number) => ReadonlyArray<string>
  readonly popular: () => ReadonlyArray<string>
  /** Top-level comments of a video, newest first. */
  readonly threads: (video: string) => ReadonlyArray<YouTubeComment>
  /** Answers to a top-level comment, oldest first. */
  readonly replies: (comment: string) => ReadonlyArray<YouTubeComment>
  readonly comment: (id: string) => YouTubeComment | null
}
