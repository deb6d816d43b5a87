import { type SourceConfig, Tier } from "@signalflow/domain/sources/Source"
import type { SourceAdapter } from "@signalflow/ingest/SourceAdapter"
import { sources } from "@signalflow/ingest/Sources"
import { checkTarget, quoted, type TargetRules } from "@signalflow/ingest/targets/TargetCheck"
import { Effect, Result } from "effect"
import { Misused } from "../../print/Failed.ts"

/** What people call a platform besides its name here. */
const ALSO: Readonly<Record<string, string>> = {
  hn: "hackernews",
  ycombinator: "hackernews",
  bsky: "bluesky",
  atproto: "bluesky",
  subreddit: "reddit",
  yt: "youtube",
  rss: "feed",
  atom: "feed",
  jsonfeed: "feed",
  website: "feed",
}

const MOST_EDITS = 3

/** Letters to change, add or leave out to make one word of the other. */
const edits = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

const nearest = (name: string): string | null => {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "")
    .slice(0, 20)
  const also = ALSO[plain]
  if (also !== undefined) return also
  const [best] = sources.map(({ platform }) => [edits(plain, platform), platform] as const).toSorted(([a], [b]) => a - b)
  return best !== undefined && best[0] <= Math.min(MOST_EDITS, plain.length >> 1) ? best[1] : null
}

/** The platform of that name, or which one may be meant. */
export const platformNamed = (name: string): Effect.Effect<SourceAdapter, Misused> => {
  const found = sources.find(({ platform }) => platform === name)
  if (found !== undefined) return Effect.succeed(found)
  const meant = nearest(name)
  const known = `there are ${sources.map(({ platform }) => platform).join(", ")}`
  return Effect.fail(
    new Misused({ message: `No source is called ${quoted(name)}: ${meant === null ? known : `write ${meant} (${known})`}` }),
  )
}

export const tierNamed = (name: string): Effect.Effect<Tier, Misused> => {
  const tier = Tier.literals.find((one) => one === name)
  if (tier !== undefined) return Effect.succeed(tier)
  return Effect.fail(new Misused({ message: `--tier is ${quoted(name)}: it may be fast (30 s), medium (2 min) or slow (10 min)` }))
}

const DAY_SECONDS = 86_400

/** Seconds as an interval in milliseconds. */
export const intervalNamed = (text: string): Effect.Effect<number, Misused> => {
  const seconds = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= 1 && seconds <= DAY_SECONDS) return Effect.succeed(Math.round(seconds * 1_000))
  const more = "write it in seconds, such as --interval 300"
  return Effect.fail(
    new Misused({
      message: `--interval is ${quoted(text)}: an interval must be between 1 second and 1 day (${DAY_SECONDS} seconds); ${more}`,
    }),
  )
}

/** A target that is the same as the one with this key, though perhaps written in another way. */
export const twinOf = (key: string, rules: TargetRules, platform: string, all: ReadonlyArray<SourceConfig>): SourceConfig | null =>
  all.find((config) => {
    if (config.platform !== platform) return false
    const other = checkTarget({ target: config.target, options: {} }, rules, platform)
    return Result.isSuccess(other) && other.success === key
  }) ?? null

const asArgument = (target: string) => (/^[\w@:/.=+-]+$/.test(target) ? target : `'${target.replaceAll("'", `'\\''`)}'`)

export const alreadyWatched = ({ platform, target, active }: SourceConfig): Effect.Effect<never, Misused> => {
  const where = `${platform} ${asArgument(target)}`
  const how = active ? `"signalflow source set ${where}" changes how` : `it is paused, "signalflow source resume ${where}" goes on with it`
  return Effect.fail(new Misused({ message: `${where} is watched already: ${how}` }))
}
