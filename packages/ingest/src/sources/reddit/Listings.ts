import { Effect, Option, Result, type Scope } from "effect"
import { SourceError } from "../../SourceAdapter.ts"
import type { Client } from "./Client.ts"
import * as Gather from "./RequestBatcher.ts"
import { decodePage } from "./Thing.ts"

export const sorts = ["new", "hot", "top", "rising"] as const
export type Sort = (typeof sorts)[number]

const PAGE = 100
/** Reddit gives about 1,000 items of any listing. */
const DEEPEST = 10
const URL_LENGTH = 1_900
const PROBES = 5
const GATHER_MS = 1_000
const OFF_FOR = 3_600_000

/** What a listing holds of one subreddit, newest answer first as Reddit orders it. */
export interface Listed {
  readonly children: ReadonlyArray<unknown>
  readonly askedAt: number
  /** Whether the listing went back to the time that was asked for. */
  readonly complete: boolean
}

export interface Listings {
  /** `since` in unix seconds: how far back `new` has to go; null = one page. */
  readonly poll: (subreddit: string, sort: Sort, since: number | null) => Effect.Effect<Listed, SourceError>
}

const communityOf = (child: unknown) => {
  const name = (child as { data?: { subreddit?: unknown } } | null)?.data?.subreddit
  return typeof name === "string" ? name.toLowerCase() : ""
}
const createdOf = (child: unknown) => {
  const at = (child as { data?: { created_utc?: unknown } } | null)?.data?.created_utc
  return typeof at === "number" ? at : Infinity
}

const refusalOf = (subreddit: string, { status, body }: SourceError): SourceError => {
  const reason = /"reason":\s*"([a-z_]{1,40})"/.exec(body ?? "")?.[1]
  const said = reason ?? (status === 404 || status === 302 ? "there is no such subreddit" : "forbidden")
  return new SourceError({ reason: "off", message: `r/${subreddit} cannot be read: ${said} (${status})`, retryAfterMs: OFF_FOR })
}
const isRefused = ({ status }: SourceError) => status === 302 || status === 403 || status === 404 || status === 451

/** Listings of many subreddits in one request (`/r/a+b+c/new`); a subreddit that is refused costs the others nothing. */
export const make = (client: Client, together: number): Effect.Effect<Listings, never, Scope.Scope> =>
  Effect.gen(function* () {
    /** Subreddits that have answered at least once; the others are asked for alone when a shared listing does not show them. */
    const proven = new Set<string>()
    const refused = new Set<string>()
    const since = new Map<string, number>()

    const page = Effect.fnUntraced(function* (names: ReadonlyArray<string>, sort: Sort, after: string | null) {
      const query = { limit: PAGE, ...(after === null ? {} : { after }), ...(sort === "top" ? { t: "day" } : {}) }
      const { body, askedAt } = yield* client.get(`/r/${names.join("+")}/${sort}`, query, "first")
      const decoded = Option.getOrNull(decodePage(body))
      if (decoded === null)
        return yield* new SourceError({ reason: "malformed", message: `r/${names[0]} sent something else than a listing` })
      // A name that nobody has taken is answered with the results of a search for it.
      if (decoded.children.some((child) => (child as { kind?: unknown } | null)?.kind === "t5"))
        return yield* new SourceError({ reason: "rejected", message: "not found", status: 404, body: "" })
      return { ...decoded, askedAt }
    })

    const listing = Effect.fnUntraced(function* (names: ReadonlyArray<string>, sort: Sort) {
      const floors = sort === "new" ? names.flatMap((name) => since.get(`${sort}/${name}`) ?? []) : []
      const floor = floors.length === 0 ? null : Math.min(...floors)
      const first = yield* page(names, sort, null)
      const children = [...first.children]
      let { after } = first
      let reached = floor === null || after === null || createdOf(children.at(-1)) < floor
      for (let pages = 1; !reached && pages < DEEPEST; pages++) {
        const next = yield* page(names, sort, after)
        children.push(...next.children)
        after = next.after
        reached = after === null || createdOf(next.children.at(-1)) < floor!
      }
      return { children, askedAt: first.askedAt, oldest: createdOf(children.at(-1)), reached }
    })

    type Results = Map<string, Result.Result<Listed, SourceError>>

    const alone = (name: string, sort: Sort, results: Results) =>
      Effect.matchEffect(listing([name], sort), {
        onSuccess: ({ children, askedAt, reached }) =>
          Effect.sync(() => {
            refused.delete(name)
            proven.add(name)
            results.set(name, Result.succeed({ children, askedAt, complete: reached }))
          }),
        onFailure: (error) => {
          if (!isRefused(error)) return Effect.fail(error)
          refused.add(name)
          proven.delete(name)
          results.set(name, Result.fail(refusalOf(name, error)))
          return Effect.void
        },
      })

    const shared = (names: ReadonlyArray<string>, sort: Sort, results: Results): Effect.Effect<void, SourceError> => {
      if (names.length === 0) return Effect.void
      if (names.length === 1) return alone(names[0]!, sort, results)
      return Effect.matchEffect(listing(names, sort), {
        onFailure: (error) => {
          if (!isRefused(error)) return Effect.fail(error)
          const middle = Math.ceil(names.length / 2)
          return Effect.andThen(shared(names.slice(0, middle), sort, results), shared(names.slice(middle), sort, results))
        },
        onSuccess: ({ children, askedAt, oldest, reached }) =>
          Effect.sync(() => {
            const of = new Map<string, Array<unknown>>(names.map((name) => [name, []]))
            for (const child of children) of.get(communityOf(child))?.push(child)
            for (const [name, own] of of) {
              if (own.length > 0) proven.add(name)
              const from = since.get(`${sort}/${name}`)
              results.set(name, Result.succeed({ children: own, askedAt, complete: reached || from === undefined || oldest < from }))
            }
          }),
      })
    }

    const call = (sort: Sort) => (names: ReadonlyArray<string>) =>
      Effect.gen(function* () {
        const results: Results = new Map()
        for (const name of names) if (refused.has(name)) yield* alone(name, sort, results)
        const good = names.filter((name) => !refused.has(name) && !results.has(name))
        yield* shared(good, sort, results)
        const silent = good.filter((name) => !proven.has(name) && !refused.has(name)).slice(0, PROBES)
        for (const name of silent) yield* alone(name, sort, results)
        return results
      })

    const room = (names: ReadonlyArray<string>, next: string) =>
      names.length < together && names.join("+").length + next.length + 1 <= URL_LENGTH

    const gathers = new Map<Sort, Gather.Gather<string, Listed>>()
    for (const sort of sorts) gathers.set(sort, yield* Gather.make<string, Listed>({ windowMs: GATHER_MS, room, call: call(sort) }))

    return {
      poll: (subreddit, sort, from) => {
        const name = subreddit.toLowerCase()
        const key = `${sort}/${name}`
        if (from === null) since.delete(key)
        else since.set(key, from)
        return Effect.map(gathers.get(sort)!.ask([name]), (answers) => answers.get(name)!)
      },
    }
  })
