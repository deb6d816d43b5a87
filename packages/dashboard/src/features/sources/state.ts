import type { SourceView } from "@signalflow/domain/api/Sources"
import type { Failure } from "../../server/failure.ts"
import type { Resource } from "../../server/resource.ts"

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

/** A target with what differs from its platform; null where nothing does. */
export interface Target {
  readonly name: string
  readonly active: boolean
  readonly state: SourceView["state"] | null
  readonly why: string | null
  readonly lagSeconds: number | null
  readonly warmStart: number | null
}

/** A platform with what its targets share. */
export interface PlatformSources {
  readonly platform: string
  readonly state: SourceView["state"]
  readonly why: string | null
  readonly lastSuccess: string | null
  readonly quotaLeft: number | null
  readonly signalsLastHour: number
  readonly targets: ReadonlyArray<Target>
}

/** From this lag on a target that is read in turns is behind. */
const BEHIND_SECONDS = 300

const shared = <A>(values: ReadonlyArray<A>): A | null => (values.every((value) => value === values[0]) ? (values[0] ?? null) : null)

/** "Most popular in US", "r/science": a target as people call it, else as it was added. */
const targetName = ({ platform, target }: SourceView): string => {
  if (platform === "reddit" && /^\w+$/.test(target) && target !== "trending") return `r/${target}`
  const popular = platform === "youtube" ? /^mostPopular:(\w+)$/.exec(target) : null
  return popular === null ? target : `Most popular in ${popular[1]}`
}

const groupOf = (platform: string, sources: ReadonlyArray<SourceView>): PlatformSources => {
  const state = sources.map((source) => source.state).reduce((worst, next) => (rank[next] < rank[worst] ? next : worst))
  const why = shared(sources.map((source) => source.why))
  const quotas = sources.flatMap(({ quotaLeft }) => quotaLeft ?? [])
  return {
    platform,
    state,
    why,
    lastSuccess: sources.reduce<string | null>((last, next) => ((next.lastSuccess ?? "") > (last ?? "") ? next.lastSuccess : last), null),
    quotaLeft: quotas.length === 0 ? null : Math.min(...quotas),
    signalsLastHour: Math.max(...sources.map(({ signalsLastHour }) => signalsLastHour)),
    targets: sources.map((source) => ({
      name: targetName(source),
      active: source.active,
      state: source.state === state ? null : source.state,
      why: source.why === why ? null : source.why,
      lagSeconds: source.state === "off" || (source.lagSeconds ?? 0) < BEHIND_SECONDS ? null : source.lagSeconds,
      warmStart: source.warmStart !== null && source.warmStart < 1 ? source.warmStart : null,
    })),
  }
}

/** The platforms in the order of their first source, each with its targets. */
export const groupsOf = (sources: ReadonlyArray<SourceView>): ReadonlyArray<PlatformSources> => {
  const groups = new Map<string, Array<SourceView>>()
  for (const source of sources) {
    const group = groups.get(source.platform)
    if (group === undefined) groups.set(source.platform, [source])
    else group.push(source)
  }
  return [...groups].map(([platform, group]) => groupOf(platform, group))
}

/** A lag in words; under a minute in seconds. */
export const lagWords = (seconds: number | null): string => {
  if (seconds === null) return "–"
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
