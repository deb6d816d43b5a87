import { matches } from "@signalflow/domain/query/Matches"
import { allOf } from "@signalflow/domain/query/Query"
import type { SignalPage } from "@signalflow/domain/api/Signals"
import type { SignalView } from "@signalflow/domain/api/SignalView"
import type { SignalQuery } from "../../server/client.ts"
import type { Failure } from "../../server/failure.ts"
import type { PostsRoute } from "../../view/route.ts"

const PAGE = 40
/** Rows kept in the page; who wants more narrows the filter. */
export const MOST = 1_000

/** Pages read so far for one question. */
export interface PostsData {
  readonly rows: ReadonlyArray<SignalView>
  readonly next: string | null
  readonly asking: boolean
  readonly failure: Failure | null
  readonly loaded: boolean
}

export type PostsEvent =
  | { readonly _tag: "Asked" }
  | { readonly _tag: "Answered"; readonly page: SignalPage }
  | { readonly _tag: "Failed"; readonly failure: Failure }

export const noPosts: PostsData = { rows: [], next: null, asking: true, failure: null, loaded: false }

/** A row that moved between two pages is kept where it was first. */
const append = (rows: ReadonlyArray<SignalView>, more: ReadonlyArray<SignalView>): ReadonlyArray<SignalView> => {
  const seen = new Set(rows.map(({ id }) => id))
  return [...rows, ...more.filter(({ id }) => !seen.has(id))]
}

export const postsReducer = (data: PostsData, event: PostsEvent): PostsData => {
  switch (event._tag) {
    case "Asked":
      return { ...data, asking: true, failure: null }
    case "Failed":
      return { ...data, asking: false, failure: event.failure }
    case "Answered": {
      const rows = append(data.rows, event.page.results)
      return { rows, next: rows.length >= MOST ? null : event.page.next, asking: false, failure: null, loaded: true }
    }
  }
}

export type PostsState =
  | { readonly _tag: "Loading" }
  | { readonly _tag: "Failed"; readonly failure: Failure }
  | { readonly _tag: "Empty"; readonly filtered: boolean }
  | {
      readonly _tag: "Ready"
      readonly rows: ReadonlyArray<SignalView>
      readonly more: "ask" | "asking" | "end" | "bound"
      readonly failure: Failure | null
    }

const filtersOf = ({ platform, kind, sentiment, topic }: PostsRoute) => ({ platform, kind, sentiment, topic })

export const isFiltered = (route: PostsRoute): boolean => Object.values(filtersOf(route)).some((value) => value !== null)

/** What the page shows. `gone` = ids removed since the pages were read. */
export const postsState = (data: PostsData, route: PostsRoute, gone: ReadonlySet<string>): PostsState => {
  if (!data.loaded) return data.failure === null ? { _tag: "Loading" } : { _tag: "Failed", failure: data.failure }
  const rows = data.rows.filter(({ id }) => !gone.has(id))
  if (rows.length === 0 && data.next === null) return { _tag: "Empty", filtered: isFiltered(route) }
  const more = data.asking ? "asking" : data.next !== null ? "ask" : data.rows.length >= MOST ? "bound" : "end"
  return { _tag: "Ready", rows, more, failure: data.failure }
}

export const queryOf = (route: PostsRoute, cursor: string | null): SignalQuery => ({
  page_size: PAGE,
  sort: route.sort,
  ...Object.fromEntries(Object.entries(filtersOf(route)).filter(([, value]) => value !== null)),
  ...(cursor === null ? {} : { cursor }),
})

/** How many of the signals that came live would stand above the first row. */
export const newerThan = (data: PostsData, route: PostsRoute, live: ReadonlyArray<SignalView>): number => {
  if (!data.loaded || route.sort !== "new") return 0
  const first = data.rows[0]
  const meant = matches(allOf(filtersOf(route)))
  const known = new Set(data.rows.map(({ id }) => id))
  return live.filter((signal) => !known.has(signal.id) && (first === undefined || signal.publishedAt > first.publishedAt) && meant(signal))
    .length
}
