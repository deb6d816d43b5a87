import { readFileSync } from "node:fs"
import type { Options, Result } from "./Bench.ts"
import type { Memory } from "./memoryProbe.ts"
import { post, type Running, withProgram } from "./program.ts"

interface Phase {
  readonly name: string
  readonly perSecond: number
  readonly seconds: number
}

const steady = (name: string, seconds: number): Phase => ({ name, perSecond: 300, seconds })
const burst = (name: string): Phase => ({ name, perSecond: 3_000, seconds: 5 })
const BURSTS = 3
const DATA = "posts of the simulator on Jetstream"

/** Warm-up, bursts with quiet between them, and a tail that shows what stays. */
const phases = (tail: number): ReadonlyArray<Phase> => [
  steady("300/s", 20),
  ...Array.from({ length: BURSTS }, (_, i) => [burst(`burst ${i + 1} of 3,000/s`), steady(`300/s after burst ${i + 1}`, 15)]).flat(),
  steady("300/s, the tail", tail),
]

/** Megabytes that the process holds; Linux only, else 0. */
const rssMb = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}

/** What the program says of its Bluesky source. */
const bluesky = async ({ base, access }: Running): Promise<{ lag: number; stored: number }> => {
  const response = await fetch(`${base}/api/v1/sources/`, { headers: { authorization: `Bearer ${access}` } })
  const { results = [] } = (await response.json()) as {
    results?: ReadonlyArray<{ platform: string; lagSeconds: number | null; signalsLastHour: number }>
  }
  const found = results.find(({ platform }) => platform === "bluesky")
  return { lag: found?.lagSeconds ?? 0, stored: found?.signalsLastHour ?? 0 }
}

const everything = async ({ base, access }: Running, wanted: number): Promise<Set<string>> => {
  const ids = new Set<string>()
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`
    const response = await fetch(`${base}/api/v1/signals/?platform=bluesky&page_size=200${query}`, {
      headers: { authorization: `Bearer ${access}` },
    })
    if (response.status === 429) {
      await new Promise((wait) => setTimeout(wait, 1_000 * Number(response.headers.get("retry-after") ?? 5)))
      continue
    }
    const page = (await response.json()) as { results: ReadonlyArray<{ id: string }>; next: string | null }
    for (const { id } of page.results) ids.add(id)
    cursor = page.next
  } while (cursor !== null && ids.size < wanted * 2)
  return ids
}

/** What is left when the garbage is gone. The aggregation loads a bucket at a time: its thread holds much or little, as it is met. */
const held = ({ main, workers, external, rss }: Memory) => ({
  "heap after collection, MB": main.toFixed(0),
  "of the aggregation, MB": workers.toFixed(0),
  "memory held outside of them, MB": external.toFixed(0),
  "RSS after collection, MB": rss.toFixed(0),
})

/** One phase: what is shown while it runs, and what is still held when all of it is stored and the garbage is gone. */
const pass = async (running: Running, { name, perSecond, seconds }: Phase, sent: Array<string>): Promise<Result> => {
  const rss: Array<number> = []
  let lag = 0
  const watch = setInterval(() => {
    rss.push(rssMb(running.pid))
    void bluesky(running).then((now) => (lag = Math.max(lag, now.lag)))
  }, 2_000)
  const posted = await post(running.simulated, perSecond * seconds, perSecond)
  const out = performance.now()
  for (const { id } of posted) sent.push(id)
  while ((await bluesky(running)).stored < sent.length) await new Promise((wait) => setTimeout(wait, 1_500))
  clearInterval(watch)
  const recovered = (performance.now() - out) / 1_000
  const { lag: after } = await bluesky(running)
  const kept = await running.memory()
  return {
    name,
    n: posted.length,
    data: DATA,
    signalsPerSecond: perSecond,
    rssMb: Math.max(...rss, kept.rss),
    detail: {
      "largest lag shown, s": lag.toFixed(1),
      "lag shown when all was stored, s": after.toFixed(1),
      "stored after the last went out, s": recovered.toFixed(1),
      ...held(kept),
    },
  }
}

/** What the bursts after the first and the tail have added. */
const overall = (results: ReadonlyArray<Result>): Result => {
  const [, , first] = results
  const last = results.at(-1)!
  const n = results.reduce((sum, { n }) => sum + n, 0)
  const change = (what: keyof ReturnType<typeof held>) => `${String(first!.detail![what])} → ${String(last.detail![what])}`
  const detail = {
    "heap after collection, MB": change("heap after collection, MB"),
    "RSS after collection, MB": change("RSS after collection, MB"),
    lost: 0,
  }
  return { name: "from the first burst to the end", n, data: DATA, rssMb: Math.max(...results.map(({ rssMb = 0 }) => rssMb)), detail }
}

/** Bluesky at its own pace and at ten times that: is anything lost, does memory grow, is the lag shown and made up for? */
export const measure = ({ seconds = 60 }: Options): Promise<ReadonlyArray<Result>> =>
  withProgram(async (running) => {
    const atRest = await running.memory()
    const results: Array<Result> = [{ name: "before the first post", n: 0, data: DATA, rssMb: atRest.rss, detail: held(atRest) }]
    const sent: Array<string> = []
    for (const phase of phases(seconds)) results.push(await pass(running, phase, sent))
    results.push(overall(results))
    const stored = await everything(running, sent.length)
    const lost = sent.filter((id) => !stored.has(id)).length
    if (lost > 0) throw new Error(`${lost} of ${sent.length} posts were lost`)
    return results
  })
