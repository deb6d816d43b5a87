import { LivePublisher, LiveSubscriber } from "@signalflow/domain/live/LiveFeed"
import { Context, Deferred, Effect, Layer, Queue } from "effect"
import { liveFollowing } from "./LiveFollowing.ts"
import { livePublishing } from "./LivePublishing.ts"
import { CHANNEL } from "./LiveScripts.ts"
import { liveStore, type LiveStore } from "./LiveStore.ts"
import { Redis } from "./Redis.ts"

/** Also without a bell the feed is looked at this often: for bells that were lost, and feeds that were. */
const LOOK = "1 second"

interface LiveConnection {
  readonly store: LiveStore
  readonly isOpen: () => boolean
  /** Rings when the connection has opened. */
  readonly opened: Queue.Dequeue<void>
  /** Rings with the offset that the feed has come to. */
  readonly bell: Queue.Dequeue<number>
  /** Subscribes to the bell, where this connection has not; from the first time on every connection does as it opens. */
  readonly listen: Effect.Effect<void>
}

const connect = Effect.gen(function* () {
  const opened = yield* Queue.sliding<void>(1)
  const bell = yield* Queue.sliding<number>(1)
  let run = ""
  let listening = false
  let subscribed = false
  const connection = yield* (yield* Redis).connect("live", {
    onConnect: async (client) => {
      const found = /^run_id:(\w+)/m.exec(await client.info("server"))?.[1]
      if (found === undefined) throw new Error("INFO names no run_id")
      run = found
      subscribed = listening
      if (listening) await client.subscribe(CHANNEL)
    },
    onOpen: () => {
      Queue.offerUnsafe(opened, undefined)
      Queue.offerUnsafe(bell, 0)
    },
    onMessage: (message) => Queue.offerUnsafe(bell, Number(message)),
  })
  const listen = Effect.suspend(() => {
    listening = true
    if (subscribed || !connection.isOpen()) return Effect.void
    subscribed = true
    // A connection that may not subscribe must not count as open: the next one says why.
    return Effect.ignore(connection.use((client) => client.subscribe(CHANNEL).catch(() => client.disconnect(true))))
  })
  const live: LiveConnection = { store: liveStore(connection, () => run), isOpen: connection.isOpen, opened, bell, listen }
  return live
})

const publisherOn = Effect.fnUntraced(function* ({ store, opened }: LiveConnection) {
  const { publisher, settle } = livePublishing(store)
  // A question alone is enough for what a snapshot has brought back to go.
  const begin = Effect.ignore(store.page(0, 0))
  yield* Queue.take(opened).pipe(Effect.andThen(begin), Effect.andThen(settle), Effect.forever, Effect.forkScoped)
  return publisher
})

const subscriberOn = Effect.fnUntraced(function* ({ store, isOpen, bell, listen }: LiveConnection) {
  const scope = yield* Effect.scope
  const { follower, heard, catchUp } = yield* liveFollowing(store)
  // Begins the feed where there is none: the first reader's question is then answered at once.
  yield* Effect.ignore(store.page(0, 0))
  let trouble: string | undefined
  const look = Effect.suspend(() => {
    // The connection itself says why it is unavailable.
    if (!isOpen()) return Effect.void
    return Effect.matchEffect(Effect.andThen(listen, catchUp), {
      onSuccess: () => Effect.sync(() => void (trouble = undefined)),
      onFailure: ({ message }) => {
        if (message === trouble || !isOpen()) return Effect.void
        trouble = message
        return Effect.logWarning(`The live feed cannot be read and is tried again: ${message}`)
      },
    })
  })
  const follow = Queue.take(bell).pipe(
    Effect.timeoutOption(LOOK),
    Effect.flatMap((rung) => {
      if (rung._tag === "Some" && Number.isSafeInteger(rung.value)) heard(rung.value)
      return look
    }),
    Effect.forever,
  )
  // Who only publishes, or asks where the feed stands, does not read all of it.
  let following = false
  const looked = yield* Deferred.make<void>()
  const started = Effect.suspend(() => {
    if (following) return Deferred.await(looked)
    following = true
    const first = Effect.andThen(look, Deferred.succeed(looked, undefined))
    return Effect.andThen(Effect.forkIn(Effect.andThen(first, follow), scope), Deferred.await(looked))
  })
  return follower(started)
})

/** For a service that only publishes. */
export const layerPublisher: Layer.Layer<LivePublisher, never, Redis> = Layer.effect(LivePublisher, Effect.flatMap(connect, publisherOn))

/** For a service that only follows, over one connection however many read. The feed is read from the first reader on. */
export const layerSubscriber: Layer.Layer<LiveSubscriber, never, Redis> = Layer.effect(
  LiveSubscriber,
  Effect.flatMap(connect, subscriberOn),
)

/** Both ends over one connection. The feed and its history lie in database 2; all that publish and follow there see the same. */
export const layer: Layer.Layer<LivePublisher | LiveSubscriber, never, Redis> = Layer.effectContext(
  Effect.gen(function* () {
    const live = yield* connect
    return Context.make(LivePublisher, yield* publisherOn(live)).pipe(Context.add(LiveSubscriber, yield* subscriberOn(live)))
  }),
)
