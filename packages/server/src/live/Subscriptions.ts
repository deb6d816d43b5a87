import { type LiveFeedError, LiveSubscriber } from "@signalflow/domain/live/LiveFeed"
import type { LiveMissed, LivePosition } from "@signalflow/domain/live/LivePosition"
import type { LiveEntry } from "@signalflow/domain/live/LiveFrame"
import { Readiness } from "@signalflow/domain/Readiness"
import { backoff } from "@signalflow/platform/flow/Backoff"
import { outage } from "@signalflow/platform/flow/Outage"
import { reopening } from "@signalflow/platform/flow/Reopening"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Clock, Context, Effect, Layer, PartitionedSemaphore, Stream } from "effect"
import { frameOf } from "./Frames.ts"
import type { Subscription } from "./Subscription.ts"

/** Clients that may be connected at a time. */
export const MAX_CLIENTS = 2_000
const NAME = "live feed"
const HEARTBEAT = "30 seconds"
/** Longest that a client may take to be sent what it missed. */
const CATCH_UP = "60 seconds"

/** Clients that are sent history at a time, in turns: those who wait take turns by user, so that one with many sockets delays nobody else. */
const CATCH_UPS = 4
/** A client is sent history once in so many milliseconds; sooner, it waits. */
const RESUME_EVERY = 3_000

/** Clients that are served before other work gets its turn. */
const TURN = 100

const isMissed = (chunk: ReadonlyArray<LiveEntry> | LiveMissed): chunk is LiveMissed => "_tag" in chunk

/** The one reader of the live feed in this process, and all clients that it is fanned out to. */
export class Subscriptions extends Context.Service<
  Subscriptions,
  {
    /** Where the fan-out stands. */
    readonly position: () => LivePosition
    /** Clients now; `enter` says no when there are too many. */
    readonly enter: () => boolean
    readonly leave: (subscription: Subscription | undefined) => void
    /** Sends what came after `resume`, or that it is gone, and then everything as it comes. */
    readonly join: (subscription: Subscription, resume?: LivePosition) => Effect.Effect<void>
    readonly pause: (subscription: Subscription) => void
  }
>()("@signalflow/server/Subscriptions") {
  static readonly layer = Layer.effect(
    Subscriptions,
    Effect.gen(function* () {
      const feed = yield* LiveSubscriber
      const metrics = yield* Metrics
      const readiness = yield* Readiness
      const joined = new Set<Subscription>()
      let clients = 0
      let at: LivePosition = yield* feed.position

      const fanOut = Effect.fnUntraced(function* (chunk: ReadonlyArray<LiveEntry> | LiveMissed) {
        if (isMissed(chunk)) {
          const begun = chunk.epoch !== at.epoch
          at = { epoch: chunk.epoch, offset: begun ? chunk.to : Math.max(at.offset, chunk.to) }
          for (const subscription of joined) {
            if (begun) subscription.begin(chunk.epoch, chunk.to)
            else subscription.miss(chunk.from, chunk.to)
          }
          return
        }
        const last = chunk.at(-1)
        if (last === undefined) return
        const frames = chunk.map(frameOf)
        at = { epoch: last.epoch, offset: last.offset }
        let served = 0
        for (const subscription of joined) {
          subscription.deliver(frames)
          if (++served % TURN === 0) yield* Effect.yieldNow
        }
        metrics.count("serve", "sent", "live", chunk.length)
      })

      yield* readiness.report(NAME, "ok")
      const { failing, recovered, over } = yield* outage(NAME, "degraded")
      // On a quiet feed nothing may come for hours: a position that can be read is proof enough of a recovery.
      const open = Effect.suspend(() => Effect.andThen(feed.position, Stream.toPull(feed.entries(at))))
      const onState = (state: "ok" | "down", why?: string) => (state === "ok" ? recovered : failing(`stalled: ${why}`))
      const describe = ({ message }: LiveFeedError) => message
      yield* reopening(open, onState, describe, backoff()).pipe(
        Stream.runForEach(fanOut),
        Effect.ensuring(over),
        Effect.forkScoped({ startImmediately: true }),
      )

      yield* Effect.sync(() => {
        for (const subscription of joined) {
          subscription.tell()
          subscription.wire.ping()
        }
      }).pipe(Effect.delay(HEARTBEAT), Effect.forever, Effect.forkScoped)

      const behind = (subscription: Subscription) => subscription.epoch !== at.epoch || subscription.last < at.offset

      const turns = yield* PartitionedSemaphore.make<string>({ permits: CATCH_UPS })

      const sendHistory = Effect.fnUntraced(function* (subscription: Subscription, chunk: ReadonlyArray<LiveEntry>) {
        const frames = chunk.map(frameOf)
        // Who does not read holds no turn while it is waited for.
        for (let sent = 0; sent < frames.length;) {
          yield* subscription.drained
          sent = yield* turns.withPermit(subscription.who)(subscription.catchUp(frames, sent))
        }
      })

      const catchUp = Effect.fnUntraced(function* (subscription: Subscription, resume: LivePosition) {
        const now = yield* Clock.currentTimeMillis
        const wait = Math.max(0, subscription.resumesAt - now)
        subscription.resumesAt = now + wait + RESUME_EVERY
        if (wait > 0) yield* Effect.sleep(wait)
        yield* Stream.runForEachWhile(feed.entries(resume), (chunk) =>
          Effect.gen(function* () {
            if (isMissed(chunk)) subscription.miss(chunk.from, chunk.to)
            else yield* sendHistory(subscription, chunk)
            return behind(subscription)
          }),
        )
      })

      const join = Effect.fn("Subscriptions.join")(function* (subscription: Subscription, resume?: LivePosition) {
        subscription.epoch = at.epoch
        if (resume === undefined) subscription.last = at.offset
        else {
          const sameHistory = resume.epoch === at.epoch
          subscription.last = sameHistory ? Math.max(0, Math.min(resume.offset, at.offset)) : 0
          if (!sameHistory || behind(subscription)) {
            yield* catchUp(subscription, { epoch: resume.epoch, offset: subscription.last }).pipe(
              Effect.timeout(CATCH_UP),
              Effect.catch(() => Effect.sync(() => subscription.miss(subscription.last + 1, at.offset))),
            )
          }
        }
        // In one step with the check above: nothing can come between the last frame of history and the first live one.
        joined.add(subscription)
        subscription.tell()
      })

      return Subscriptions.of({
        position: () => at,
        enter: () => {
          if (clients >= MAX_CLIENTS) return false
          metrics.liveClients(++clients)
          return true
        },
        leave: (subscription) => {
          if (subscription !== undefined) joined.delete(subscription)
          metrics.liveClients(--clients)
        },
        join,
        pause: (subscription) => void joined.delete(subscription),
      })
    }),
  )
}
