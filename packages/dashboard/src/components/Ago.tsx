import { exact, useAgo } from "../view/time.ts"

/** How long ago, kept true as time passes; the exact time on hover. */
export const Ago = ({ at, suffix = "" }: { readonly at: string | number; readonly suffix?: string }) => {
  const time = typeof at === "number" ? at : Date.parse(at)
  const words = useAgo(time)
  return (
    <time className="ago" dateTime={Number.isFinite(time) ? new Date(time).toISOString() : ""} title={exact(time)}>
      {words === "now" ? words : words + suffix}
    </time>
  )
}
