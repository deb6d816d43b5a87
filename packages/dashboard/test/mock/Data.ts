import type { SignalView } from "@signalflow/domain/api/SignalView"
import type { SourceView } from "@signalflow/domain/api/Sources"
import type { TrendingTopic, TrendPage } from "@signalflow/domain/api/Trends"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const BUCKET = 15 * MINUTE

export const iso = (at: number): string => new Date(at).toISOString()

/** Mulberry32: one seed, one page. */
export const dice = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

interface Seed {
  readonly topic: string
  readonly label: string
  readonly state: TrendingTopic["state"]
  readonly ratio: number
  readonly expected: number
  readonly surprise: number
  readonly beganMinutes: number | null
  readonly lags: Readonly<Record<string, number>>
  readonly shares: Readonly<Record<string, number>>
  readonly sentiment: number | null
  readonly n: number
}

const seed = (
  label: string,
  state: Seed["state"],
  ratio: number,
  expected: number,
  surprise: number,
  beganMinutes: number | null,
  lags: Seed["lags"],
  shares: Seed["shares"],
  sentiment: number | null,
  n: number,
): Seed => ({ topic: label.toLowerCase(), label, state, ratio, expected, surprise, beganMinutes, lags, shares, sentiment, n })

const seeds: ReadonlyArray<Seed> = [
  seed("Chip export ban", "rising", 38.4, 2.1, 9.4, 125, { bluesky: 0, hackernews: 22 }, { bluesky: 0.7, hackernews: 0.3 }, -0.41, 64),
  seed("SQLite vector search", "rising", 17.2, 1.4, 7.8, 96, { hackernews: 0, bluesky: 41 }, { bluesky: 0.35, hackernews: 0.65 }, 0.38, 22),
  seed("DNS outage", "rising", 12.6, 8.4, 21.3, 48, { bluesky: 0, hackernews: 6 }, { bluesky: 0.82, hackernews: 0.18 }, -0.57, 88),
  seed("Aurora tonight", "rising", 9.1, 6.2, 12.2, 180, { bluesky: 0 }, { bluesky: 0.98, hackernews: 0.02 }, 0.62, 47),
  seed("Browser engine from scratch in Rust", "rising", 6.4, 3.0, 5.1, 75, { hackernews: 0 }, { bluesky: 0.1, hackernews: 0.9 }, 0.21, 17),
  seed("Train strike", "rising", 4.8, 5.5, 4.6, 150, { bluesky: 0 }, { bluesky: 1, hackernews: 0 }, null, 3),
  seed("Postgres", "steady", 1.2, 14, 0.7, null, {}, { bluesky: 0.4, hackernews: 0.6 }, 0.12, 19),
  seed("Climate", "steady", 1.0, 52, 0.3, null, {}, { bluesky: 0.95, hackernews: 0.05 }, -0.18, 44),
  seed("Rust", "steady", 0.9, 23, 0.2, null, {}, { bluesky: 0.3, hackernews: 0.7 }, 0.09, 20),
  seed("Game awards", "cooling", 2.4, 18, 3.2, 640, { bluesky: 0, hackernews: 95 }, { bluesky: 0.93, hackernews: 0.07 }, 0.33, 39),
  seed(
    "Password manager breach",
    "cooling",
    1.9,
    4.2,
    1.6,
    720,
    { hackernews: 0, bluesky: 34 },
    { bluesky: 0.5, hackernews: 0.5 },
    -0.49,
    8,
  ),
  seed("Eurovision draw", "cooling", 1.5, 6, 1.1, 900, { bluesky: 0 }, { bluesky: 1, hackernews: 0 }, 0.27, 9),
]

const sparkline = (of: Seed, random: () => number): ReadonlyArray<number | null> => {
  const base = of.expected / 5
  const began = of.beganMinutes === null ? null : 96 - of.beganMinutes / 15
  return Array.from({ length: 96 }, (_, i) => {
    if (i >= 38 && i < 41) return null
    const daily = 0.7 + 0.5 * Math.sin((i / 96) * 2 * Math.PI - 1)
    const usual = base * daily * (0.5 + random())
    if (began === null || i < began) return Math.round(usual)
    const age = i - began
    const height = of.ratio * base * (of.state === "cooling" ? 3.2 : 1.3)
    const shape = of.state === "cooling" ? (age / 6) * Math.exp(1 - age / 6) : 1 - Math.exp(-(age + 1) / 3)
    return Math.round(usual + height * Math.max(0, shape) * (0.8 + 0.4 * random()))
  })
}

