import { Clock, Effect, Stream } from "effect"
import { Harvest } from "../../convert/Converted.ts"
import { emptyBatch, type SourceBatch, type SourceError } from "../../SourceAdapter.ts"
import type { Client } from "./Client.ts"
import { batchesOf, gather } from "./BatchBuilder.ts"
import { replies } from "./Replies.ts"
import { Seen } from "./Seen.ts"
import type { Tracked } from "./Tracked.ts"

const LOOK_EVERY = 30_000
/** The comments of one post are not read more often than this. */
const REST = 600_000
const MOST_SEEN = 10_000

/** Reads the comments of those posts whose number of comments has grown most, with what the rate limit leaves over. */
export const comments = (client: Client, tracked: Tracked, most: number, runId: string): Stream.Stream<SourceBatch, SourceError> =>
  Stream.suspend(() => {
    const seen = new Seen(MOST_SEEN)

    const look = Effect.gen(function* () {
      const name = tracked.talkedAbout(yield* Clock.currentTimeMillis, REST)
      if (name === null) {
        yield* Effect.sleep(LOOK_EVERY)
        return [emptyBatch]
      }
      const found = yield* replies(client, name, most, "new")
      const entry = tracked.get(name)
      const askedAt = found?.askedAt ?? (yield* Clock.currentTimeMillis)
      if (entry !== undefined) {
        entry.commentsRead = entry.comments
        entry.commentsReadAt = askedAt
      }
      const harvest = new Harvest()
      if (found === null) {
        harvest.received++
        harvest.drop("comments-refused")
        return batchesOf(harvest, { cursor: null, readUntil: null })
      }
      if (found.post !== null) gather(harvest, found.post, { observedAt: askedAt, mode: "refresh", runId })
      for (const child of found.comments) {
        const id = (child as { data?: { name?: unknown } } | null)?.data?.name
        const known = typeof id === "string" && seen.has(id)
        if (typeof id === "string") seen.add(id)
        if (!known) gather(harvest, child, { observedAt: askedAt, mode: "new", runId })
      }
      tracked.note(harvest.events)
      if (entry !== undefined) entry.commentsRead = entry.comments
      return batchesOf(harvest, { cursor: null, readUntil: null })
    })
    return Stream.flattenIterable(Stream.fromEffectRepeat(look))
  })
