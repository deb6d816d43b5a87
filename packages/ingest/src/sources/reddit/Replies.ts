import { Effect, Option, Schema } from "effect"
import { SourceError } from "../../SourceAdapter.ts"
import type { Client } from "./Client.ts"
import { decodePage, flattened } from "./Thing.ts"

const decodePair = Schema.decodeUnknownOption(Schema.Tuple([Schema.Unknown, Schema.Unknown]))

export interface Replies {
  /** The post as it is now, or null. */
  readonly post: unknown
  readonly comments: ReadonlyArray<unknown>
  readonly askedAt: number
}

/** At most `most` comments of a post, in one request; null when Reddit does not show it. */
export const replies = (client: Client, post: string, most: number, sort: "new" | "top"): Effect.Effect<Replies | null, SourceError> =>
  client.get(`/comments/${post.slice(3)}`, { limit: most, sort }, "last").pipe(
    Effect.flatMap(({ body, askedAt }) => {
      const pair = Option.getOrNull(decodePair(body))
      const head = pair === null ? null : Option.getOrNull(decodePage(pair[0]))
      const tree = pair === null ? null : Option.getOrNull(decodePage(pair[1]))
      if (head === null || tree === null)
        return Effect.fail(
          new SourceError({ reason: "malformed", message: `the comments of ${post} are something else than two listings` }),
        )
      return Effect.succeed({ post: head.children[0] ?? null, comments: flattened(tree.children, most), askedAt })
    }),
    Effect.catchIf(
      ({ status }) => status === 403 || status === 404,
      () => Effect.succeed(null),
    ),
  )
