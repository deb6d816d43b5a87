import { Context, Effect, Layer, Schema, Stream } from "effect"
import type { LiveEntry, LiveItem } from "./LiveFrame.ts"
import { LiveHistory } from "./LiveHistory.ts"
import type { LiveMissed, LivePosition } from "./LivePosition.ts"

export class LiveFeedError extends Schema.TaggedError<LiveFeedError>()("LiveFeedError", {
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

/** The write end: processing publishes what it has committed. */
export class LivePublisher extends Context.Service<
  LivePublisher,
  { readonly publish: (items: ReadonlyArray<LiveItem>) => Effect.Effect<void, LiveFeedError> }
>()("@signalflow/domain/LiveFeed/LivePublisher") {}

/** The read end: the server fans it out. */
export class LiveSubscriber extends Context.Service<
  LiveSubscriber,
  {
    /** Where the feed stands. */
    readonly position: Effect.Effect<LivePosition, LiveFeedError>
    /** Chunks of entries after `resume` (default: now) and then as they come; `Missed` where history no longer holds them or the reader fell behind. */
    readonly entries: (resume?: LivePosition) => Stream.Stream<ReadonlyArray<LiveEntry> | LiveMissed, LiveFeedError>
  }
>()("@signalflow/domain/LiveFeed/LiveSubscriber") {}

/** Entries that are kept at least for those who reconnect. */
export const LIVE_HISTORY = 5_000

/** In one process. */
export const layerMemory: Layer.Layer<LivePublisher | LiveSubscriber> = Layer.effectContext(
  Effect.gen(function* () {
    const epoch = crypto.randomUUID()
    const history = yield* Effect.acquireRelease(
      Effect.sync(() => new LiveHistory(LIVE_HISTORY, epoch)),
      (history) => Effect.sync(() => history.close()),
    )

    const publish = (items: ReadonlyArray<LiveItem>) =>
      Effect.sync(() => {
        if (items.length === 0) return
        const from = history.position.offset + 1
        const entries = items.map((item, n): LiveEntry => ({ epoch, offset: from + n, item }))
        history.append({ epoch, from, to: from + items.length - 1, entries })
      })

    const entries = (resume?: LivePosition) =>
      Stream.suspend(() => {
        const now = history.position
        if (resume === undefined || (resume.epoch === epoch && resume.offset > now.offset)) return history.read(now)
        return history.read({ epoch: resume.epoch, offset: Math.max(0, resume.offset) })
      })

    return Context.make(LivePublisher, { publish }).pipe(
      Context.add(LiveSubscriber, { position: Effect.sync(() => history.position), entries }),
    )
  }),
)
