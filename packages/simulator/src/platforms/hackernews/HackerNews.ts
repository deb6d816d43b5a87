import type { Faults } from "../../faults/Faults.ts"
import type { HackerNewsFeed, HackerNewsList } from "../../world/Feeds.ts"
import { json, type Protocol, type Reply } from "../../Protocol.ts"
import { hash, hashText } from "../../Random.ts"

const LISTS: Record<string, HackerNewsList> = {
  topstories: "top",
  newstories: "new",
  beststories: "best",
  askstories: "ask",
  showstories: "show",
  jobstories: "job",
}

/** Ranking the front page reads thousands of stories: once a second is enough. */
const REMEMBER_MS = 1000

/** The Firebase API of Hacker News (https://github.com/HackerNews/API) under `/v0`. */
export const hackerNews = (feed: HackerNewsFeed, faults: Faults, now: () => number): Protocol => {
  const remembered = new Map<string, { readonly at: number; readonly reply: Reply }>()
  const atMostOnceASecond = (name: string, make: () => unknown): Reply => {
    const known = remembered.get(name)
    if (known !== undefined && now() - known.at < REMEMBER_MS) return known.reply
    const reply = json(make())
    remembered.set(name, { at: now(), reply })
    return reply
  }
  const withheld = (id: number, time: number): boolean => {
    const { nullRate, nullForMs } = faults.plan
    if (nullRate === 0 || now() - time * 1000 > nullForMs || hash(id, 0x0) / 4_294_967_296 >= nullRate) return false
    faults.count("null")
    return true
  }
  const item = (id: number): Reply => {
    const found = Number.isSafeInteger(id) ? feed.item(id) : null
    return json(found === null || withheld(id, found.time) ? null : found)
  }
  return {
    name: "hackernews",
    http: ({ pathname }) => {
      const name = /^\/v0\/(.+)\.json$/.exec(pathname)?.[1]
      if (name === undefined) return null
      if (name === "maxitem") return json(feed.maxId())
      if (name === "updates") return atMostOnceASecond(name, feed.updates)
      if (name.startsWith("item/")) return item(/^item\/\d+$/.test(name) ? Number(name.slice(5)) : NaN)
      if (/^user\/[\w-]+$/.test(name))
        return json({ created: 1_400_000_000 + (hashText(name) % 300_000_000), id: name.slice(5), karma: hashText(name) % 9000 })
      const list = LISTS[name]
      return list === undefined ? null : atMostOnceASecond(name, () => feed.ranked(list))
    },
  }
}
