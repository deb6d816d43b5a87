import type { SourceView } from "@signalflow/domain/api/Sources"
import type { Failure } from "../../failure.ts"
import type { Resource } from "../../resource.ts"

export type SourcesState =
  | { readonly _tag: "Loading" }
  | { readonly _tag: "Failed"; readonly failure: Failure }
  | { readonly _tag: "Empty" }
  | {
      readonly _tag: "Ready"
      readonly sources: ReadonlyArray<SourceView>
      readonly live: number
      readonly loading: ReadonlyArray<SourceView>
    }

const rank = { degraded: 0, live: 1, off: 2 } as const

/** Sources with what needs attention first, then by name. */
export const sourcesState = (resource: Resource<ReadonlyArray<SourceView>>): SourcesState => {
  if (resource._tag !== "Ready") return resource
  if (resource.value.length === 0) return { _tag: "Empty" }
  const sources = resource.value.toSorted(
    (a, b) => rank[a.state] - rank[b.state] || a.platform.localeCompare(b.platform) || a.target.localeCompare(b.target),
  )
  return {
    _tag: "Ready",
    sources,
    live: sources.filter(({ state }) => state === "live").length,
    loading: sources.filter(({ warmStart }) => warmStart !== null && warmStart < 1),
  }
}

/** One line a platform: the worst of its targets, or the one that is loading. */
export const byPlatform = (sources: ReadonlyArray<SourceView>): ReadonlyArray<SourceView> => {
  const worst = new Map<string, SourceView>()
  for (const source of sources) {
    const before = worst.get(source.platform)
    if (before === undefined || rank[source.state] < rank[before.state]) worst.set(source.platform, source)
  }
  return [...worst.values()].sort((a, b) => a.platform.localeCompare(b.platform))
}

/** A lag in words; under a minute in seconds. */
export const lagWords = (seconds: number | null): string => {
  if (seconds === null) return "–"
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
