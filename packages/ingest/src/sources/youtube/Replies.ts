import { Effect, Option, Schema } from "effect"
import { list, natural, part } from "../../convert/Lenient.ts"
import type { SourceError } from "../../SourceAdapter.ts"
import type { Api, Page } from "./Client.ts"

/** A thread brings up to five replies along; of the others these many pages of 100 are read, for these many threads of one look at a video. */
const PAGES = 3
const THREADS = 20
const MOST_REMEMBERED = 5_000

const Thread = Schema.Struct({
  snippet: Schema.Struct({ totalReplyCount: natural(), topLevelComment: Schema.Struct({ id: Schema.String }) }),
  replies: part(Schema.Struct({ comments: list })),
})
const decodeThread = Schema.decodeUnknownOption(Thread)

/** A thread that says how many replies it has. */
export interface Replied {
  readonly id: string
  readonly total: number
  /** Those that it holds. */
  readonly held: ReadonlyArray<unknown>
}

export const repliedOf = (thread: unknown): Replied | null =>
  Option.match(decodeThread(thread), {
    onNone: () => null,
    onSome: ({ snippet, replies }) => ({
      id: snippet.topLevelComment.id,
      total: snippet.totalReplyCount ?? 0,
      held: replies?.comments ?? [],
    }),
  })

const timeOf = (reply: unknown): number => {
  const time = (reply as { readonly snippet?: { readonly publishedAt?: unknown } } | null)?.snippet?.publishedAt
  return typeof time === "string" ? Date.parse(time) : 0
}

/** The replies that threads do not bring along, read when their number has changed. */
export class Replies {
  readonly #api: Api
  /** How many replies a thread had when they were read. */
  readonly #read = new Map<string, number>()

  constructor(api: Api) {
    this.#api = api
  }

  /** The threads of one look at a video, each with all of its replies where more were to be had, newest first as they come. */
  readonly complete = (threads: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<unknown>, SourceError> =>
    Effect.gen({ self: this }, function* () {
      const completed: Array<unknown> = []
      let asked = 0
      for (const thread of threads) {
        const of = repliedOf(thread)
        const more = of !== null && of.total > of.held.length && this.#read.get(of.id) !== of.total
        if (!more || asked >= THREADS) {
          completed.push(thread)
          continue
        }
        asked++
        const comments = yield* this.#all(of)
        this.#remember(of)
        completed.push({ ...(thread as object), replies: { comments } })
      }
      return completed
    })

  readonly #all = ({ id, held }: Replied): Effect.Effect<ReadonlyArray<unknown>, SourceError> =>
    Effect.gen({ self: this }, function* () {
      const replies: Array<unknown> = []
      let token: string | null = null
      for (let pages = 1; pages <= PAGES; pages++) {
        const more: Record<string, string> = token === null ? {} : { pageToken: token }
        const page: Page = yield* this.#api.list("comments", {
          part: "snippet",
          parentId: id,
          textFormat: "plainText",
          maxResults: "100",
          ...more,
        })
        replies.push(...page.items)
        token = page.next
        if (token === null) break
      }
      return replies.sort((a, b) => timeOf(b) - timeOf(a))
    }).pipe(Effect.catchTag("Refused", () => Effect.succeed(held)))

  #remember({ id, total }: Replied): void {
    this.#read.delete(id)
    this.#read.set(id, total)
    if (this.#read.size > MOST_REMEMBERED) this.#read.delete(this.#read.keys().next().value!)
  }
}
