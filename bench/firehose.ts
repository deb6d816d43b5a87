import { readFileSync } from "node:fs"
import type { Result } from "./main.ts"
import { post, type Running, withProgram } from "./program.ts"

/** Events per second, and for how long. */
const PHASES = [
  { name: "steady 300/s", perSecond: 300, seconds: 20 },
  { name: "burst 3,000/s", perSecond: 3_000, seconds: 5 },
  { name: "steady again 300/s", perSecond: 300, seconds: 15 },
] as const

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

/** Bluesky at its own pace and at ten times that: is anything lost, does memory grow, is the lag shown and made up for? */
export const measure = (): Promise<ReadonlyArray<Result>> =>
  withProgram(async (running) => {
    const results: Array<Result> = []
    const sent: Array<string> = []
    for (const { name, perSecond, seconds } of PHASES) {
      const rss: Array<number> = []
      let lag = 0
      const watch = setInterval(() => {
        rss.push(rssMb(running.pid))
        void bluesky(running).then((now) => (lag = Math.max(lag, now.lag)))
      }, 2_000)
      const posted = await post(running.simulated, perSecond * seconds, perSecond)
      const out = performance.now()
      sent.push(...posted.map(({ id }) => id))
      while ((await bluesky(running)).stored < sent.length) await new Promise((wait) => setTimeout(wait, 1_500))
      clearInterval(watch)
      results.push({
        name,
        n: posted.length,
        data: "posts of the simulator on Jetstream",
        signalsPerSecond: perSecond,
        rssMb: Math.max(...rss, rssMb(running.pid)),
        detail: {
          "largest lag shown, s": lag.toFixed(1),
          "stored after the last went out, s": ((performance.now() - out) / 1_000).toFixed(1),
        },
      })
    }
    const stored = await everything(running, sent.length)
    const lost = sent.filter((id) => !stored.has(id)).length
    if (lost > 0) throw new Error(`${lost} of ${sent.length} posts were lost`)
    return results
  })
