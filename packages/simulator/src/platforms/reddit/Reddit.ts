import type { Faults } from "../../faults/Faults.ts"
import type { RedditFeed, RedditSort } from "../../world/Feeds.ts"
import { json, type Protocol, type Reply } from "../../Protocol.ts"
import { redditAccess, type RedditOptions } from "./RedditAccess.ts"
import { t5 } from "./RedditCommunity.ts"
import { listing, t1, t3 } from "./RedditThings.ts"
import { commentTree } from "./RedditThread.ts"

export { CLIENT_ID, CLIENT_SECRET, type RedditOptions } from "./RedditAccess.ts"

const SORTS: ReadonlyArray<string> = ["new", "hot", "top", "rising"] satisfies ReadonlyArray<RedditSort>
const LARGEST_PAGE = 100
const USUAL_PAGE = 25
const MOST_IDS = 100
const HOURS: Record<string, number> = { hour: 1, day: 24, week: 168, month: 720, year: 8760, all: 87_600 }

interface Answer {
  readonly value: unknown
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}
const NOT_FOUND: Answer = { value: { message: "Not Found", error: 404 }, status: 404 }
const BAD_REQUEST: Answer = { value: { message: "Bad Request", error: 400 }, status: 400 }

const between = (value: string | null, fallback: number, low: number, high: number): number => {
  const given = value === null || !/^-?\d+$/.test(value) ? fallback : Number(value)
  return Math.min(high, Math.max(low, given))
}

/** Without `raw_json=1` the site escapes these three in every string. */
const guarded = (_: string, value: unknown) =>
  typeof value === "string" ? value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;") : value

