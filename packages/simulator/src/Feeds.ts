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
