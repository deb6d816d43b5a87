import { Context, Effect, Layer, PubSub, Schema, Stream } from "effect"
import type { LiveEntry, LiveItem } from "./LiveFrame.ts"

export class LiveFeedError extends Schema.TaggedError<LiveFeedError>()("LiveFeedError", {
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

/** The write end: processing publishes what it has committed. */
export class LivePublisher extends Context.Service<
  LivePublisher,
  { readonly publish: (items: ReadonlyArray<LiveItem>) => Effect.Effect<void, LiveFeedError> }
>()("@signalflow/domain/LiveFeed/LivePublisher") {}

export interface LivePosition {
  readonly epoch: string
  readonly offset: number
}

/** Offsets that are not kept any more, or that a slow reader lost. `from` 0: the position was of another epoch, and all before `to` is unknown. */
export interface LiveMissed {
  readonly _tag: "Missed"
  readonly from: number
  readonly to: number
}

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

/** Entries that the in-process feed keeps for those who reconnect. */
export const LIVE_HISTORY = 5_000

/** In one process: a ring of the last `LIVE_HISTORY` entries and a sliding hub, so that a slow reader never holds the writer. */
export const layerMemory: Layer.Layer<LivePublisher | LiveSubscriber> = Layer.effectContext(
  Effect.gen(function* () {
    const epoch = crypto.randomUUID()
    const hub = yield* PubSub.sliding<ReadonlyArray<LiveEntry>>(256)
    yield* Effect.addFinalizer(() => PubSub.shutdown(hub))
    let history: Array<LiveEntry> = []
    let offset = 0
    // Everything from here on is kept, except signals that were removed since.
    let floor = 1

    const publish = (items: ReadonlyArray<LiveItem>) =>
      Effect.suspend(() => {
        if (items.length === 0) return Effect.void
        const gone = new Set(items.filter((item) => item._tag === "Removed").map((item) => item.id))
        if (gone.size > 0) history = history.filter((entry) => entry.item._tag !== "Signal" || !gone.has(entry.item.signal.id))
        const entries = items.map((item): LiveEntry => ({ epoch, offset: ++offset, item }))
        history.push(...entries)
        if (history.length > LIVE_HISTORY * 1.2) {
          history = history.slice(-LIVE_HISTORY)
          floor = history[0]!.offset
        }
        return PubSub.publish(hub, entries)
      })

    const entries = (resume?: LivePosition) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const subscription = yield* PubSub.subscribe(hub)
          const known = resume === undefined || resume.epoch === epoch
          const from = resume === undefined ? offset : known ? Math.max(0, Math.min(resume.offset, offset)) : 0
          const kept = history.filter((entry) => entry.offset > from)
          let last = offset
          const start: Array<ReadonlyArray<LiveEntry> | LiveMissed> = []
          if (!known) start.push({ _tag: "Missed", from: 0, to: floor - 1 })
          else if (from + 1 < floor) start.push({ _tag: "Missed", from: from + 1, to: floor - 1 })
          if (kept.length > 0) start.push(kept)
          const live = Stream.fromSubscription(subscription).pipe(
            Stream.map((chunk): ReadonlyArray<ReadonlyArray<LiveEntry> | LiveMissed> => {
              const fresh = chunk.filter((entry) => entry.offset > last)
              if (fresh.length === 0) return []
              const missed: LiveMissed = { _tag: "Missed", from: last + 1, to: fresh[0]!.offset - 1 }
              last = fresh.at(-1)!.offset
              return missed.to >= missed.from ? [missed, fresh] : [fresh]
            }),
            Stream.flattenIterable,
          )
          return Stream.concat(Stream.fromIterable(start), live)
        }),
      )

    return Context.make(LivePublisher, { publish: (items) => Effect.asVoid(publish(items)) }).pipe(
      Context.add(LiveSubscriber, { position: Effect.sync(() => ({ epoch, offset })), entries }),
    )
  }),
)
