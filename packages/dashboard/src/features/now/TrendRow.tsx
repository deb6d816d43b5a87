import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { Icon } from "../../components/Icon.tsx"
import { PageLink } from "../../components/PageLink.tsx"
import { PlatformMark } from "../../components/PlatformMark.tsx"
import { SentimentMark } from "../../components/SentimentMark.tsx"
import { Sparkline } from "../../components/Sparkline.tsx"
import { Tinted } from "../../components/Tinted.tsx"
import type { NowRoute } from "../../route.ts"
import { clock, duration, useNow } from "../../time.ts"
import { arrivals, beganAt, beginning, evidence, plural, times } from "../../words.ts"

interface TrendRowProps {
  readonly topic: TrendingTopic
  readonly rank: number
  readonly route: NowRoute
  readonly asOf: number
}

const BUCKET = 15 * 60_000
const arrows = { rising: "up", cooling: "down", steady: "level", cold: "level" } as const
const words = { rising: "rising", cooling: "cooling", steady: "as usual", cold: "not compared yet" } as const

const peakOf = (topic: TrendingTopic, asOf: number): number | null => {
  const most = Math.max(...topic.sparkline.map((value) => value ?? 0))
  if (most === 0) return null
  return asOf - (topic.sparkline.length - topic.sparkline.lastIndexOf(most)) * BUCKET
}

const subline = (topic: TrendingTopic, asOf: number, now: number): string => {
  const people = `${plural(topic.observed, "author")} in\u00a0${duration(topic.windowMinutes * 60_000)}`
  if (topic.state === "cooling") {
    const peak = peakOf(topic, asOf)
    return peak === null ? people : `Peaked ${clock(peak, now)} · ${people}`
  }
  const began = beginning(topic, now)
  return began === null ? `${people} · ${plural(topic.signals24h, "post")} in 24 h` : `${began} · ${people}`
}

const sinceIndex = (topic: TrendingTopic, asOf: number): number | null => {
  const began = beganAt(topic)
  if (began === null || topic.state !== "rising") return null
  const at = topic.sparkline.length - Math.ceil((asOf - began) / BUCKET)
  return Math.max(0, Math.min(topic.sparkline.length - 1, at - 1))
}

/** One topic, one number, one click to the evidence. */
export const TrendRow = ({ topic, rank, route, asOf }: TrendRowProps) => {
  const now = useNow(60_000)
  const open = route.topic === topic.topic
  const target: NowRoute = { ...route, topic: open ? null : topic.topic }
  const reached = arrivals(topic).map(({ platform }) => platform)
  const marks = [...reached, ...topic.platforms.map(({ platform }) => platform).filter((platform) => !reached.includes(platform))]
  return (
    <li className={`trend trend-${topic.state}${open ? " trend-open" : ""}`}>
      <span className="trend-rank">{rank}</span>
      <span className="trend-arrow" title={words[topic.state]}>
        <Icon name={arrows[topic.state]} />
      </span>
      <div className="trend-name">
        <PageLink className="trend-label" to={target} data-row="" aria-expanded={open}>
          {topic.label}
          <span className="sr">, {words[topic.state]}</span>
        </PageLink>
        <span className="trend-sub">{subline(topic, asOf, now)}</span>
      </div>
      <Sparkline values={topic.sparkline} since={sinceIndex(topic, asOf)} label={`Authors in the last 24 hours, ${words[topic.state]}`} />
      <span className="trend-number" title={evidence(topic)}>
        {topic.ratio === null ? (
          <Tinted className="trend-ratio" value={String(topic.observed)} />
        ) : (
          <Tinted className="trend-ratio" value={times(topic.ratio)} />
        )}
        <small>{topic.ratio === null ? "authors" : "usual"}</small>
      </span>
      <span className="trend-marks">
        {marks.slice(0, 4).map((platform) => (
          <PlatformMark key={platform} platform={platform} quiet={!reached.includes(platform) && reached.length > 0} />
        ))}
      </span>
      <SentimentMark mean={topic.sentiment} n={topic.sentimentN} />
    </li>
  )
}
