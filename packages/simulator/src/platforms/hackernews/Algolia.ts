import type { HackerNewsFeed, HackerNewsHead, HackerNewsItem } from "../../world/Feeds.ts"
import { json, type Protocol, type Reply } from "../../Protocol.ts"

/** A query never yields more than this, whatever the page. */
const CAP = 1000
const HIGHEST_HITS_PER_PAGE = 1000

type Test = (head: HackerNewsHead) => boolean

const tag = (name: string): Test => {
  if (name === "story") return (head) => head.type === "story"
  if (name === "comment" || name === "job" || name === "poll" || name === "pollopt") return (head) => head.type === name
  if (name === "ask_hn") return (head) => head.form === "ask"
  if (name === "show_hn") return (head) => head.form === "show"
  if (name.startsWith("author_")) return (head) => head.by === name.slice(7)
  if (name.startsWith("story_")) return (head) => head.story === Number(name.slice(6))
  // Algolia knows no list of tags: what nothing carries matches nothing.
  return () => false
}

/** `story,(author_a,author_b)`: a comma is AND, within brackets OR. */
const tags = (value: string): Test => {
  const groups = value.match(/\([^)]*\)|[^,()]+/g) ?? []
  const tests = groups.map((group) => {
    const any = group
      .replace(/^\(|\)$/g, "")
      .split(",")
      .filter((name) => name !== "")
      .map(tag)
    return (head: HackerNewsHead) => any.some((test) => test(head))
  })
  return (head) => tests.every((test) => test(head))
}

interface Filter {
  readonly field: "created_at_i" | "points" | "num_comments"
  readonly operator: "<" | "<=" | "=" | ">=" | ">"
  readonly value: number
}

const filters = (value: string): ReadonlyArray<Filter> | null => {
  const parsed = value.split(",").map((each) => {
    const match = /^\s*(created_at_i|points|num_comments)\s*(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)\s*$/.exec(each)
    return match === null ? null : { field: match[1] as Filter["field"], operator: match[2] as Filter["operator"], value: Number(match[3]) }
  })
  return parsed.every((each) => each !== null) ? parsed : null
}

const holds = ({ operator, value }: Filter, actual: number): boolean =>
  operator === "<"
    ? actual < value
    : operator === "<="
      ? actual <= value
      : operator === "="
        ? actual === value
        : operator === ">="
          ? actual >= value
          : actual > value

const bounds = (all: ReadonlyArray<Filter>): readonly [from: number, to: number] => {
  let from = 0
  let to = 253_402_300_799
  for (const { field, operator, value } of all) {
    if (field !== "created_at_i") continue
    if (operator === ">" || operator === ">=" || operator === "=")
      from = Math.max(from, operator === ">" ? Math.floor(value) + 1 : Math.ceil(value))
    if (operator === "<" || operator === "<=" || operator === "=")
      to = Math.min(to, operator === "<" ? Math.ceil(value) - 1 : Math.floor(value))
  }
  return [from, to]
}

const whole = (value: string | null, fallback: number, highest: number): number | null => {
  if (value === null) return fallback
  return /^\d{1,9}$/.test(value) && Number(value) <= highest ? Number(value) : null
}

const wrong = (message: string): Reply => json({ message, status: 400 }, 400)

const tagsOf = (head: HackerNewsHead, item: HackerNewsItem): ReadonlyArray<string> => [
  item.type,
  `author_${head.by}`,
  ...(item.type === "job" ? [] : [`story_${head.story}`]),
  ...(head.form === "ask" ? ["ask_hn"] : head.form === "show" ? ["show_hn"] : []),
]

const hit = (feed: HackerNewsFeed, head: HackerNewsHead, item: HackerNewsItem) => {
  const shared = {
    _tags: tagsOf(head, item),
    author: item.by,
    created_at: new Date(item.time * 1000).toISOString().replace(".000Z", "Z"),
    created_at_i: item.time,
    objectID: String(item.id),
    updated_at: new Date(item.time * 1000).toISOString().replace(".000Z", "Z"),
  }
  const children = item.kids === undefined ? {} : { children: item.kids }
  if (item.type === "comment") {
    const story = feed.item(head.story)
    const about = { story_id: head.story, story_title: story?.title ?? null, ...(story?.url === undefined ? {} : { story_url: story.url }) }
    return { ...shared, ...children, comment_text: item.text, parent_id: item.parent, ...about }
  }
  const said = item.text === undefined ? {} : { story_text: item.text }
  const url = item.url === undefined ? {} : { url: item.url }
  return {
    ...shared,
    ...children,
    num_comments: item.descendants ?? 0,
    points: item.score ?? 1,
    story_id: item.id,
    title: item.title,
    ...said,
    ...url,
  }
}

/** The search API of Hacker News (https://hn.algolia.com/api): by date, newest first. What is deleted or dead is not there. */
export const algolia = (feed: HackerNewsFeed): Protocol => ({
  name: "algolia",
  http: (url) => {
    if (url.pathname !== "/api/v1/search_by_date") return null
    const query = url.searchParams
    const hitsPerPage = whole(query.get("hitsPerPage"), 20, HIGHEST_HITS_PER_PAGE)
    if (hitsPerPage === null) return wrong(`hitsPerPage must be a whole number from 0 to ${HIGHEST_HITS_PER_PAGE}`)
    const page = whole(query.get("page"), 0, 999_999_999)
    if (page === null) return wrong("page must be a whole number")
    const numeric = query.get("numericFilters")
    const parsed = numeric === null || numeric === "" ? [] : filters(numeric)
    if (parsed === null) return wrong(`invalid numericFilters: ${numeric}`)

    const [from, to] = bounds(parsed)
    const counted = parsed.filter((filter) => filter.field !== "created_at_i")
    const words = (query.get("query") ?? "")
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "")
    const wanted = tags(query.get("tags") ?? "")
    const found = feed.heads(from, to).filter((head) => {
      if (!head.alive || !wanted(head)) return false
      if (counted.length === 0 && words.length === 0) return true
      const item = feed.item(head.id)
      if (item === null) return false
      const text = `${item.title ?? ""} ${item.text ?? ""} ${item.url ?? ""} ${item.by ?? ""}`.toLowerCase()
      return (
        words.every((word) => text.includes(word)) &&
        counted.every((each) => holds(each, (each.field === "points" ? item.score : item.descendants) ?? 0))
      )
    })
    const first = page * hitsPerPage
    const hits = found.slice(first, Math.min(first + hitsPerPage, CAP)).flatMap((head) => {
      const item = feed.item(head.id)
      return item === null ? [] : [hit(feed, head, item)]
    })
    const nbPages = hitsPerPage === 0 ? 0 : Math.ceil(Math.min(found.length, CAP) / hitsPerPage)
    const params = query.toString()
    return json({
      exhaustiveNbHits: true,
      hits,
      hitsPerPage,
      nbHits: found.length,
      nbPages,
      page,
      params,
      processingTimeMS: 1,
      query: query.get("query") ?? "",
    })
  },
})