/** The Data API (https://www.reddit.com/dev/api) with its token endpoint. */
export const reddit = (open: () => RedditFeed, faults: Faults, now: () => number, options: RedditOptions = {}): Protocol => {
  const access = redditAccess(faults, now, options)

  const anchorOf = (feed: RedditFeed, name: string | null) => {
    const [, kind, id] = /^(t[135])_([0-9a-z]+)$/.exec(name ?? "") ?? []
    // A name that leads nowhere is as good as none: the first page comes again.
    return id === undefined || kind !== "t3" || feed.post(id) === null ? null : id
  }

  const page = (feed: RedditFeed, sort: RedditSort, ids: ReadonlyArray<string>, query: URLSearchParams): Answer => {
    const limit = between(query.get("limit"), USUAL_PAGE, 1, LARGEST_PAGE)
    const after = anchorOf(feed, query.get("after"))
    const before = anchorOf(feed, query.get("before"))
    let rest = ids
    if (after !== null && sort === "new") rest = ids.filter((id) => parseInt(id, 36) < parseInt(after, 36))
    else if (after !== null) rest = ids.includes(after) ? ids.slice(ids.indexOf(after) + 1) : []
    else if (before !== null) {
      // An anchor that was taken out of the listing has nothing before it.
      const at = ids.indexOf(before)
      rest = at < 0 ? [] : ids.slice(Math.max(0, at - limit), at)
    }
    const shown = rest.slice(0, limit)
    const last = shown.at(-1)
    const children = shown.flatMap((id) => {
      const post = feed.post(id)
      return post === null ? [] : [t3(post)]
    })
    return { value: listing(children, rest.length > limit && last !== undefined ? `t3_${last}` : null) }
  }

  const community = (feed: RedditFeed, names: string): { readonly names: ReadonlySet<string> } | { readonly refusal: Answer } => {
    const open = feed.subreddits.filter(({ type }) => type === "public")
    const asked = names.split("+").map((name) => name.toLowerCase())
    if (asked.includes("all") || asked.includes("popular")) return { names: new Set(open.map(({ name }) => name)) }
    if (asked.length > 1) {
      // Of several, those that are closed or unknown are left out without a word.
      const found = open.filter(({ name }) => asked.includes(name.toLowerCase()))
      return found.length === 0 ? { refusal: NOT_FOUND } : { names: new Set(found.map(({ name }) => name)) }
    }
    if (!/^\w{2,21}$/.test(names)) return { refusal: NOT_FOUND }
    const found = feed.subreddits.find(({ name }) => name.toLowerCase() === asked[0])
    if (found === undefined)
      return { refusal: { value: {}, status: 302, headers: { location: `/subreddits/search?q=${encodeURIComponent(names)}` } } }
    if (found.type === "private") return { refusal: { value: { reason: "private", message: "Forbidden", error: 403 }, status: 403 } }
    if (found.type === "banned") return { refusal: { value: { reason: "banned", message: "Not Found", error: 404 }, status: 404 } }
    return { names: new Set([found.name]) }
  }

  const info = (feed: RedditFeed, query: URLSearchParams): Answer => {
    const names = (query.get("id") ?? "").split(",").filter((name) => name !== "")
    if (names.length > MOST_IDS) return BAD_REQUEST
    const things = [...new Set(names)].flatMap((name): ReadonlyArray<unknown> => {
      const id = name.slice(3)
      if (name.startsWith("t5_")) return feed.subreddits.filter((each) => each.id === id && each.type === "public").map(t5)
      if (name.startsWith("t3_")) {
        const post = feed.post(id)
        return post === null ? [] : [t3(post)]
      }
      const comment = name.startsWith("t1_") ? feed.comment(id) : null
      const link = comment === null ? null : feed.post(comment.link.slice(3))
      return comment === null || link === null ? [] : [t1(comment, link, null, "")]
    })
    return { value: listing(things) }
  }

  const thread = (feed: RedditFeed, id: string, query: URLSearchParams): Answer => {
    const post = feed.post(id)
    if (post === null) return NOT_FOUND
    const limit = between(query.get("limit"), 200, 1, 500)
    const depth = between(query.get("depth"), 10, 1, 10)
    return { value: [listing([t3(post)]), commentTree(feed, post, { limit, depth, newest: query.get("sort") === "new" })] }
  }

  const subreddits = (feed: RedditFeed, path: string, query: URLSearchParams): Answer => {
    const open = feed.subreddits.filter(({ type }) => type === "public")
    const words = (query.get("q") ?? "").toLowerCase()
    const found =
      path === "search"
        ? open.filter(({ name, title }) => words !== "" && `${name} ${title}`.toLowerCase().includes(words))
        : open.toSorted((a, b) => (path === "new" ? b.created - a.created : b.subscribers - a.subscribers))
    const first = found.findIndex(({ id }) => `t5_${id}` === query.get("after")) + 1
    const shown = found.slice(first, first + between(query.get("limit"), USUAL_PAGE, 1, LARGEST_PAGE))
    const last = shown.at(-1)
    return { value: listing(shown.map(t5), last !== undefined && found.at(-1) !== last ? `t5_${last.id}` : null) }
  }

  const inside = (feed: RedditFeed, names: string, rest: string, query: URLSearchParams): Answer => {
    const where = community(feed, names)
    if ("refusal" in where) return where.refusal
    const [first = "", second = ""] = rest.split("/")
    if (first === "comments" && second !== "") return thread(feed, second, query)
    if (first === "about" && second === "") {
      const found = feed.subreddits.find(({ name }) => where.names.has(name))
      return where.names.size === 1 && found !== undefined ? { value: t5(found) } : NOT_FOUND
    }
    const sort = (first === "" ? "hot" : first) as RedditSort
    if (!SORTS.includes(sort) || second !== "") return NOT_FOUND
    return page(feed, sort, feed.listing(sort, where.names, HOURS[query.get("t") ?? "day"] ?? 24), query)
  }

  const route = (path: string, query: URLSearchParams): (() => Answer) | null => {
    if (path === "/api/info") return () => info(open(), query)
    const [, names, rest = ""] = /^\/r\/([^/]+)(?:\/(.*))?$/.exec(path) ?? []
    if (names !== undefined) return () => inside(open(), names.replaceAll(/%2b/gi, "+"), rest, query)
    const id = /^\/comments\/([0-9a-z]+)(?:\/|$)/.exec(path)?.[1]
    if (id !== undefined) return () => thread(open(), id, query)
    const list = /^\/subreddits\/(popular|default|new|search)$/.exec(path)?.[1]
    return list === undefined ? null : () => subreddits(open(), list, query)
  }

  return {
    name: "reddit",
    http: (url, asked): Reply | null => {
      if (url.pathname === "/api/v1/access_token") return asked.method === "POST" ? access.grant(asked) : json(NOT_FOUND.value, 404)
      const path = url.pathname.replace(/\.json$/, "").replace(/\/$/, "")
      const answer = route(path, url.searchParams)
      if (answer === null) return null
      const admitted = access.admit(asked)
      if ("refusal" in admitted) return admitted.refusal
      const { value, status = 200, headers = {} } = answer()
      const body = JSON.stringify(value, url.searchParams.get("raw_json") === "1" ? undefined : guarded)
      return { status, body, type: "application/json", headers: { ...admitted.headers, ...headers } }
    },
  }
}
