import { platformLetters, platformName } from "../view/platforms.ts"

interface PlatformMarkProps {
  readonly platform: string
  /** Whether a burst has not reached it. */
  readonly quiet?: boolean
  /** Whether its name stands beside it anyway. */
  readonly named?: boolean
}

/** A platform by its letters; its whole name for those who listen. */
export const PlatformMark = ({ platform, quiet = false, named = false }: PlatformMarkProps) => (
  <span className={quiet ? "mark mark-quiet" : "mark"}>
    <span aria-hidden="true">{platformLetters(platform)}</span>
    {named ? null : <span className="sr">{quiet ? `${platformName(platform)} (not reached) ` : `${platformName(platform)} `}</span>}
  </span>
)
