import type { TrendPage } from "@signalflow/domain/api/Trends"
import { risingCount } from "../features/now/state.ts"
import type { Resource } from "../server/resource.ts"
import type { Route } from "../view/route.ts"

const names = { posts: "Posts", sources: "Sources", unknown: "Page not found" } as const

const nameOf = (route: Route, trends: Resource<TrendPage>): string => {
  if (route.page !== "now") return names[route.page]
  if (route.topic === null) return "Now"
  const found = trends._tag === "Ready" ? trends.value.results.find(({ topic }) => topic === route.topic) : undefined
  return found?.label ?? route.topic
}

/** "(4) Now · SignalFlow": how many topics rise, and which page this is. */
export const titleOf = (route: Route, trends: Resource<TrendPage>): string => {
  const rising = risingCount(trends)
  return `${rising === 0 ? "" : `(${rising}) `}${nameOf(route, trends)} · SignalFlow`
}
