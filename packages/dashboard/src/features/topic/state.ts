import type { SignalView } from "@signalflow/domain/api/SignalView"
import type { TrendingTopic, TrendPage } from "@signalflow/domain/api/Trends"
import type { Failure } from "../../server/failure.ts"
import type { Resource } from "../../server/resource.ts"
import { bucketStart } from "../../view/series.ts"

export type TopicState =
  | { readonly _tag: "Loading" }
  | { readonly _tag: "Failed"; readonly failure: Failure }
  /** A shared link outlives a trend: the posts are still there, the evidence is not. */
  | { readonly _tag: "NotTrending" }
  | { readonly _tag: "Ready"; readonly topic: TrendingTopic; readonly asOf: number }

export const topicState = (trends: Resource<TrendPage>, topic: string): TopicState => {
  if (trends._tag !== "Ready") return trends
  const found = trends.value.results.find((each) => each.topic === topic)
  if (found === undefined) return { _tag: "NotTrending" }
  return { _tag: "Ready", topic: found, asOf: trends.value.asOf === null ? trends.at : Date.parse(trends.value.asOf) }
}

export interface Bucket {
  readonly from: number
  readonly authors: number | null
}

/** The sparkline's buckets with their times; the last one holds the moment before `asOf`. */
export const bucketsOf = (sparkline: ReadonlyArray<number | null>, asOf: number): ReadonlyArray<Bucket> =>
  sparkline.map((authors, i) => ({ from: bucketStart(i, sparkline.length, asOf), authors }))

/** Posts to show: those the evidence names first, then the hottest. */
export const examplesFirst = (signals: ReadonlyArray<SignalView>, examples: ReadonlyArray<string>): ReadonlyArray<SignalView> => {
  const rank = new Map(examples.map((id, i) => [id, i]))
  return signals.toSorted((a, b) => (rank.get(a.id) ?? examples.length) - (rank.get(b.id) ?? examples.length))
}
