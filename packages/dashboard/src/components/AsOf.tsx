import type { Resource } from "../resource.ts"
import { clock, useNow } from "../time.ts"

/** Says from when something is that could not be asked again. */
export const AsOf = ({ resource }: { readonly resource: Resource<unknown> }) => {
  const now = useNow(60_000)
  if (resource._tag !== "Ready" || resource.failure === null) return null
  return (
    <span className="as-of" title={resource.failure.message}>
      as of {clock(resource.at, now)}
    </span>
  )
}
