import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { useState } from "react"
import type { NowRoute } from "../../view/route.ts"
import { plural } from "../../view/words.ts"
import { arrange } from "./state.ts"
import { TrendRow } from "./TrendRow.tsx"

interface TrendGroupProps {
  readonly title: string | null
  readonly topics: ReadonlyArray<TrendingTopic>
  readonly route: NowRoute
  readonly asOf: number
  /** Rank of the first row; null where rank means nothing. */
  readonly from: number | null
}

/** Topics of one state under their heading. While the pointer is over them, none moves. */
export const TrendGroup = ({ title, topics, route, asOf, from }: TrendGroupProps) => {
  const [held, setHeld] = useState<ReadonlyArray<string> | null>(null)
  const view = arrange(held, topics)
  return (
    <div className="trend-group" onPointerEnter={() => setHeld(topics.map(({ topic }) => topic))} onPointerLeave={() => setHeld(null)}>
      {title === null ? null : (
        <h2 className="divider">
          <span>{title}</span>
        </h2>
      )}
      {view.waiting === 0 ? null : (
        <button type="button" className="waiting" onClick={() => setHeld(null)}>
          {plural(view.waiting, "new topic")}
        </button>
      )}
      <ol className="trends" start={from ?? undefined} aria-label={title ?? "rising"}>
        {view.topics.map((topic, i) => (
          <TrendRow key={topic.topic} topic={topic} rank={from === null ? null : from + i} route={route} asOf={asOf} />
        ))}
      </ol>
    </div>
  )
}
