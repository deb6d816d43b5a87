import type { ReactNode } from "react"
import { Icon } from "./Icon.tsx"

interface BlankProps {
  readonly icon: Parameters<typeof Icon>[0]["name"]
  readonly title: string
  readonly children: ReactNode
  readonly action?: ReactNode
  readonly tone?: "plain" | "warn"
  /** Where it is the whole page, its title is the page's. */
  readonly level?: 1 | 2
}

/** A page or a part of one that has nothing to list: what that means, and what to do next. */
export const Blank = ({ icon, title, children, action, tone = "plain", level = 2 }: BlankProps) => (
  <div className={`blank blank-${tone}`} role={tone === "warn" ? "alert" : "status"}>
    <span className="blank-icon">
      <Icon name={icon} />
    </span>
    {level === 1 ? <h1>{title}</h1> : <h2>{title}</h2>}
    <div className="blank-text">{children}</div>
    {action === undefined ? null : <div className="blank-action">{action}</div>}
  </div>
)
