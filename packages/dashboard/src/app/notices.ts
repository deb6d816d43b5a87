import type { SourceView } from "@signalflow/domain/api/Sources"
import type { TrendPage } from "@signalflow/domain/api/Trends"
import type { LiveStatus } from "../live/socket.ts"
import { platformName } from "../view/platforms.ts"
import type { Resource } from "../server/resource.ts"
import { clock } from "../view/time.ts"

export interface Notice {
  readonly key: string
  readonly tone: "offline" | "degraded"
  readonly text: string
}

/** From the third failed attempt on it is no hiccup. */
const OFFLINE_AFTER = 3

export const isOffline = (status: LiveStatus): boolean => status._tag === "Reconnecting" && status.attempt >= OFFLINE_AFTER

/** What a reader must know before trusting the page: what is stale and since when, which source fails and why. */
export const notices = (
  status: LiveStatus,
  trends: Resource<TrendPage>,
  sources: Resource<ReadonlyArray<SourceView>>,
  now: number,
): ReadonlyArray<Notice> => {
  const all: Array<Notice> = []
  if (status._tag === "Reconnecting" && isOffline(status)) {
    const at = trends._tag === "Ready" ? Math.min(trends.at, status.since) : status.since
    all.push({ key: "offline", tone: "offline", text: `Offline: what is shown is from ${clock(at, now)}. SignalFlow keeps trying.` })
  } else if (trends._tag === "Ready" && trends.failure !== null) {
    all.push({ key: "stale", tone: "offline", text: `Trends are from ${clock(trends.at, now)}: ${trends.failure.message}` })
  }
  if (sources._tag === "Ready") {
    for (const platform of new Set(sources.value.map((source) => source.platform))) {
      const targets = sources.value.filter((source) => source.platform === platform)
      const degraded = targets.filter(({ state }) => state === "degraded")
      const [first, ...others] = degraded
      if (first === undefined) continue
      const since = first.lastSuccess === null ? "" : ` since ${clock(Date.parse(first.lastSuccess), now)}`
      const part =
        degraded.length === targets.length ? "" : ` in part (${first.target}${others.length === 0 ? "" : ` and ${others.length} more`})`
      all.push({
        key: platform,
        tone: "degraded",
        text: `${platformName(platform)} is degraded${part}${since}${first.why === null ? "" : `: ${first.why}`}`,
      })
    }
  }
  return all
}
