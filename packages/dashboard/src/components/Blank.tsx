import type { ReactNode } from "react"
import { Icon } from "./Icon.tsx"

interface BlankProps {
  readonly icon: Parameters<typeof Icon>[0]["name"]
  readonly title: string
  readonly children: ReactNode
  readonly action?: ReactNode
  readonly tone?: "plain" | "warn"
}

/** A page or a part of one that has nothing to list: what that means, and what to do next. */
export const Blank = ({ icon, title, children, action, tone = "plain" }: BlankProps) => (
  <div className={`blank blank-${tone}`} role={tone === "warn" ? "alert" : "status"}>
    <span className="blank-icon">
      <Icon name={icon} />
    </span>
    <h2>{title}</h2>
    <div className="blank-text">{children}</div>
    {action === undefined ? null : <div className="blank-action">{action}</div>}
  </div>
)
