import { Effect, Option, Schedule, Schema } from "effect"
import { SourceError } from "../../../SourceAdapter.ts"
import type { Client } from "../Client.ts"
import { decodePage } from "../Thing.ts"

const Community = Schema.Struct({
  kind: Schema.Literal("t5"),
  data: Schema.Struct({
    display_name: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_]{2,21}$/)),
    subreddit_type: Schema.optionalKey(Schema.NullOr(Schema.String)),
    over18: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  }),
})
const decodeCommunity = Schema.decodeUnknownOption(Community)

/** The name of a subreddit that everybody may read, or why it is none. */
export const subredditOf = (child: unknown): { readonly name: string } | { readonly reason: string } => {
  const { data } = Option.getOrNull(decodeCommunity(child)) ?? {}
  if (data === undefined) return { reason: "malformed" }
  return data.over18 === true || (data.subreddit_type ?? "public") !== "public" ? { reason: "not-public" } : { name: data.display_name }
}

/** An answer cut short on its way looks malformed too: it is worth another two questions. */
const twiceMore = { times: 2, while: ({ reason }: SourceError) => reason === "malformed", schedule: Schedule.spaced("2 seconds") }

export const patiently = <A>(ask: Effect.Effect<A, SourceError>): Effect.Effect<A, SourceError> => Effect.retry(ask, twiceMore)

export interface Listed {
  readonly children: ReadonlyArray<unknown>
  readonly askedAt: number
}

export const listing = (
  client: Client,
  path: string,
  query: Readonly<Record<string, string | number>>,
  kind: "t3" | "t5",
): Effect.Effect<Listed, SourceError> =>
  patiently(
    Effect.gen(function* () {
      const { body, askedAt } = yield* client.get(path, query, "second")
      const page = Option.getOrNull(decodePage(body))
      if (page === null) return yield* new SourceError({ reason: "malformed", message: `${path} sent something else than a listing` })
      // A name that nobody has taken is answered with the results of a search for it.
      if (kind === "t3" && page.children.some((child) => (child as { kind?: unknown } | null)?.kind === "t5"))
        return yield* new SourceError({ reason: "rejected", message: `${path}: there is no such subreddit`, status: 404 })
      return { children: page.children, askedAt }
    }),
  )

/**
 * Whether an error concerns only what was asked for: a refusal, an answer that stays unreadable, one that is too large. The others (a limit, an outage, a
 * time-out, credentials) concern whatever is asked next: those are waited for.
 */
export const isFatal = ({ reason, status }: SourceError): boolean =>
  reason === "malformed" || reason === "too-large" || (reason === "rejected" && status !== 401)
