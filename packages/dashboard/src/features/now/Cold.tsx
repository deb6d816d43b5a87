import type { SourceView } from "@signalflow/domain/api/Sources"
import { platformName } from "../../view/platforms.ts"
import type { Resource } from "../../server/resource.ts"
import { duration } from "../../view/time.ts"

const HOUR = 3_600_000

const span = (hours: number): string => {
  const days = hours / 24
  if (days === 1) return "one day"
  return Number.isInteger(days) ? `${days} days` : duration(hours * HOUR)
}

/** How much history is missing before “usual” means something, and how far its loading is. */
export const Cold = ({
  have,
  need,
  sources,
}: {
  readonly have: number
  readonly need: number
  readonly sources: Resource<ReadonlyArray<SourceView>>
}) => {
  const loading = sources._tag === "Ready" ? sources.value.filter(({ warmStart }) => warmStart !== null && warmStart < 1) : []
  return (
    <div className="cold" role="status">
      <h2>Still learning what is usual</h2>
      <p>
        “How many times as often as usual” needs {span(need)} of history; <strong>{duration((need - have) * HOUR)} to go</strong>.
      </p>
      <progress value={have} max={need} aria-label={`${duration(have * HOUR)} of ${duration(need * HOUR)} of history`} />
      {loading.map(({ platform, target, warmStart }) => (
        <p key={`${platform}:${target}`} className="cold-source">
          Loading earlier posts of {platformName(platform)}: {Math.floor((warmStart ?? 0) * 100)} %
        </p>
      ))}
    </div>
  )
}
