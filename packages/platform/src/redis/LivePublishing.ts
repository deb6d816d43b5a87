import { LiveFeedError, LivePublisher } from "@signalflow/domain/live/LiveFeed"
import type { LiveItem } from "@signalflow/domain/live/LiveFrame"
import { Array as Arr, Effect } from "effect"
import { CHUNK, type LiveStore } from "./LiveStore.ts"

/** Removals that are remembered while Redis is unavailable; past it the whole history goes when it is back. */
const MAX_OWED = 10_000

/**
 * Publishes at once or fails. A signal publishes again with its next observation; a removal would not, and its text would stay:
 * those that failed are sent before anything else, and by `settle` as soon as Redis is back.
 */
export const livePublishing = (store: LiveStore) => {
  const owed = new Set<string>()
  let lostCount = false

  const owe = (items: ReadonlyArray<LiveItem>) => {
    for (const item of items) if (item._tag === "Removed") owed.add(item.id)
    if (owed.size <= MAX_OWED) return
    lostCount = true
    owed.clear()
  }

  const publish = (items: ReadonlyArray<LiveItem>): Effect.Effect<void, LiveFeedError> =>
    Effect.suspend(() => {
      if (items.length === 0 && owed.size === 0 && !lostCount) return Effect.void
      const debts = [...owed]
      const all = [...debts.map((id): LiveItem => ({ _tag: "Removed", id })), ...items]
      const clear = lostCount
        ? Effect.andThen(
            store.wipe,
            Effect.sync(() => void (lostCount = false)),
          )
        : Effect.void
      return Effect.andThen(clear, Effect.forEach(Arr.chunksOf(all, CHUNK), store.publish, { discard: true })).pipe(
        Effect.matchEffect({
          onSuccess: () => Effect.sync(() => debts.forEach((id) => owed.delete(id))),
          onFailure: (cause) =>
            Effect.suspend(() => {
              owe(items)
              return Effect.fail(new LiveFeedError({ message: cause.message, cause }))
            }),
        }),
      )
    })

  return { publisher: LivePublisher.of({ publish }), settle: Effect.ignore(publish([])) }
}
