import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { FrameSocket } from "../../../src/upstream/FrameSocket.ts"
import { hackerNews } from "../../../src/sources/hackernews/HackerNews.ts"
import { recordedJson } from "../../Recorded.ts"
import type { Upstream } from "../Upstream.ts"
import { NOW, pass, script, shelf } from "./Script.ts"

interface Item {
  readonly id: number
  readonly dead?: boolean
  readonly deleted?: boolean
}

/** Firebase as it stood on 12 November 2019: 500 stories, and between them the numbers of comments that were not recorded, which are null. */
export const recordedHackerNews: Effect.Effect<Upstream> = Effect.gen(function* () {
  yield* TestClock.setTime(NOW)
  const all = (recordedJson("hackernews/firebase/newstories_items_2019-11-12.json.gz") as ReadonlyArray<Item | null>)
    .filter((item) => item !== null)
    .filter(({ dead, deleted }) => dead !== true && deleted !== true)
    .sort((a, b) => a.id - b.id)
  const items = shelf(all, 40)
  const upstream = script(({ pathname }) => {
    const ids = items.shown().map(({ id }) => id)
    const id = Number(/^\/v0\/item\/(\d+)\.json$/.exec(pathname)?.[1])
    if (id > 0) return items.shown().find((item) => item.id === id) ?? null
    if (pathname === "/v0/maxitem.json") return ids.at(-1)
    if (pathname === "/v0/updates.json") return { items: ids.slice(-3), profiles: [] }
    return /^\/v0\/(top|new|best)stories\.json$/.test(pathname) ? ids.slice(-5).reverse() : undefined
  })
  return {
    ...upstream,
    target: { ...hackerNews.targets[0]!, intervalMs: 1_000 },
    settings: { HN_API_URL: "http://hn", HN_SEARCH_URL: "http://hn" },
    outside: Layer.merge(upstream.layer, FrameSocket.layer),
    publish: (n) => Effect.sync(() => items.more(n).map(({ id }) => `hackernews:${id}`)),
    retract: () => undefined,
    subscribers: () => 0,
    pass,
  }
})
