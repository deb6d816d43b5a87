import { CommentFound, type discoveryTopics, type Found, type PostSort, SubmissionFound } from "@signalflow/domain/sources/Discovered"
import { SCHEMA_VERSION, type Signal } from "@signalflow/domain/signals/Signal"
import type { BusRecord } from "@signalflow/domain/bus/SignalBus"
import { Schema } from "effect"
import { rawRecord } from "../../../convert/RawRecord.ts"
import type { Thing } from "../Thing.ts"

export interface Place {
  readonly topics: ReturnType<typeof discoveryTopics>
  readonly subreddit: string
  readonly sort: PostSort
  readonly emittedAt: number
}

const isFound: (event: unknown) => event is Found = Schema.is(Schema.Union([SubmissionFound, CommentFound]))

/** A thing as discovery publishes it: ids as Reddit writes them, texts as they were cleaned for the signal. */
export const found = (signal: Signal, { kind, data }: Thing, { subreddit, sort, emittedAt }: Omit<Place, "topics">): Found => {
  const envelope = {
    source: "reddit",
    mode: "trending",
    emitted_at: emittedAt,
    metadata: { subreddit, post_sort: sort },
    schema_version: SCHEMA_VERSION,
  } as const
  const payload = {
    id: data.name.slice(3),
    subreddit: signal.community ?? subreddit,
    author: signal.author,
    title: signal.title,
    body: signal.body,
    created_utc: data.created_utc,
    score: signal.score,
    num_comments: signal.comments,
    url: signal.url ?? signal.permalink,
    permalink: signal.permalink,
    flair: signal.flair,
  }
  return kind === "t3"
    ? { entity_type: "reddit_submission", ...envelope, payload }
    : { entity_type: "reddit_comment", ...envelope, payload: { ...payload, parent_id: data.parent_id, link_id: data.link_id } }
}

/** Its record on the bus, key = fullname; null when a reader could not make sense of it. */
export const recordOf = (signal: Signal, thing: Thing, place: Place): BusRecord | null => {
  const event = found(signal, thing, place)
  if (!isFound(event)) return null
  return rawRecord({
    topic: event.entity_type === "reddit_submission" ? place.topics.submissions : place.topics.comments,
    key: thing.data.name,
    entityType: event.entity_type,
    source: event.source,
    mode: event.mode,
    emittedAt: event.emitted_at,
    payload: event.payload,
    metadata: event.metadata,
  })
}
