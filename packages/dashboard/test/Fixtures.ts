import type { SignalView } from "@signalflow/domain/api/SignalView"
import type { SourceView } from "@signalflow/domain/api/Sources"
import type { TrendingTopic, TrendPage } from "@signalflow/domain/api/Trends"
import type { LiveFrame } from "@signalflow/domain/live/LiveFrame"
import type { Resource } from "../src/server/resource.ts"

export const NOON = Date.UTC(2026, 2, 10, 12, 0, 0)
export const at = (seconds: number): string => new Date(NOON + seconds * 1_000).toISOString()

export const signal = (id: string, over: Partial<SignalView> = {}): SignalView => ({
  id,
  platform: id.slice(0, id.indexOf(":")),
  kind: "post",
  parentId: null,
  community: null,
  author: "mira",
  title: "",
  body: `text of ${id}`,
  url: null,
  permalink: "https://example.org/1",
  language: "en",
  score: 1,
  comments: 0,
  views: null,
  publishedAt: at(0),
  observedAt: at(0),
  sentiment: null,
  topics: [],
  velocity: null,
  trending: { score: 0, isTrending: false },
  heat: 0,
  ...over,
})

export const frame = (offset: number, id: string, over: Partial<SignalView> = {}, epoch = "e1"): LiveFrame => ({
  type: "signal",
  epoch,
  offset,
  signal: signal(id, over),
})

export const topic = (name: string, over: Partial<TrendingTopic> = {}): TrendingTopic => ({
  topic: name,
  label: name,
  state: "rising",
  observed: 81,
  expected: 2.1,
  ratio: 38.4,
  surprise: 9.4,
  windowMinutes: 120,
  since: at(-7_200),
  signals24h: 260,
  sentiment: -0.41,
  sentimentN: 64,
  platforms: [
    { platform: "bluesky", arrivedAt: at(-7_200), observed: 57, expected: 1.5 },
    { platform: "hackernews", arrivedAt: at(-5_880), observed: 24, expected: 0.6 },
  ],
  sparkline: Array.from({ length: 96 }, (_, i) => (i < 88 ? 1 : i)),
  examples: [],
  ...over,
})

export const trends = (results: ReadonlyArray<TrendingTopic>, over: Partial<TrendPage> = {}): TrendPage => ({
  asOf: at(0),
  historyHours: 72,
  historyNeededHours: 24,
  results,
  ...over,
})

export const source = (platform: string, over: Partial<SourceView> = {}): SourceView => ({
  platform,
  target: "all",
  tier: "fast",
  active: true,
  state: "live",
  why: null,
  lastSuccess: at(0),
  lagSeconds: 2,
  quotaLeft: null,
  warmStart: null,
  signalsLastHour: 10,
  ...over,
})

export const ready = <A>(value: A): Resource<A> => ({ _tag: "Ready", value, at: NOON, failure: null })