const texts: Readonly<Record<string, ReadonlyArray<string>>> = {
  "chip export ban": [
    "so the chip export ban is real now. every cloud invoice I pay just got more expensive",
    "Commerce department publishes the full text of the chip export ban",
    "reading the chip export ban annex: the memory bandwidth limit is far lower than anyone guessed",
    "The chip export ban will not do what its authors think it will. A short thread on supply chains, and why the second-hand market matters more than the list.",
  ],
  "sqlite vector search": [
    "Show HN: SQLite vector search in 40 kB, no dependencies",
    "SQLite vector search is fast enough that I deleted our whole embedding service today",
  ],
  "dns outage": [
    "is it DNS again? it is DNS again. half of my feeds are down",
    "DNS outage: status page is hosted behind the DNS that is out",
    "Large DNS outage affecting resolvers in Europe",
  ],
  "aurora tonight": [
    "AURORA TONIGHT everyone go outside, green all the way down to the horizon 🌌",
    "Aurora tonight over the harbour. Ten second exposure, phone on a wall",
  ],
  "browser engine from scratch in rust": [
    "A browser engine from scratch in Rust: one year in",
    "The layout code of this browser engine from scratch in Rust is the most readable I have seen",
  ],
  "train strike": [
    "Train strike on Thursday and Friday, check before you travel",
    "train strike means I get to cycle along the canal, silver linings",
  ],
}

const other: ReadonlyArray<string> = [
  "What is the oldest piece of code you still run in production?",
  "Postgres 19 beta: what changed for logical replication",
  "my sourdough finally has an ear and nobody at home understands why I am this happy",
  "Ask HN: How do you keep a side project small?",
  "the game awards stream has better pacing than any keynote I sat through this year",
  "We moved off microservices and our pager has been quiet for a month",
  "Ein ruhiger Morgen am See, und das Handy bleibt in der Tasche.",
  "Rust 1.99 stabilises the thing you have been waiting for",
  "Climate report out today. Page 14 is the one to read.",
  "今日はとても寒いので、温かいお茶を飲みながら本を読んでいます。",
  "The password manager breach post-mortem is refreshingly honest",
  "good morning 💙",
  "lol",
  "https://www.example.org/2026/11/30/a-very-long-headline-that-nobody-typed-by-hand/?utm_source=share&utm_medium=app",
  "@someone.bsky.social no you are right, I misread that",
  "New keyboard day. I type exactly as badly as before, but louder.",
]

const authors = ["mira", "oakline", "tove", "jkp", "lumen", "northbay", "fennel", "quietloop", "ade", "saltmarsh", "ivo", "penrose"]
const round2 = (n: number) => Math.round(n * 100) / 100

/** Signals of the last hours, newest first. */
export const signalsAt = (now: number, count: number, seedNumber = 7): ReadonlyArray<SignalView> => {
  const random = dice(seedNumber)
  const pick = <A>(from: ReadonlyArray<A>): A => from[Math.floor(random() * from.length)] as A
  const named = Object.keys(texts)
  let at = now - 2_000
  return Array.from({ length: count }, (_, i): SignalView => {
    const topic = random() < 0.6 ? pick(named) : null
    const text = pick(topic === null ? other : (texts[topic] ?? other))
    const platform = random() < 0.62 ? "bluesky" : "hackernews"
    const story = platform === "hackernews" && random() < 0.6
    at -= Math.round(800 + random() * 9_000 * (1 + i / 20))
    const compound = round2(Math.max(-0.95, Math.min(0.95, (random() + random() - 1) * 1.2)))
    const spoken = /[぀-ヿ]|Ein /.test(text) ? "other" : "en"
    const author = pick(authors)
    return {
      id: `${platform}:${seedNumber}${i}`,
      platform,
      kind: platform === "bluesky" ? "post" : story ? "story" : "comment",
      parentId: null,
      community: null,
      // The stream names people by identifiers; a handle is learnt later, if ever.
      author: platform === "bluesky" ? `did:plc:${author}o2ppjutm` : author,
      authorName: platform !== "bluesky" ? author : random() < 0.3 ? `${author}.bsky.social` : null,
      title: story ? text : "",
      body: story ? "" : text,
      url: story ? "https://example.org/article" : null,
      permalink: platform === "bluesky" ? "https://bsky.app/profile/example/post/1" : "https://news.ycombinator.com/item?id=1",
      language: spoken,
      score: platform === "bluesky" ? Math.floor(random() ** 9 * 90) : story ? 1 + Math.floor(random() ** 6 * 400) : null,
      comments: Math.floor(random() ** 8 * 120),
      views: null,
      publishedAt: iso(at),
      observedAt: iso(at + 1_500),
      sentiment: spoken === "en" ? { compound, label: compound >= 0.05 ? "positive" : compound <= -0.05 ? "negative" : "neutral" } : null,
      topics: topic === null ? ["postgres", "climate", "rust"].filter((word) => text.toLowerCase().includes(word)) : [topic],
      velocity: { score: round2(random() / 10), comments: 0 },
      trending: { score: 0, isTrending: false },
      heat: round2(random()),
    }
  })
}

