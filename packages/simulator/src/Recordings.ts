import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { FIRST_SEQ } from "./platforms/bluesky/BlueskyWorld.ts"
import type { BlueskyFeed, HackerNewsFeed, HackerNewsHead, HackerNewsItem, JetstreamCommit } from "./world/Feeds.ts"
import type { Source } from "./world/Source.ts"
import { firstNotBefore } from "./world/Timeline.ts"
import type { TruthQuery, TruthSignal } from "./truth/Truth.ts"
import { blueskySignal, hackerNewsSignal } from "./World.ts"

export interface RecordingOptions {
  readonly directory: string
  readonly historyHours: number
  /** Events a second of the part that is played live. */
  readonly rate: number
}

/** This share of a recording is past when the simulator starts; the rest is played. */
const PAST = 0.8
/** Stories arrive this much more rarely than posts. */
const STORY_PACE = 0.1
const RISE_S = 3 * 3600

const read = (path: string): string => {
  const bytes = readFileSync(path)
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
}

const filesIn = (directory: string, name: RegExp): ReadonlyArray<string> => {
  try {
    return readdirSync(directory)
      .filter((file) => name.test(file))
      .sort()
      .map((file) => join(directory, file))
  } catch {
    return []
  }
}

interface RecordedCommit {
  readonly did: string
  readonly time_us: number
  readonly commit: JetstreamCommit & { readonly record?: Record<string, unknown> }
}

/** New times (µs) in the old order: the past evenly over the history, then the live part at its pace. */
const retimed = (count: number, startedAt: number, historyHours: number, perSecond: number): ReadonlyArray<number> => {
  const past = Math.floor(count * PAST)
  const step = (historyHours * 3600e6) / Math.max(1, past)
  return Array.from({ length: count }, (_, i) =>
    Math.floor(startedAt * 1000 + (i < past ? (i - past) * step : ((i - past + 1) * 1e6) / perSecond)),
  )
}

const commits = (directory: string): ReadonlyArray<RecordedCommit> =>
  filesIn(join(directory, "bluesky", "derived_jetstream"), /\.(nd)?jsonl?(\.gz)?$/)
    .flatMap((file) => read(file).split("\n"))
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as RecordedCommit)
    .sort((a, b) => a.time_us - b.time_us)

const items = (directory: string): ReadonlyArray<HackerNewsItem> => {
  const byId = new Map<number, HackerNewsItem>()
  for (const file of filesIn(join(directory, "hackernews", "firebase"), /_items_.*\.json(\.gz)?$/)) {
    for (const item of JSON.parse(read(file)) as ReadonlyArray<HackerNewsItem | null>) if (item !== null) byId.set(item.id, item)
  }
  return [...byId.values()].sort((a, b) => a.id - b.id)
}

interface Shown<A> {
  readonly time: number
  readonly value: A
}

const hackerNewsFeed = (shown: ReadonlyArray<Shown<HackerNewsItem>>, now: () => number): HackerNewsFeed => {
  const byId = new Map(shown.map((each) => [each.value.id, each]))
  const published = () => shown.slice(0, firstNotBefore(shown, now() * 1000 + 1))
  const scoreOf = ({ time, value }: Shown<HackerNewsItem>) =>
    1 + Math.floor(((value.score ?? 1) - 1) * (1 - Math.exp(-(now() - time / 1000) / 1000 / RISE_S)))
  const body = (each: Shown<HackerNewsItem>): HackerNewsItem => ({
    ...each.value,
    time: Math.floor(each.time / 1e6),
    ...(each.value.score === undefined ? {} : { score: scoreOf(each) }),
  })
  const form = ({ title = "", type }: HackerNewsItem): HackerNewsHead["form"] =>
    type === "job"
      ? "job"
      : type === "comment"
        ? "comment"
        : title.startsWith("Ask HN")
          ? "ask"
          : title.startsWith("Show HN")
            ? "show"
            : "link"
  const lists = { top: null, new: null, best: null, ask: "ask", show: "show", job: "job" } as const
  return {
    maxId: () => published().at(-1)?.value.id ?? 0,
    item: (id) => {
      const found = byId.get(id)
      return found === undefined || found.time > now() * 1000 ? null : body(found)
    },
    ranked: (list) => {
      const wanted = published().filter(({ value }) => (lists[list] === null ? value.type === "story" : form(value) === lists[list]))
      const rank = (each: Shown<HackerNewsItem>) =>
        list === "best" ? scoreOf(each) : scoreOf(each) / ((now() - each.time / 1000) / 3.6e6 + 2) ** 1.8
      const sorted =
        list === "new" || list === "job"
          ? wanted.toReversed()
          : wanted
              .map((each) => [rank(each), each] as const)
              .sort((a, b) => b[0] - a[0])
              .map(([, each]) => each)
      return sorted.slice(0, lists[list] === null ? 500 : 200).map(({ value }) => value.id)
    },
    updates: () => {
      const recent = published().slice(-100)
      return {
        items: recent.map(({ value }) => value.id),
        profiles: recent.flatMap(({ value }) => (value.by === undefined ? [] : [value.by])),
      }
    },
    heads: (from, to) =>
      published()
        .filter(({ time }) => Math.floor(time / 1e6) >= from && Math.floor(time / 1e6) <= to)
        .toReversed()
        .map(({ value, time }) => ({
          id: value.id,
          type: value.type,
          time: Math.floor(time / 1e6),
          by: value.by ?? "",
          alive: !value.deleted && !value.dead,
          form: form(value),
          story: value.id,
        })),
  }
}

