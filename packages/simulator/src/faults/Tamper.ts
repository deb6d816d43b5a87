import type { Reply } from "../Protocol.ts"
import { random } from "../Random.ts"

/** What may be wrong with an answer that came with 200. */
export type Tampering = "schema" | "malform" | "duplicate" | "reorder"

type Items = Array<unknown>

/** Where the items of a page are, whichever upstream it comes from. */
const itemsOf = (page: unknown): Items | null => {
  if (Array.isArray(page)) return page.length === 2 && typeof page[1] === "object" && page[1] !== null ? itemsOf(page[1]) : page
  if (typeof page !== "object" || page === null) return null
  const { items, hits, data, children } = page as Record<string, unknown>
  if (Array.isArray(items)) return items
  if (Array.isArray(hits)) return hits
  if (Array.isArray(children)) return children
  return typeof data === "object" && data !== null ? itemsOf(data) : null
}

/** None of them can be read as an item, so nothing in the truth depends on them. */
const UNREADABLE: ReadonlyArray<unknown> = [
  null,
  7,
  "item",
  {},
  { kind: "t3", data: { id: 12, name: null, title: ["?"], created_utc: "soon" } },
  { kind: "t1", data: null },
  { kind: "youtube#video", id: { value: 3 }, snippet: "none" },
  { kind: "youtube#commentThread", snippet: { topLevelComment: [] } },
]

/** Valid JSON, but not what was asked for. */
const STRANGE: ReadonlyArray<unknown> = [
  {},
  [],
  null,
  { data: "moved" },
  { kind: "Listing", data: { children: {} } },
  { items: "none" },
  "ok",
]

const KEPT = 64

const ENTRY = /<item>[\s\S]*?<\/item>/g

const shuffled = <A>(items: Array<A>, int: (below: number) => number): Array<A> => {
  for (let i = items.length - 1; i > 0; i--) items.splice(int(i + 1), 0, ...items.splice(i, 1))
  return items
}

/** Spoils answers; of every path it remembers the last page, so that a page can come twice. */
export const tamperer = (seed: number): ((what: Tampering, path: string, reply: Reply) => Reply) => {
  const rng = random(seed, 0x7a43)
  const last = new Map<string, Items>()
  const spoiledFeed = (what: Tampering, body: string): string => {
    if (what === "schema") return "<!doctype html><html><body>Maintenance</body></html>"
    if (what === "malform") return body.replace("</channel>", "<item><pubDate>soon</pubDate></item></channel>")
    const entries = body.match(ENTRY) ?? []
    const order = what === "reorder" ? shuffled([...entries], rng.int) : [...entries, ...entries]
    return body.replaceAll(ENTRY, "").replace("</channel>", () => `${order.join("")}</channel>`)
  }
  return (what, path, reply) => {
    if (reply.status !== 200 || typeof reply.body !== "string") return reply
    if (reply.type === "application/rss+xml") return { ...reply, body: spoiledFeed(what, reply.body) }
    if (reply.type !== "application/json") return reply
    if (what === "schema") return { ...reply, body: JSON.stringify(rng.pick(STRANGE)) }
    const page: unknown = JSON.parse(reply.body)
    const items = itemsOf(page)
    if (items === null) return reply
    if (what === "malform") items.splice(rng.int(items.length + 1), 0, rng.pick(UNREADABLE))
    if (what === "reorder") shuffled(items, rng.int)
    if (what === "duplicate") {
      const again = last.get(path) ?? items
      if (last.size >= KEPT) last.delete(last.keys().next().value!)
      last.set(path, [...items])
      items.unshift(...structuredClone(again))
    }
    return { ...reply, body: JSON.stringify(page) }
  }
}
