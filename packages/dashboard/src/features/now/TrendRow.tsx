import type { TrendingTopic } from "@signalflow/domain/api/Trends"
import { Icon } from "../../components/Icon.tsx"
import { PageLink } from "../../components/PageLink.tsx"
import { PlatformMark } from "../../components/PlatformMark.tsx"
import { SentimentMark } from "../../components/SentimentMark.tsx"
import { Sparkline } from "../../components/Sparkline.tsx"
import { Tinted } from "../../components/Tinted.tsx"
import { bucketOf, bucketStart, drawn } from "../../view/series.ts"
import type { NowRoute } from "../../view/route.ts"
import { clock, duration, useNow } from "../../view/time.ts"
import { arrivals, beganAt, beginning, count, height, plural, times } from "../../view/words.ts"

interface TrendRowProps {
  readonly topic: TrendingTopic
  readonly rank: number | null
  readonly route: NowRoute
  readonly asOf: number
}

const arrows = { rising: "up", cooling: "down", steady: "level", cold: "level" } as const
const words = { rising: "rising", cooling: "cooling", steady: "nothing unusual", cold: "not compared yet" } as const

const subline = (topic: TrendingTopic, now: number): string => {
  const span = duration(topic.windowMinutes * 60_000)
  const people = topic.observed === 0 ? "quiet now" : `${plural(topic.observed, "author")} in\u00a0${span}`
  const began = beginning(topic, now)
  const volume = topic.signals24h === 0 ? null : `${plural(topic.signals24h, "post")} in 24 h`
  return [people, began?.replace("Began", "began") ?? volume].filter((part) => part !== null).join(" · ")
}

/** The number of a row and the words below it. What has cooled tells its height, not that it is quiet. */
const figure = (topic: TrendingTopic, now: number): { readonly value: string; readonly words: string } => {
  const was = height(topic, now)
  if (was !== null) return { value: was.was, words: was.when }
  if (topic.ratio !== null && topic.ratio >= 0.05) return { value: times(topic.ratio), words: "usual" }
  return topic.observed === 0
    ? { value: "–", words: "quiet" }
    : { value: count(topic.observed), words: topic.observed === 1 ? "author" : "authors" }
}

const sinceIndex = (topic: TrendingTopic, asOf: number): number | null => {
  const began = beganAt(topic)
  if (began === null || topic.state !== "rising") return null
  return Math.max(0, Math.min(topic.sparkline.length - 1, bucketOf(began) - bucketOf(asOf) + topic.sparkline.length - 1))
}

const seriesWords = (series: TrendingTopic["sparkline"], asOf: number, now: number): string => {
  const most = Math.max(0, ...series.map((value) => value ?? 0))
  if (most === 0) return "No authors in the last 24 hours"
  const at = bucketStart(series.lastIndexOf(most), series.length, asOf)
  return `Authors per quarter hour over 24 hours: at most ${count(most)}, at ${clock(at, now)}`
}

/** One topic, one number, one click to the evidence. */
export const TrendRow = ({ topic, rank, route, asOf }: TrendRowProps) => {
  const now = useNow(60_000)
  const { value, words: unit } = figure(topic, now)
  const open = route.topic === topic.topic
  const target: NowRoute = { ...route, topic: open ? null : topic.topic }
  const reached = arrivals(topic).map(({ platform }) => platform)
  const marks = [...reached, ...topic.platforms.map(({ platform }) => platform).filter((platform) => !reached.includes(platform))]
  return (
    <li className={`trend trend-${topic.state}${open ? " trend-open" : ""}`}>
      <span className="trend-rank">{rank}</span>
      <span className="trend-arrow">
        <Icon name={arrows[topic.state]} />
      </span>
      <div className="trend-name">
        <PageLink className="trend-label" to={target} data-row="" aria-expanded={open}>
          {topic.label}
          <span className="sr">, {words[topic.state]}</span>
        </PageLink>
        <span className="trend-sub">{subline(topic, now)}</span>
      </div>
      <Sparkline values={drawn(topic.sparkline, asOf)} since={sinceIndex(topic, asOf)} label={seriesWords(topic.sparkline, asOf, now)} />
      <span className="trend-number">
        <Tinted className="trend-ratio" value={value} /> <small>{unit}</small>
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
