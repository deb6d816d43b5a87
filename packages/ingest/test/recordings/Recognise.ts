import { asRecord, parsed } from "./Bodies.ts"

export const PLATFORMS = ["hackernews", "bluesky", "reddit", "youtube"] as const
export type PlatformName = (typeof PLATFORMS)[number]

/** Something that one converter of the product reads. */
export interface Item {
  readonly platform: PlatformName
  readonly what:
    | "item"
    | "hit"
    | "frame"
    | "thing"
    | "video"
    | "comment"
    | "commentThread"
    | "searchResult"
    | "playlistItem"
    | "channel"
    | "error"
  readonly body: unknown
}

export interface Recognised {
  readonly items: ReadonlyArray<Item>
  /** Parts of the API that hold no post, comment, story or video: what and how many. */
  readonly beside: Readonly<Record<string, number>>
  /** What the body is when it holds no item; null = nothing that is known. */
  readonly as: string | null
}

const nothing = (as: string | null): Recognised => ({ items: [], beside: {}, as })

const HN_TYPES = new Set(["story", "comment", "job", "poll", "pollopt"])
const isInt = (value: unknown): value is number => Number.isInteger(value)

/** An item of Firebase; one of the search index's trees has `created_at` in place of `time`. */
const isHnItem = (value: unknown): boolean => {
  const { id, type, deleted, dead, created_at } = asRecord(value) ?? {}
  return isInt(id) && created_at === undefined && ((typeof type === "string" && HN_TYPES.has(type)) || deleted === true || dead === true)
}
const isIds = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isInt)

const hnPart = (value: unknown): string | null => {
  if (isIds(value)) return "ids"
  if (isInt(value)) return "newest id"
  const { id, karma, created, items, profiles } = asRecord(value) ?? {}
  if (typeof id === "string" && (karma !== undefined || created !== undefined)) return "user"
  return Array.isArray(items) && Array.isArray(profiles) ? "changed ids" : null
}

/** A hit of the search index that stands outside of its page. */
const isHit = (value: unknown): boolean => {
  const { objectID, created_at_i, _tags } = asRecord(value) ?? {}
  return typeof objectID === "string" && (created_at_i !== undefined || Array.isArray(_tags))
}
const hitsOf = (hits: ReadonlyArray<unknown>): Recognised => ({
  items: hits.map((hit) => ({ platform: "hackernews", what: "hit", body: hit })),
  beside: {},
  as: "hits",
})

const hackerNews = (body: unknown): Recognised | null => {
  if (isHnItem(body)) return { items: [{ platform: "hackernews", what: "item", body }], beside: {}, as: null }
  const part = hnPart(body)
  if (part !== null && typeof body !== "number") return nothing(`Hacker News: ${part}`)
  const hits = asRecord(body)?.["hits"]
  if (Array.isArray(hits)) return hitsOf(hits)
  if (isHit(body)) return hitsOf([body])
  if (Array.isArray(body) && body.some(isHit)) return hitsOf(body)
  const list = Array.isArray(body) ? body : /^\d+$/.test(Object.keys(asRecord(body) ?? {})[0] ?? "") ? Object.values(body as object) : null
  if (list === null || !list.some(isHnItem)) return null
  const items: Array<Item> = []
  const beside: Record<string, number> = {}
  for (const one of list) {
    const other = one === null ? "null" : hnPart(one)
    if (other === null) items.push({ platform: "hackernews", what: "item", body: one })
    else beside[other] = (beside[other] ?? 0) + 1
  }
  return { items, beside, as: null }
}

const V1_KINDS = new Set(["commit", "identity", "account"])

const isFrame = (body: unknown): boolean => {
  const { kind, did, time_us, $type, payload } = asRecord(body) ?? {}
  if ($type === "message" || $type === "error") return asRecord(payload) !== null
  return time_us !== undefined && (did !== undefined || V1_KINDS.has(String(kind)))
}

const bluesky = (body: unknown): Recognised | null => {
  const many = Array.isArray(body) && body.some(isFrame)
  if (many || isFrame(body)) {
    const frames: ReadonlyArray<unknown> = many ? (body as ReadonlyArray<unknown>) : [body]
    return { items: frames.map((frame) => ({ platform: "bluesky", what: "frame", body: frame })), beside: {}, as: null }
  }
  const { uri, record, posts } = asRecord(body) ?? {}
  const view = Array.isArray(posts) ? asRecord(posts[0]) : { uri, record }
  return typeof view?.["uri"] === "string" && view["record"] !== undefined
    ? nothing("posts of searchPosts, which no source reads: the stream has them")
    : null
}

