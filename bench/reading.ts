/** Speed of reading on real texts, one core: `node bench/reading.ts [DATA]`, where DATA is the folder of recorded data. */
import { readFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { emptySnapshot, type ReadableSignal, read, textOf } from "@signalflow/process/reading/Reading"
import { compound } from "@signalflow/process/reading/vader/Vader"

const ROUNDS = 7
const folder = process.argv[2] ?? process.env["SIGNALFLOW_TEST_DATA"] ?? fileURLToPath(new URL("../../shared/data", import.meta.url))

const lines = (path: string): ReadonlyArray<string> => {
  const bytes = readFileSync(join(folder, path))
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
}

interface RedditThing {
  readonly data?: { readonly body?: string; readonly children?: ReadonlyArray<RedditThing>; readonly replies?: RedditThing | "" }
}

const commentsOf = ({ data }: RedditThing): ReadonlyArray<ReadableSignal> => [
  ...(data?.body === undefined ? [] : [{ title: "", body: data.body }]),
  ...(data?.children ?? []).flatMap(commentsOf),
  ...(data?.replies === undefined || data.replies === "" ? [] : commentsOf(data.replies)),
]

const signals: Readonly<Record<string, ReadonlyArray<ReadableSignal>>> = {
  bluesky: lines("bluesky/derived_jetstream/posts_as_jetstream_commits.ndjson.gz").map((line) => {
    const { text, langs } = JSON.parse(line).commit.record as { text: string; langs?: ReadonlyArray<string> }
    return { title: "", body: text, language: langs?.[0] ?? null }
  }),
  hackernews: ["topstories", "newstories"].flatMap((list) =>
    (
      JSON.parse(lines(`hackernews/firebase/${list}_items_2019-11-12.json.gz`).join("\n")) as ReadonlyArray<{
        title?: string
        text?: string
      } | null>
    )
      .filter((item) => item?.title !== undefined)
      .map((item) => ({ title: item!.title!, body: item!.text ?? "" })),
  ),
  reddit: lines("reddit/comments/askreddit_conv5.ndjson.gz").flatMap((line) =>
    (JSON.parse(line) as ReadonlyArray<RedditThing>).flatMap(commentsOf),
  ),
}

const mean = (texts: ReadonlyArray<ReadableSignal>) =>
  Math.round(texts.reduce((sum, signal) => sum + textOf(signal).length, 0) / texts.length)

/** Microseconds an element in the median of the rounds; the first round warms up. */
const timed = <A>(elements: ReadonlyArray<A>, work: (element: A) => unknown): number => {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now()
    for (const element of elements) work(element)
    return ((performance.now() - start) / elements.length) * 1000
  })
  return rounds.slice(1).sort((a, b) => a - b)[Math.floor((ROUNDS - 1) / 2)]!
}

const report = (name: string, n: number, meanLength: number, micros: number) => ({
  name,
  machine: `${cpus()[0]?.model ?? "?"} × ${cpus().length}, Node ${process.versions.node}`,
  n,
  meanLength,
  signalsPerSecond: Math.round(1e6 / micros),
  cpuMsPer1000: Number(micros.toFixed(2)),
})

const tweets = lines("sentiment/golden/vader_golden.tsv.gz")
  .filter((line) => line.startsWith("tweet:"))
  .map((line) => line.split("\t")[1]!)

const all = Object.values(signals).flat()
const results = [
  report("sentiment: tweets", tweets.length, Math.round(tweets.join("").length / tweets.length), timed(tweets, compound)),
  ...Object.entries({ ...signals, all }).map(([name, texts]) =>
    report(
      `read: ${name}`,
      texts.length,
      mean(texts),
      timed(texts, (signal) => read(signal, emptySnapshot)),
    ),
  ),
]

console.log(JSON.stringify({ results, rssMb: Math.round(process.memoryUsage().rss / 2 ** 20) }, null, 2))
