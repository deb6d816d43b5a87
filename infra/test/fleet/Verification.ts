import * as PgClient from "@effect/sql-pg/PgClient"
import { emptySnapshot, type Reading, read } from "@signalflow/process/reading/Reading"
import { Effect } from "effect"
import { recount } from "../../../packages/process/test/trends/Recount.ts"
import type { Expected, Truth } from "./Truth.ts"

interface Row {
  readonly id: string
  readonly author: string | null
  readonly title: string
  readonly score: number | null
  readonly comments: number | null
  readonly published_at: Date
  readonly observed_at: Date
  readonly counted_at: Date
  readonly topics: ReadonlyArray<string>
  readonly compound: number | null
  readonly score_velocity: number | null
  readonly comment_velocity: number | null
  readonly trending_score: number
  readonly is_trending: boolean
  readonly hidden: boolean
}

interface HistoryRow {
  readonly signal_id: string
  readonly observed_at: Date
  readonly score: number | null
  readonly comments: number | null
  readonly score_velocity: number | null
  readonly comment_velocity: number | null
}

interface WindowRow {
  readonly topic: string | null
  readonly platform: string
  readonly bucket: Date
  readonly counts: ReadonlyArray<number>
  readonly means: ReadonlyArray<number | null>
}

/** Differences, counted by kind, with the first few of each. */
export class Problems {
  readonly counts = new Map<string, number>()
  readonly lines: Array<string> = []
  add(kind: string, detail: string): void {
    const count = (this.counts.get(kind) ?? 0) + 1
    this.counts.set(kind, count)
    if (count <= 5) this.lines.push(`${kind}: ${detail}`)
  }
  get summary(): ReadonlyArray<string> {
    return [...[...this.counts].map(([kind, count]) => `${count} × ${kind}`), ...this.lines]
  }
}

const near = (a: number | null, b: number | null): boolean =>
  a === null || b === null ? a === b : Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b))

const trendingOf = (velocity: number | null, compound: number | null, comments: number | null): number =>
  (velocity === null ? 0 : velocity > 50 ? 0.4 : velocity > 10 ? 0.2 : 0) +
  (Math.abs(compound ?? 0) > 0.5 ? 0.2 : 0) +
  ((comments ?? 0) > 100 ? 0.2 : 0)

const readings = () => {
  const known = new Map<string, Reading>()
  return (title: string): Reading => {
    const reading = known.get(title) ?? read({ title, body: "", language: "en" }, emptySnapshot)
    known.set(title, reading)
    return reading
  }
}

const compareSignals = (
  rows: ReadonlyArray<Row>,
  expected: ReadonlyMap<string, Expected>,
  readingOf: (title: string) => Reading,
  problems: Problems,
) => {
  const seen = new Set<string>()
  for (const row of rows) {
    if (seen.has(row.id)) problems.add("stored twice", row.id)
    seen.add(row.id)
    const should = expected.get(row.id)
    if (should === undefined) {
      problems.add("stored, and should not be", row.id)
      continue
    }
    const { signal, hidden, history } = should
    const reading = readingOf(signal.title)
    const last = history.at(-1)?.velocity ?? null
    const trending = trendingOf(last?.score ?? null, reading.sentiment?.compound ?? null, signal.comments)
    const differences = [
      row.score !== signal.score && `score ${row.score}, not ${signal.score}`,
      row.comments !== signal.comments && `comments ${row.comments}, not ${signal.comments}`,
      row.title !== signal.title && `title "${row.title}", not "${signal.title}"`,
      row.author !== signal.author && `author ${row.author}, not ${signal.author}`,
      row.observed_at.getTime() !== signal.observedAt &&
        `observed ${row.observed_at.toISOString()}, not ${new Date(signal.observedAt).toISOString()}`,
      row.published_at.getTime() !== signal.publishedAt && "another time of publishing",
      row.counted_at.getTime() !== signal.publishedAt &&
        `counted at ${row.counted_at.toISOString()}, not ${new Date(signal.publishedAt).toISOString()}`,
      row.hidden !== hidden && (hidden ? "shown" : "hidden"),
      !near(row.score_velocity, last?.score ?? null) && `velocity ${row.score_velocity}, not ${last?.score}`,
      !near(row.comment_velocity, last?.comments ?? null) && `comment velocity ${row.comment_velocity}, not ${last?.comments}`,
      !near(row.compound, reading.sentiment?.compound ?? null) && "another sentiment",
      row.topics.join() !== reading.topics.join() && `topics ${row.topics.join()}, not ${reading.topics.join()}`,
      !near(row.trending_score, trending) && `trending ${row.trending_score}, not ${trending}`,
      row.is_trending !== trending >= 0.5 && "another verdict on trending",
    ].filter((one) => one !== false)
    for (const difference of differences) problems.add(`signal with another ${difference.split(" ", 1)[0]}`, `${row.id}: ${difference}`)
  }
  for (const id of expected.keys()) if (!seen.has(id)) problems.add("missing", id)
}

