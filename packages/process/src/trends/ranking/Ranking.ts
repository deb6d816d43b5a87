import * as PgClient from "@effect/sql-pg/PgClient"
import { BUCKET } from "@signalflow/domain/Time"
import { Effect } from "effect"
import { WINDOW } from "../bursts/Baseline.ts"
import { fold } from "./MergeTopics.ts"
import {
  type Evidence,
  evidence,
  HISTORY,
  inOrder,
  isShown,
  judgeExactly,
  type PlatformVolumes,
  present,
  type Ranked,
  roughWindows,
  type TopicHistory,
} from "./Evidence.ts"
import { judge, LEAST_AUTHORS } from "../bursts/Detector.ts"
import * as TrendStore from "./TrendStore.ts"
import { STEPS } from "./DistinctAuthors.ts"
import type { Watermark } from "../windows/Watermarks.ts"
import { snapshot } from "../windows/Windows.ts"

/** Topics whose signals are looked at, and those that are kept. */
const LOOKED_AT = 200
const KEPT = 100

/** The same of one platform alone. */
const LOOKED_AT_PLATFORM = 60
const KEPT_PLATFORM = 50

const dense = (first: number, series: TrendStore.SparseSeries): Float64Array => {
  const people = new Float64Array(HISTORY + 1)
  for (const [i, bucket] of series.buckets.entries())
    if (bucket >= first && bucket <= first + HISTORY) people[bucket - first] = series.people[i]!
  return people
}

/** The platform's volume in the 15 minutes of each step: counted in the newest 2 hours, before that shared out from the two buckets that a step lies in. */
const stepVolumes = (mark: Watermark, first: number, buckets: ArrayLike<number>, counted: ReadonlyMap<string, number>): Float64Array => {
  const share = (mark.until % BUCKET) / BUCKET
  const newest = TrendStore.bucketNumber(mark.until) - first
  return Float64Array.from({ length: STEPS + WINDOW - 1 }, (_, step) =>
    step < WINDOW
      ? (counted.get(`${mark.platform} ${step}`) ?? 0)
      : share * (buckets[newest - step] ?? 0) + (1 - share) * (buckets[newest - step - 1] ?? 0),
  )
}

const grouped = <A extends { readonly topic: string }>(rows: ReadonlyArray<A>): Map<string, Array<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const row of rows) {
    const group = groups.get(row.topic)
    if (group === undefined) groups.set(row.topic, [row])
    else group.push(row)
  }
  return groups
}

const platformVolumes = Effect.fnUntraced(function* (sql: PgClient.PgClient, marks: ReadonlyArray<Watermark>, first: number) {
  const series = new Map((yield* TrendStore.volumes(sql, new Date(first * BUCKET))).map((row) => [row.platform, row]))
  const counted = new Map(
    (yield* TrendStore.presentVolumes(sql, marks)).map(({ platform, step, people }) => [`${platform} ${step}`, people]),
  )
  return marks.map((mark): PlatformVolumes => {
    const buckets = dense(first, series.get(mark.platform) ?? { platform: mark.platform, buckets: [], people: [] })
    return { ...mark, buckets, steps: stepVolumes(mark, first, buckets, counted) }
  })
})

const best = (rough: ReadonlyArray<Ranked>, most: number): ReadonlyArray<string> =>
  rough
    .filter(isShown)
    .sort(inOrder)
    .slice(0, most)
    .map(({ topic }) => topic)

/** Topics whose signals are worth a look: the best of all platforms together, and of each one. Windows are the costly part: made once. */
const worthALook = (platforms: ReadonlyArray<PlatformVolumes>, histories: ReadonlyMap<string, ReadonlyArray<TopicHistory>>) => {
  const windows = [...histories].map(([topic, history]) => ({ topic, windows: history.map(roughWindows) }))
  const judged = (platform: string | null) =>
    windows.flatMap(({ topic, windows }): ReadonlyArray<Ranked> => {
      const known = platform === null ? windows : windows.filter((each) => each.platform === platform)
      return known.length === 0 ? [] : [{ topic, rise: judge(known) }]
    })
  const together = best(judged(null), LOOKED_AT)
  return [...new Set([...together, ...platforms.flatMap(({ platform }) => best(judged(platform), LOOKED_AT_PLATFORM))])]
}