const peakOf = (of: Seed, asOf: number): TrendingTopic["peak"] & {} => {
  const ratio = round2(of.ratio * 9)
  return { at: iso(asOf - ((of.beganMinutes ?? 0) - 90) * MINUTE), observed: Math.round(of.expected * ratio), expected: of.expected, ratio }
}

/** A topic by the numbers of one platform, if it is named there. */
export const aloneOn = (platform: string, topic: TrendingTopic): ReadonlyArray<TrendingTopic> => {
  const own = topic.platforms.filter((each) => each.platform === platform && each.observed > 0)
  const [part] = own
  if (part === undefined) return []
  const share = part.observed / Math.max(1, topic.observed)
  return [
    {
      ...topic,
      observed: part.observed,
      expected: part.expected,
      ratio: topic.ratio === null ? null : round2(part.observed / Math.max(0.1, part.expected)),
      since: part.arrivedAt ?? topic.since,
      platforms: own,
      sparkline: topic.sparkline.map((value) => (value === null ? null : Math.round(value * share))),
    },
  ]
}

export const trendsAt = (now: number, cold = false): TrendPage => {
  const random = dice(42)
  const asOf = now - (now % BUCKET)
  const results = seeds.map((of): TrendingTopic => {
    const observed = Math.round(of.expected * of.ratio)
    const since = of.beganMinutes === null ? null : asOf - of.beganMinutes * MINUTE
    return {
      topic: of.topic,
      label: of.label,
      state: cold ? "cold" : of.state,
      observed,
      expected: of.expected,
      ratio: cold ? null : of.ratio,
      surprise: cold ? null : of.surprise,
      windowMinutes: 120,
      since: since === null || cold ? null : iso(since),
      signals24h: observed * 3 + 17,
      sentiment: of.sentiment,
      sentimentN: of.n,
      peak: of.state !== "cooling" || cold || since === null ? null : peakOf(of, asOf),
      platforms: ["bluesky", "hackernews"].map((platform) => {
        const lag = of.lags[platform]
        const share = of.shares[platform] ?? 0
        return {
          platform,
          arrivedAt: since === null || lag === undefined || cold ? null : iso(since + lag * MINUTE),
          observed: Math.round(observed * share),
          expected: round2(of.expected * share),
          counted: true,
        }
      }),
      sparkline: cold ? sparkline(of, random).map((value, i) => (i < 68 ? null : value)) : sparkline(of, random),
      examples: [],
    }
  })
  return { asOf: iso(asOf), historyHours: cold ? 18 : 72, historyNeededHours: 24, results }
}

export const sourcesAt = (now: number, how: "live" | "degraded" | "loading"): ReadonlyArray<SourceView> => [
  {
    platform: "bluesky",
    target: how === "degraded" ? "jetstream v1" : "jetstream v2",
    tier: "fast",
    active: true,
    state: how === "degraded" ? "degraded" : "live",
    why: how === "degraded" ? "no message for 42 min; connected to the fallback stream, which is silent too" : null,
    lastSuccess: iso(now - (how === "degraded" ? 42 * MINUTE : 900)),
    lagSeconds: how === "degraded" ? 2_520 : 1.4,
    quotaLeft: null,
    warmStart: how === "loading" ? 0.43 : null,
    signalsLastHour: how === "degraded" ? 320 : 3_912,
  },
  {
    platform: "hackernews",
    target: "items",
    tier: "fast",
    active: true,
    state: "live",
    why: null,
    lastSuccess: iso(now - 3_100),
    lagSeconds: 6,
    quotaLeft: null,
    warmStart: how === "loading" ? 0.81 : null,
    signalsLastHour: 487,
  },
  {
    platform: "reddit",
    target: "r/all",
    tier: "medium",
    active: false,
    state: "off",
    why: "no credentials: set REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET",
    lastSuccess: null,
    lagSeconds: null,
    quotaLeft: null,
    warmStart: null,
    signalsLastHour: 0,
  },
  {
    platform: "youtube",
    target: "most popular",
    tier: "slow",
    active: true,
    state: "off",
    why: "the daily quota is used up; it is renewed at midnight Pacific time",
    lastSuccess: iso(now - 5 * HOUR),
    lagSeconds: 18_000,
    quotaLeft: 0,
    warmStart: null,
    signalsLastHour: 0,
  },
]
