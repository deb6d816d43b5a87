import type { Resource } from "../server/resource.ts"
import { clock, useNow } from "../view/time.ts"
import { Hint } from "./Hint.tsx"

/** Says from when something is that could not be asked again. */
export const AsOf = ({ resource }: { readonly resource: Resource<unknown> }) => {
  const now = useNow(60_000)
  if (resource._tag !== "Ready" || resource.failure === null) return null
  return (
    <span className="as-of">
      <Hint text={`This could not be loaded again: ${resource.failure.message}`}>as of {clock(resource.at, now)}</Hint>
    </span>
  )
}
