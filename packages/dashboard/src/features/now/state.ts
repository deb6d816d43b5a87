import { topicForm } from "@signalflow/domain/query/Canonical"
import { fold } from "@signalflow/domain/query/Fold"
import type { TrendingTopic, TrendPage } from "@signalflow/domain/api/Trends"
import type { SourceView } from "@signalflow/domain/api/Sources"
import type { Failure } from "../../server/failure.ts"
import type { Resource } from "../../server/resource.ts"

interface Groups {
  readonly rising: ReadonlyArray<TrendingTopic>
  readonly steady: ReadonlyArray<TrendingTopic>
  readonly cooling: ReadonlyArray<TrendingTopic>
  /** Topics with too little history to compare, by how many people name them. */
  readonly uncompared: ReadonlyArray<TrendingTopic>
}

export type NowState =
  | { readonly _tag: "Loading" }
  | { readonly _tag: "Failed"; readonly failure: Failure }
  /** Nothing is being read: every source is off. */
  | { readonly _tag: "NoSource" }
  /** No window has been counted yet. */
  | { readonly _tag: "Counting" }
  /** Expectations need more history; `topics` are ranked by volume meanwhile. */
  | {
      readonly _tag: "Cold"
      readonly have: number
      readonly need: number
      readonly topics: ReadonlyArray<TrendingTopic>
      readonly asOf: string | null
    }
  | { readonly _tag: "Quiet"; readonly asOf: string }
  | { readonly _tag: "NoMatch"; readonly find: string }
  | { readonly _tag: "Ready"; readonly groups: Groups; readonly asOf: string }

const matches = (topic: TrendingTopic, find: string): boolean => {
  const wanted = fold(find)
  return wanted === "" || fold(topic.label).includes(wanted) || topic.topic.includes(wanted) || topic.topic.includes(topicForm(find))
}

const byVolume = (a: TrendingTopic, b: TrendingTopic) =>
  b.observed - a.observed || b.signals24h - a.signals24h || a.topic.localeCompare(b.topic)

const groupsOf = (topics: ReadonlyArray<TrendingTopic>): Groups => ({
  rising: topics.filter((topic) => topic.state === "rising"),
  steady: topics.filter((topic) => topic.state === "steady"),
  cooling: topics.filter((topic) => topic.state === "cooling"),
  uncompared: topics.filter((topic) => topic.state === "cold").sort(byVolume),
})

/** What the Now page shows: one of these and nothing between. */
export const nowState = (trends: Resource<TrendPage>, sources: Resource<ReadonlyArray<SourceView>>, find: string): NowState => {
  if (trends._tag !== "Ready") return trends
  const { asOf, historyHours, historyNeededHours, results } = trends.value
  const off = sources._tag === "Ready" && sources.value.length > 0 && sources.value.every(({ state }) => state === "off")
  if (results.length === 0 && off) return { _tag: "NoSource" }
  if (asOf === null && results.length === 0 && historyHours >= historyNeededHours) return { _tag: "Counting" }
  const topics = results.filter((topic) => matches(topic, find))
  if (topics.length === 0 && results.length > 0) return { _tag: "NoMatch", find: find.trim() }
  if (historyHours < historyNeededHours && results.every(({ state }) => state === "cold")) {
    return { _tag: "Cold", have: historyHours, need: historyNeededHours, topics: topics.toSorted(byVolume), asOf }
  }
  if (results.length === 0) return { _tag: "Quiet", asOf: asOf ?? "" }
  return { _tag: "Ready", groups: groupsOf(topics), asOf: asOf ?? "" }
}

export const risingCount = (trends: Resource<TrendPage>): number =>
  trends._tag === "Ready" ? trends.value.results.filter(({ state }) => state === "rising").length : 0

/**
 * The topics in the order to show them. While the list is being read, `held` is the order it had then: nothing moves, those on show take
 * new values, and what is new waits.
 */
export const arrange = (
  held: ReadonlyArray<string> | null,
  topics: ReadonlyArray<TrendingTopic>,
): { readonly topics: ReadonlyArray<TrendingTopic>; readonly waiting: number } => {
  if (held === null) return { topics, waiting: 0 }
  const byName = new Map(topics.map((topic) => [topic.topic, topic]))
  const kept = held.flatMap((name) => byName.get(name) ?? [])
  return { topics: kept, waiting: topics.length - kept.length }
}