/** Every post and comment beneath a body in reading order, however deep, and the things of other kinds. */
const reddit = (body: unknown): Recognised | null => {
  const items: Array<Item> = []
  const beside: Record<string, number> = {}
  let listings = 0
  const waiting: Array<unknown> = [body]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (typeof one !== "object" || one === null) continue
    const { kind, data } = one as { readonly kind?: unknown; readonly data?: unknown }
    if (typeof data === "object" && typeof kind === "string") {
      if (kind === "t1" || kind === "t3") items.push({ platform: "reddit", what: "thing", body: one })
      else if (kind === "Listing") listings++
      else if (/^(t\d|more|[A-Z]\w{0,30})$/.test(kind)) beside[kind] = (beside[kind] ?? 0) + 1
    }
    waiting.push(...(Array.isArray(one) ? [...one] : Object.values(one)).reverse())
  }
  return items.length === 0 && listings === 0 && Object.keys(beside).length === 0 ? null : { items, beside, as: "no t1 or t3" }
}

const RESOURCES = new Set(["video", "comment", "commentThread", "searchResult", "playlistItem", "channel"])

const youTube = (body: unknown, folder: string): Recognised | null => {
  const record = asRecord(body)
  if (record === null) return null
  const { kind, items, error } = record
  if (error !== undefined && (folder === "youtube" || Array.isArray(asRecord(error)?.["errors"])))
    return { items: [{ platform: "youtube", what: "error", body }], beside: {}, as: null }
  const list = typeof kind === "string" ? /^youtube#(\w+?)(List)?(Response)?$/.exec(kind) : null
  if (list === null) return null
  const isList = Array.isArray(items) || list[2] !== undefined || list[3] !== undefined
  const found: Array<Item> = []
  const beside: Record<string, number> = {}
  for (const one of isList ? (Array.isArray(items) ? items : []) : [body]) {
    const named = asRecord(one)?.["kind"]
    const what = typeof named === "string" ? named.replace("youtube#", "") : list[1] === "search" ? "searchResult" : list[1]!
    if (RESOURCES.has(what)) found.push({ platform: "youtube", what: what as Item["what"], body: one })
    else beside[what] = (beside[what] ?? 0) + 1
  }
  return { items: found, beside, as: `YouTube: ${kind}` }
}

const WRAPPERS = ["body", "response", "content", "result", "payload", "data"]

/** A body may be kept as the text that it came as. */
const written = (value: unknown): unknown => (typeof value === "string" && /^\s*[[{]/.test(value) ? parsed(value)?.value : value)

/** Bodies beside each other in one array or under names of their own, and what they hold together; null when none of them is known. */
const together = (bodies: ReadonlyArray<unknown>, folder: string, depth: number): Recognised | null => {
  const items: Array<Item> = []
  const beside: Record<string, number> = {}
  for (const one of bodies) {
    const body = written(one)
    if (typeof body !== "object" || body === null) continue
    const known = recognise(body, folder, depth + 1)
    items.push(...known.items)
    for (const [what, n] of Object.entries(known.beside)) beside[what] = (beside[what] ?? 0) + n
  }
  return items.length === 0 ? null : { items, beside, as: null }
}

/** What a body is, by its shape; the folder decides only what an error belongs to. */
export const recognise = (body: unknown, folder: string, depth = 0): Recognised => {
  const known = youTube(body, folder) ?? bluesky(body) ?? hackerNews(body) ?? reddit(body)
  if (known !== null) return known
  const record = asRecord(body)
  if (record === null) return (Array.isArray(body) && depth < 3 ? together(body, folder, depth) : null) ?? nothing(null)
  if (typeof record["error"] === "number" || typeof record["error"] === "string") return nothing("a refusal")
  if (typeof record["access_token"] === "string") return nothing("a token")
  for (const name of depth < 3 ? WRAPPERS : []) {
    const value = written(record[name])
    if (typeof value !== "object" || value === null) continue
    const found = recognise(value, folder, depth + 1)
    if (found.items.length > 0) return found
  }
  return (depth < 3 ? together(Object.values(record), folder, depth) : null) ?? nothing(null)
}

/** Says of a body that is like nothing known what it looks like. */
export const looksLike = (body: unknown): string => {
  const one = Array.isArray(body) ? body[0] : body
  const keys = Object.keys(asRecord(one) ?? {}).slice(0, 5)
  const shape = keys.length === 0 ? typeof one : `{${keys.map((key) => key.slice(0, 30)).join(", ")}${keys.length === 5 ? ", …" : ""}}`
  return `the body of no API that is read: ${Array.isArray(body) ? `[${shape}]` : shape}`
}
