import type { Platform } from "@signalflow/domain/signals/Platform"
import { type Signal, signalId } from "@signalflow/domain/signals/Signal"
import type { Observed } from "@signalflow/domain/signals/SignalEvent"
import { httpUrl, storable } from "@signalflow/domain/signals/Text"

interface PeerRecord {
  readonly id: string
  readonly platform: string
  readonly author: string
  readonly title: string
  readonly body: string
  readonly url: string
  readonly community: string
  readonly score: number
  readonly comments: number
  readonly publishedAt: string
  readonly observedAt: string
}

const DAY = 86_400_000

const observedOf = (record: PeerRecord, moved: number): Observed => {
  const signal: Signal = {
    id: signalId(record.platform, record.id),
    platform: record.platform as Platform,
    kind: "post",
    parentId: null,
    community: record.community === "" ? null : storable(record.community, 200),
    author: record.author === "" ? null : storable(record.author, 300),
    title: storable(record.title, 1_000),
    body: storable(record.body, 20_000),
    url: httpUrl(record.url),
    permalink: record.url.slice(0, 2_048),
    language: null,
    score: record.score,
    comments: record.comments,
    upvoteRatio: null,
    reposts: null,
    views: null,
    publishedAt: Date.parse(record.publishedAt) + moved,
    observedAt: Date.parse(record.observedAt) + moved,
    flair: null,
    meta: { schemaVersion: 1, producer: "bench", runId: "bench", mode: "new" },
  }
  return { _tag: "Observed", signal }
}

/** The peer's records as our sources publish them. Their times are moved by whole days, so that they are plausible today. */
export const eventsOf = (lines: ReadonlyArray<string>): ReadonlyArray<Observed> => {
  const records = lines.map((line) => JSON.parse(line) as PeerRecord)
  const latest = records.reduce((at, { observedAt }) => Math.max(at, Date.parse(observedAt)), 0)
  const moved = Math.floor((Date.now() - latest) / DAY) * DAY
  return records.map((record) => observedOf(record, moved))
}

/** What is in the tables after a run: two programs that have done the same work agree on it. */
export interface Work {
  readonly rows: number
  readonly history: number
  readonly rising: number
  readonly trending: number
  readonly compounds: number
}

/** One row of counts, from our tables or the peer's. */
export const workQuery = (velocity: "score_velocity" | "velocity") =>
  `select count(*), (select count(*) from signal_metrics_history), count(*) filter (where ${velocity} > 0),
    count(*) filter (where is_trending), coalesce(sum(sentiment_compound), 0) from signals`

export const workOf = (row: string): Work => {
  const [rows, history, rising, trending, compounds] = row.split("|").map(Number)
  return { rows: rows!, history: history!, rising: rising!, trending: trending!, compounds: compounds! }
}

export const isSame = (ours: Work, theirs: Work): boolean =>
  ours.rows === theirs.rows &&
  ours.history === theirs.history &&
  ours.rising === theirs.rising &&
  ours.trending === theirs.trending &&
  Math.abs(ours.compounds - theirs.compounds) <= Math.abs(theirs.compounds) / 100

export const describeWork = ({ rows, history, rising, trending, compounds }: Work): string =>
  `${rows.toLocaleString("en")} rows, ${history.toLocaleString("en")} of history, ${rising.toLocaleString("en")} with velocity above 0, ` +
  `${trending.toLocaleString("en")} trending, sum of compounds ${compounds.toFixed(3)}`
