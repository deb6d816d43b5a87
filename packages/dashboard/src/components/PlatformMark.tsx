import { platformHue, platformLetters, platformName } from "../platforms.ts"

/** A platform in 30 pixels: its hue as a dot, its letters beside it. */
export const PlatformMark = ({ platform, quiet = false }: { readonly platform: string; readonly quiet?: boolean }) => (
  <span className={`mark hue-${platformHue(platform)}${quiet ? " mark-quiet" : ""}`} title={platformName(platform)}>
    <span className="mark-dot" aria-hidden="true" />
    <abbr aria-label={platformName(platform)}>{platformLetters(platform)}</abbr>
  </span>
)