const blueskyFeed = (shown: ReadonlyArray<Shown<RecordedCommit>>, now: () => number): BlueskyFeed => ({
  nextSeq: () => FIRST_SEQ + firstNotBefore(shown, now() * 1000 + 1),
  floorTime: () => shown[0]?.time ?? now() * 1000,
  seqAt: (time) => FIRST_SEQ + firstNotBefore(shown, time),
  event: (seq) => {
    const each = shown[seq - FIRST_SEQ]
    if (each === undefined) return null
    const { did, commit } = each.value
    const createdAt = new Date(Math.floor(each.time / 1000) - 500).toISOString()
    const record = commit.record === undefined ? {} : { record: { ...commit.record, createdAt } }
    return { seq, time: each.time, did, kind: "commit", collection: commit.collection, commit: () => ({ ...commit, ...record }) }
  },
})

/** Real Hacker News items and Bluesky posts, moved to now. Throws when the directory holds neither. */
export const recorded = (options: RecordingOptions, clock: () => number): Source => {
  const startedAt = clock()
  let latest = 0
  const now = () => (latest = Math.max(latest, Math.floor(clock())))
  const place = <A>(values: ReadonlyArray<A>, rate: number): ReadonlyArray<Shown<A>> => {
    const times = retimed(values.length, startedAt, options.historyHours, rate)
    return values.map((value, i) => ({ value, time: times[i]! }))
  }
  const stories = place(items(options.directory), options.rate * STORY_PACE)
  const posts = place(commits(options.directory), options.rate)
  if (stories.length + posts.length === 0) {
    throw new Error(
      `${options.directory} holds no recordings: expected hackernews/firebase/*_items_*.json.gz or bluesky/derived_jetstream/*.ndjson.gz`,
    )
  }
  const blank = { topic: null, burst: null, copyOf: null, spam: false, batch: null, removed: null }
  const storyTruth = ({ time, value }: Shown<HackerNewsItem>): TruthSignal => {
    const publishedAt = Math.floor(time / 1e6) * 1000
    const kind = value.type === "comment" || value.type === "job" ? value.type : "story"
    return {
      ...blank,
      id: hackerNewsSignal(value.id),
      platform: "hackernews",
      kind,
      language: "en",
      publishedAt,
      shownAt: Math.floor(time / 1000),
    }
  }
  const postTruth = ({ time, value }: Shown<RecordedCommit>): TruthSignal => {
    const shownAt = Math.floor(time / 1000)
    const languages = value.commit.record?.["langs"]
    const language = Array.isArray(languages) ? String(languages[0]) : "und"
    return {
      ...blank,
      id: blueskySignal(value.did, value.commit.rkey),
      platform: "bluesky",
      kind: "post",
      language,
      publishedAt: shownAt - 500,
      shownAt,
    }
  }
  const truth = (query: TruthQuery) => {
    const all = [...stories.map(storyTruth), ...posts.map(postTruth)].filter(
      (signal) =>
        signal.shownAt <= now() &&
        signal.shownAt >= query.since &&
        signal.shownAt < query.until &&
        (query.platform === null || query.platform === signal.platform) &&
        query.batch === null,
    )
    const first = Number(query.after ?? 0) || 0
    const signals = all.slice(first, first + query.limit)
    return {
      seed: 0,
      epoch: startedAt - options.historyHours * 3_600_000,
      now: now(),
      signals,
      next: first + query.limit < all.length ? String(first + query.limit) : null,
    }
  }
  return {
    now,
    hackerNews: hackerNewsFeed(stories, now),
    bluesky: blueskyFeed(posts, now),
    reddit: null,
    youtube: null,
    truth,
    summary: () => {
      const time = now() * 1000 + 1
      const counts = {
        hackernews: { signals: firstNotBefore(stories, time), removed: 0 },
        bluesky: { signals: firstNotBefore(posts, time), removed: 0 },
      }
      return { recordings: options.directory, now: now(), counts, batches: {}, bursts: [] }
    },
    publish: null,
    retract: () => false,
  }
}
