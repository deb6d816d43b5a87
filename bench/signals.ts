import { createReadStream, existsSync } from "node:fs"
import { createInterface } from "node:readline"
import { createGunzip } from "node:zlib"
import type { Platform } from "@signalflow/domain/signals/Platform"
import { type Signal, signalId } from "@signalflow/domain/signals/Signal"
import type { Observed } from "@signalflow/domain/signals/SignalEvent"
import { storable } from "@signalflow/domain/signals/Text"

const recorded = new URL("../../shared/data/bluesky/searchPosts/posts_search_2025-08.ndjson.gz", import.meta.url)
const titles = new URL("../../shared/data/hackernews/timeseries/frontpage_2022-02-20_2022-03-06.ndjson.gz", import.meta.url)

const words =
  "market launch open source model update security release data price battery chip energy team report study bridge engine code city".split(
    " ",
  )

async function* linesOf(file: URL) {
  yield* createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Number.POSITIVE_INFINITY })
}

/** Texts to measure with: recorded posts and titles where they are present, else made up. */
export const texts = async (): Promise<{ readonly name: string; readonly texts: ReadonlyArray<string> }> => {
  if (!existsSync(recorded) || !existsSync(titles)) {
    const made = Array.from({ length: 5_000 }, (_, n) =>
      Array.from({ length: 14 }, (_, w) => words[(n * 7 + w * w * (n % 5)) % words.length]).join(" "),
    )
    return { name: "made-up sentences of 14 words", texts: made }
  }
  const all = new Set<string>()
  for await (const line of linesOf(recorded)) {
    const row = JSON.parse(line) as { record?: { text?: unknown } }
    if (typeof row.record?.text === "string") all.add(row.record.text)
  }
  for await (const line of linesOf(titles)) {
    const poll = JSON.parse(line) as { items?: ReadonlyArray<{ title?: unknown }> }
    for (const item of poll.items ?? []) if (typeof item.title === "string") all.add(item.title)
  }
  return { name: `${all.size.toLocaleString("en")} recorded Bluesky posts and Hacker News titles`, texts: [...all] }
}

/** `n` observations of which `again` (0–1) observe a signal anew, spread over the three days before `now`; in order, one by one. */
export function* observations(n: number, again: number, from: ReadonlyArray<string>, now: number): Generator<Observed> {
  const fresh = Math.round(n * (1 - again))
  const every = Math.max(1, Math.round(1 / again))
  let made = 0
  let redone = 0
  for (let i = 0; i < n; i++) {
    const repeat = made > 100 && (i % every === every - 1 || made >= fresh)
    const number = repeat ? (redone++ * 7) % made : made++
    const publishedAt = now - 72 * 3_600_000 + Math.floor((number / fresh) * 71 * 3_600_000)
    const later = repeat ? 60_000 * (2 + redone / made) : 1_000
    const text = storable(from[number % from.length]!, 900)
    yield { _tag: "Observed", signal: signal(number, text, publishedAt, publishedAt + later, repeat ? 5 + (number % 90) : 1) }
  }
}

const signal = (number: number, text: string, publishedAt: number, observedAt: number, score: number): Signal => ({
  id: signalId("bench", number),
  platform: "bench" as Platform,
  kind: "post",
  parentId: null,
  community: `community${number % 40}`,
  author: `author${(number * 31) % 9_000}`,
  title: text.slice(0, 80),
  body: text.slice(80),
  url: null,
  permalink: `https://example.org/${number}`,
  language: "en",
  score,
  comments: score >> 2,
  upvoteRatio: null,
  reposts: null,
  views: null,
  publishedAt: Math.floor(publishedAt),
  observedAt: Math.floor(observedAt),
  flair: null,
  meta: { schemaVersion: 1, producer: "bench", runId: "bench", mode: "new" },
})
