import type { Signal } from "@signalflow/domain/Signal"
import type { Thing } from "./Thing.ts"

/** What discovery publishes beside its signals. */
export interface Normalised {
  readonly entity: "reddit_submission" | "reddit_comment"
  /** Fullname. */
  readonly name: string
  readonly fields: Readonly<Record<string, string | number | null>>
}

/** The documented payload: ids as Reddit writes them, times in unix seconds, texts as they were cleaned for the signal. */
export const normalised = (signal: Signal, { kind, data }: Thing): Normalised => {
  const fields = {
    id: data.name.slice(3),
    subreddit: signal.community,
    title: signal.title,
    author: signal.author,
    body: signal.body,
    created_utc: data.created_utc,
    score: signal.score,
    num_comments: signal.comments,
    url: signal.url ?? signal.permalink,
    permalink: signal.permalink,
    flair: signal.flair,
  }
  if (kind === "t3") return { entity: "reddit_submission", name: data.name, fields }
  return { entity: "reddit_comment", name: data.name, fields: { ...fields, parent_id: data.parent_id, link_id: data.link_id } }
}