type Evidences = ReadonlyMap<string, ReadonlyArray<Evidence>>

const rankBy = (evidences: Evidences, most: number): ReadonlyArray<Ranked> => {
  const ranked = [...evidences].map(([topic, found]): Ranked => ({ topic, rise: judgeExactly(found) }))
  return fold(ranked.filter(isShown).sort(inOrder), evidences, most)
}

/** The evidence of one platform, of the topics that have any. */
const of = (platform: PlatformVolumes, evidences: Evidences): Evidences =>
  new Map(
    [...evidences].flatMap(([topic, found]) => {
      const own = found.filter(({ volumes }) => volumes === platform)
      return own.length === 0 ? [] : [[topic, own] as const]
    }),
  )

const rank = Effect.fnUntraced(function* (sql: PgClient.PgClient, marks: ReadonlyArray<Watermark>, asOf: number) {
  const first = TrendStore.bucketNumber(asOf) - HISTORY
  const platforms = yield* platformVolumes(sql, marks, first)
  const byName = new Map(platforms.map((volumes) => [volumes.platform, volumes]))

  const topics = (yield* TrendStore.candidates(sql, marks, new Date(asOf), LEAST_AUTHORS)).map(({ topic }) => topic)
  const histories = new Map<string, ReadonlyArray<TopicHistory>>()
  for (const [topic, rows] of grouped(yield* TrendStore.series(sql, topics, new Date(first * BUCKET)))) {
    const known = rows.filter(({ platform }) => byName.has(platform))
    histories.set(
      topic,
      known.map((row) => ({ volumes: byName.get(row.platform)!, buckets: dense(first, row) })),
    )
  }
  const looked = worthALook(platforms, histories)

  const evidences = new Map<string, ReadonlyArray<Evidence>>()
  for (const [topic, rows] of grouped(yield* TrendStore.voices(sql, marks, looked))) {
    const history = histories.get(topic)!
    const none = new Float64Array(HISTORY + 1)
    evidences.set(
      topic,
      rows.map((voices) => {
        const volumes = byName.get(voices.platform)!
        return evidence(history.find((known) => known.volumes === volumes) ?? { volumes, buckets: none }, voices, first)
      }),
    )
  }
  const together = rankBy(evidences, KEPT)
  const alone = platforms.map((platform) => {
    const own = of(platform, evidences)
    return { platform, own, ranked: rankBy(own, KEPT_PLATFORM) }
  })
  const names = new Set([together, ...alone.map(({ ranked }) => ranked)].flat().map(({ topic }) => topic))
  const examples = grouped(yield* TrendStore.examples(sql, marks, [...names]))
  return {
    together: together.map((topic) => present(topic, evidences.get(topic.topic)!, examples.get(topic.topic) ?? [], platforms, asOf)),
    alone: alone.flatMap(({ platform, own, ranked }) =>
      ranked.map((topic) => ({
        platform: platform.platform,
        trend: present(
          topic,
          own.get(topic.topic)!,
          (examples.get(topic.topic) ?? []).filter(({ id }) => id.startsWith(`${platform.platform}:`)),
          [platform],
          asOf,
        ),
      })),
    ),
  }
})

/** Ranks the topics as of the watermarks and puts the ranking in the place of the last one, in one transaction. */
export const refresh = Effect.fn("Trends.refresh")(function* (marks: ReadonlyArray<Watermark>) {
  const sql = yield* PgClient.PgClient
  const asOf = Math.max(0, ...marks.map(({ until }) => until))
  const ranking: ReturnType<typeof rank> = marks.length === 0 ? Effect.succeed({ together: [], alone: [] }) : rank(sql, marks, asOf)
  const replace = ({ together, alone }: Effect.Success<typeof ranking>) =>
    Effect.andThen(TrendStore.replace(sql, new Date(asOf), together), TrendStore.replaceOfPlatforms(sql, new Date(asOf), alone))
  const { together } = yield* snapshot(Effect.tap(ranking, replace))
  return together
})
