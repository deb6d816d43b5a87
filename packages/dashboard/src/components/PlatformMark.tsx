import { platformLetters, platformName } from "../platforms.ts"

/** A platform by its letters; its whole name for those who listen. `quiet` = a burst has not reached it. */
export const PlatformMark = ({ platform, quiet = false }: { readonly platform: string; readonly quiet?: boolean }) => (
  <span className={quiet ? "mark mark-quiet" : "mark"}>
    <span aria-hidden="true">{platformLetters(platform)}</span>
    <span className="sr">{quiet ? `${platformName(platform)} (not reached) ` : `${platformName(platform)} `}</span>
  </span>
)
