import { Hint } from "../../components/Hint.tsx"
import { platformLetters, platformName } from "../../view/platforms.ts"
import { duration } from "../../view/time.ts"

const USUAL =
  "What the last days lead you to expect of this topic in a window like this one: at this volume of the platform, at this hour. “5×” is five times as many authors as that."
const FEELING =
  "The mean sentiment of the English posts in the window, from −1 (negative, orange) to +1 (positive, blue). A dash: fewer than five posts to judge by."
const STATES =
  "Rising: far more authors than chance explains, and it began lately. Cooling: past its height, which is what the number tells. Nothing unusual: within what chance explains."

/** What is counted, over which time, and what the marks mean: said once, above the rows. */
export const Explain = ({ platforms, windowMinutes }: { readonly platforms: ReadonlyArray<string>; readonly windowMinutes: number }) => (
  <p className="explain">
    <span>
      Distinct authors who name a topic within {duration(windowMinutes * 60_000)}, beside what is <Hint text={USUAL}>usual</Hint>.
    </span>
    <span className="explain-marks">
      <Hint
        text={`${platforms.map((platform) => `${platformLetters(platform)} ${platformName(platform)}`).join(", ")}. Framed: the burst has reached it. Plain: it is named there as ever.`}
      >
        platforms
      </Hint>
      <Hint text={FEELING}>feeling</Hint>
      <Hint text={STATES}>states</Hint>
    </span>
  </p>
)