const compareHistory = (rows: ReadonlyArray<HistoryRow>, expected: ReadonlyMap<string, Expected>, problems: Problems) => {
  const stored = new Map(rows.map((row) => [`${row.signal_id} ${row.observed_at.getTime()}`, row]))
  let count = 0
  for (const [id, { history }] of expected)
    for (const { at, score, comments, velocity } of history) {
      count++
      const row = stored.get(`${id} ${at}`)
      if (row === undefined) problems.add("history missing", `${id} at ${new Date(at).toISOString()}`)
      else if (row.score !== score || row.comments !== comments)
        problems.add("history with other counts", `${id}: ${row.score}, not ${score}`)
      else if (!near(row.score_velocity, velocity?.score ?? null) || !near(row.comment_velocity, velocity?.comments ?? null))
        problems.add(
          "history with another velocity",
          `${id} at ${new Date(at).toISOString()}: ${row.score_velocity}, not ${velocity?.score}`,
        )
    }
  if (rows.length !== count) problems.add("history of another length", `${rows.length} rows, not ${count}`)
}

const compareWindows = (
  topics: ReadonlyArray<WindowRow>,
  volumes: ReadonlyArray<WindowRow>,
  expected: ReadonlyMap<string, Expected>,
  readingOf: (title: string) => Reading,
  problems: Problems,
) => {
  const rows = [...expected].map(([id, { signal, hidden }]) => {
    const reading = readingOf(signal.title)
    const { platform, author, community, publishedAt, score } = signal
    return {
      id,
      platform,
      author,
      community,
      text: signal.title,
      topics: reading.topics,
      countedAt: publishedAt,
      sentiment: reading.sentiment?.compound ?? null,
      hidden,
      heat: 0,
      score,
    }
  })
  const history = [...expected].flatMap(([id, one]) =>
    one.history.map(({ at, score, velocity }) => ({ id, observedAt: at, score, velocity: velocity?.score ?? null })),
  )
  const should = recount(rows, history)
  const keys = new Set<string>()
  for (const { topic, platform, bucket, counts, means } of topics) {
    const key = `${topic} ${platform} ${bucket.getTime()}`
    keys.add(key)
    const one = should.windows.get(key)
    if (one === undefined) problems.add("window of nothing", key)
    else if (
      [one.signals, one.authors, one.sentimentN, one.scoreN, one.velocityN].join() !== counts.join() ||
      ![one.sentimentMean, one.scoreMean, one.velocityMean].every((mean, n) => near(mean, means[n]!))
    )
      problems.add("window with other values", `${key}: ${counts.join()} ${means.join()}, not ${JSON.stringify(one)}`)
  }
  for (const key of should.windows.keys()) if (!keys.has(key)) problems.add("window missing", key)
  for (const { platform, bucket, counts } of volumes) {
    const one = should.volumes.get(`${platform} ${bucket.getTime()}`)
    if (one === undefined || `${one.signals},${one.authors}` !== counts.join())
      problems.add("volume with other values", `${platform} ${bucket.toISOString()}: ${counts.join()}, not ${one?.signals},${one?.authors}`)
  }
  if (volumes.length !== should.volumes.size) problems.add("volumes of another number", `${volumes.length}, not ${should.volumes.size}`)
  return should.windows.size
}

export interface Verdict {
  readonly signals: number
  readonly history: number
  readonly windows: number
  readonly problems: ReadonlyArray<string>
}

/** Compares everything that is stored with what was planted. */
export const verify = (truth: Truth) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const problems = new Problems()
    const expected = truth.expected()
    const readingOf = readings()
    const rows = yield* sql<Row>`select id, author, title, score, comments, published_at, observed_at, counted_at, topics,
      sentiment_compound as compound, score_velocity, comment_velocity, trending_score, is_trending, hidden from signals`
    const history =
      yield* sql<HistoryRow>`select signal_id, observed_at, score, comments, score_velocity, comment_velocity from signal_metrics_history`
    const topics =
      yield* sql<WindowRow>`select topic, platform, bucket, array[signals, authors, sentiment_n, score_n, velocity_n] as counts,
      array[sentiment_mean, score_mean, velocity_mean] as means from topic_timeseries`
    const volumes =
      yield* sql<WindowRow>`select platform, bucket, array[signals, authors] as counts, array[]::float8[] as means from platform_timeseries`
    const letters = yield* sql<{ error: string; key: string }>`select error, key from dlq_events`
    const [tombstones] = yield* sql<{
      deleted: number
      authors: number
    }>`select count(*) filter (where target_kind = 'signal' and kind = 'deleted')::int as deleted,
      count(*) filter (where target_kind = 'author' and kind = 'deleted')::int as authors from removals`
    compareSignals(rows, expected, readingOf, problems)
    compareHistory(history, expected, problems)
    const windows = compareWindows(topics, volumes, expected, readingOf, problems)
    for (const { error, key } of letters) problems.add("dead letter", `${key}: ${error}`)
    if (tombstones!.deleted !== truth.deletedIds.size)
      problems.add("tombstones of signals", `${tombstones!.deleted}, not ${truth.deletedIds.size}`)
    const authors = [...truth.authors.values()].filter(({ deletedUntil }) => deletedUntil > -Infinity).length
    if (tombstones!.authors !== authors) problems.add("tombstones of authors", `${tombstones!.authors}, not ${authors}`)
    return { signals: expected.size, history: history.length, windows, problems: problems.summary } satisfies Verdict
  })
