import type { Platform } from "@signalflow/domain/signals/Platform"
import { type Signal, signalId } from "@signalflow/domain/signals/Signal"
import type { Counted, Observed, Removed, Restored } from "@signalflow/domain/signals/SignalEvent"

/** Noon of a day in 2026, unix milliseconds. */
export const NOON = Date.UTC(2026, 5, 10, 12)
export const MINUTE = 60_000

export const signal = (fields: Partial<Omit<Signal, "id" | "platform" | "parentId">> & { id?: string; platform?: string } = {}): Signal => {
  const { id = "1", platform = "hackernews", ...rest } = fields
  return {
    kind: "story",
    parentId: null,
    community: null,
    author: "ada",
    title: "A great new compiler",
    body: "",
    url: null,
    permalink: `https://example.org/${id}`,
    language: null,
    score: 10,
    comments: 2,
    upvoteRatio: null,
    reposts: null,
    views: null,
    publishedAt: NOON - 10 * MINUTE,
    observedAt: NOON,
    flair: null,
    meta: { schemaVersion: 1, producer: "test", runId: "test", mode: "new" },
    ...rest,
    id: signalId(platform, id),
    platform: platform as Platform,
  }
}

export const observed = (fields?: Parameters<typeof signal>[0]): Observed => ({ _tag: "Observed", signal: signal(fields) })

export const counted = (id: string, at: number, counts: Partial<Pick<Counted, "score" | "comments" | "reposts" | "views">>): Counted => ({
  _tag: "Counted",
  target: { _tag: "Signal", id: signalId("hackernews", id) },
  score: null,
  comments: null,
  reposts: null,
  views: null,
  at,
  meta: { schemaVersion: 1, producer: "test", runId: "test", mode: "refresh" },
  ...counts,
})

export const removedSignal = (id: string, kind: "deleted" | "hidden", at: number): Removed => ({
  _tag: "Removed",
  target: { _tag: "Signal", id: signalId("hackernews", id) },
  kind,
  at,
  why: "test",
})

export const removedAuthor = (author: string, kind: "deleted" | "hidden", at: number): Removed => ({
  _tag: "Removed",
  target: { _tag: "Author", platform: "hackernews" as Platform, author },
  kind,
  at,
  why: "test",
})

export const restoredAuthor = (author: string, at: number): Restored => ({
  _tag: "Restored",
  target: { _tag: "Author", platform: "hackernews" as Platform, author },
  at,
})
