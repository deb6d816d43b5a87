import { pages } from "@signalflow/domain/api/Pages"
import { useSyncExternalStore } from "react"

export const kinds = ["post", "story", "comment", "video"] as const
export const sentiments = ["positive", "neutral", "negative"] as const
export const sorts = ["new", "hot"] as const

export interface NowRoute {
  readonly page: "now"
  readonly platform: string | null
  /** Narrows the list by text. */
  readonly find: string
  /** The topic whose evidence is open. */
  readonly topic: string | null
  /** Whether topics that are as usual are shown too. */
  readonly usual: "shown" | null
  /** Whether a phone shows more than the first rows. */
  readonly rows: "all" | null
}

export interface PostsRoute {
  readonly page: "posts"
  readonly platform: string | null
  readonly kind: (typeof kinds)[number] | null
  readonly sentiment: (typeof sentiments)[number] | null
  readonly topic: string | null
  readonly sort: (typeof sorts)[number]
}

interface SourcesRoute {
  readonly page: "sources"
}

export type Route = NowRoute | PostsRoute | SourcesRoute | { readonly page: "unknown"; readonly path: string }

export const nowRoute: NowRoute = { page: "now", platform: null, find: "", topic: null, usual: null, rows: null }
export const postsRoute: PostsRoute = { page: "posts", platform: null, kind: null, sentiment: null, topic: null, sort: "new" }

const LIMIT = 200
const text = (query: URLSearchParams, name: string): string | null => {
  const value = query.get(name)?.slice(0, LIMIT).trim() ?? ""
  return value === "" ? null : value
}
const one = <A extends string>(query: URLSearchParams, name: string, allowed: ReadonlyArray<A>): A | null =>
  allowed.find((value) => value === query.get(name)) ?? null

/** What a URL asks for. A value that is not understood is left out, never an error. */
export const parseRoute = (url: URL): Route => {
  const query = url.searchParams
  switch (url.pathname.replace(/\/+$/, "")) {
    case "":
    case "/index.html":
      return {
        page: "now",
        platform: text(query, "platform"),
        find: text(query, "find") ?? "",
        topic: text(query, "topic"),
        usual: one(query, "usual", ["shown"] as const),
        rows: one(query, "rows", ["all"] as const),
      }
    case pages.posts:
      return {
        page: "posts",
        platform: text(query, "platform"),
        kind: one(query, "kind", kinds),
        sentiment: one(query, "sentiment", sentiments),
        topic: text(query, "topic"),
        sort: one(query, "sort", sorts) ?? "new",
      }
    case pages.sources:
      return { page: "sources" }
    default:
      return { page: "unknown", path: url.pathname }
  }
}

/** The shortest URL for a route: what is as usual is left out. */
export const formatRoute = (route: Route): string => {
  if (route.page === "unknown") return route.path
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(route)) {
    if (name === "page" || value === null || value === "" || (name === "sort" && value === "new")) continue
    query.set(name, value)
  }
  const search = query.toString()
  return pages[route.page] + (search === "" ? "" : `?${search}`)
}

const MOVED = "signalflow:moved"

export const navigate = (to: Route, how: "push" | "replace" = "push"): void => {
  const href = formatRoute(to)
  if (how === "replace" || href === location.pathname + location.search) history.replaceState(null, "", href)
  else history.pushState(null, "", href)
  dispatchEvent(new Event(MOVED))
}

const subscribe = (listener: () => void) => {
  addEventListener("popstate", listener)
  addEventListener(MOVED, listener)
  return () => {
    removeEventListener("popstate", listener)
    removeEventListener(MOVED, listener)
  }
}

export const useHref = (): string => useSyncExternalStore(subscribe, () => location.pathname + location.search)
