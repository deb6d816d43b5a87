import { LIVE_HISTORY, LiveSubscriber } from "@signalflow/domain/live/LiveFeed"
import type { LivePosition } from "@signalflow/domain/live/LivePosition"
import { LiveHistory } from "@signalflow/domain/live/LiveHistory"
import { Effect, type Scope, Stream } from "effect"
import { CHUNK, type LiveStore } from "./LiveStore.ts"
import type { RedisError } from "./RedisError.ts"

/**
 * One mirror of the feed in this process, that all its readers take from. Whoever listens tells it with `heard` how far the feed has come;
 * `catchUp` reads what is missing, page by page, at this process's own pace.
 */
export const liveFollowing = (
  store: LiveStore,
): Effect.Effect<
  {
    /** The read end; `started` begins the following of the feed, and is done when it was read for the first time or could not be. */
    readonly follower: (started: Effect.Effect<void>) => LiveSubscriber["Service"]
    readonly heard: (offset: number) => void
    readonly catchUp: Effect.Effect<void, RedisError>
  },
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    // Until Redis has been read this is a history of its own, so that a server can start without it.
    const history = yield* Effect.acquireRelease(
      Effect.sync(() => new LiveHistory(LIVE_HISTORY, crypto.randomUUID())),
      (history) => Effect.sync(() => history.close()),
    )
    let announced = 0
    // Less while pages fail: of long texts one may be more than the network brings in time, or than Redis buffers for a subscriber.
    let pageSize = CHUNK

    /** Reads one page; says whether there is more. */
    const turn = Effect.gen(function* () {
      const at = history.position
      const count = Math.max(0, Math.min(pageSize, announced - at.offset))
      const { head, floor, entries, malformed } = yield* store.page(at.offset, count)
      announced = head.offset
      if (malformed > 0) yield* Effect.logWarning(`${malformed} entries of the live feed in Redis cannot be read and are left out`)
      if (head.epoch === at.epoch && head.offset < at.offset) {
        // Somebody has turned it back under its name: offsets would come twice.
        yield* store.wipe
        return true
      }
      if (head.epoch !== at.epoch || floor > at.offset + 1) history.append({ epoch: head.epoch, from: floor, to: floor - 1, entries: [] })
      else if (count > 0) history.append({ epoch: head.epoch, from: at.offset + 1, to: Math.min(head.offset, at.offset + count), entries })
      return history.position.offset < head.offset
    })
    const catchUp: Effect.Effect<void, RedisError> = Effect.matchEffect(turn, {
      onSuccess: (more) => {
        if (more) return catchUp
        pageSize = CHUNK
        return Effect.void
      },
      onFailure: (error) => {
        pageSize = Math.max(1, pageSize >> 1)
        return Effect.fail(error)
      },
    })

    const known = Effect.map(store.page(0, 0), ({ head }) => head)
    /** Where the feed stands; while Redis is unavailable, where it stood when it was last read. */
    const position = Effect.orElseSucceed(known, () => history.position)

    const entries = (resume: LivePosition | undefined, started: Effect.Effect<void>) => {
      const mine = history.position
      // What lies behind needs no question to Redis: thousands may come back at once.
      if (resume?.epoch === mine.epoch && resume.offset <= mine.offset)
        return Stream.unwrap(Effect.as(started, history.read({ ...mine, offset: Math.max(0, resume.offset) })))
      // Asked before anything else: what is published from now on is what this reader gets.
      return Stream.unwrap(
        Effect.map(Effect.zip(position, started), ([head]) => {
          if (resume === undefined) return history.read(head, true)
          if (resume.epoch !== head.epoch) return history.read(resume)
          return history.read({ ...head, offset: Math.max(0, Math.min(resume.offset, head.offset)) }, true)
        }),
      )
    }
    const follower = (started: Effect.Effect<void>) =>
      LiveSubscriber.of({ position, entries: (resume) => Stream.suspend(() => entries(resume, started)) })

    return {
      follower,
      heard: (offset: number) => {
        announced = Math.max(announced, offset)
      },
      catchUp,
    }
  })
