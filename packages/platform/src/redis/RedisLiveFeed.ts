import { LivePublisher, LiveSubscriber } from "@signalflow/domain/LiveFeed"
import { Context, Effect, Layer, Queue } from "effect"
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
}

const connect = Effect.fnUntraced(function* (listen: boolean) {
  const opened = yield* Queue.sliding<void>(1)
  const bell = yield* Queue.sliding<number>(1)
  let run = ""
  const connection = yield* (yield* Redis).connect("live", {
    onConnect: async (client) => {
      const found = /^run_id:(\w+)/m.exec(await client.info("server"))?.[1]
      if (found === undefined) throw new Error("INFO names no run_id")
      if (listen) await client.subscribe(CHANNEL)
      run = found
    },
    onOpen: () => {
      Queue.offerUnsafe(opened, undefined)
      Queue.offerUnsafe(bell, 0)
    },
    onMessage: (message) => Queue.offerUnsafe(bell, Number(message)),
  })
  const live: LiveConnection = { store: liveStore(connection, () => run), isOpen: connection.isOpen, opened, bell }
  return live
})

const publisherOn = Effect.fnUntraced(function* ({ store, opened }: LiveConnection) {
  const { publisher, settle } = livePublishing(store)
  yield* Effect.andThen(Queue.take(opened), settle).pipe(Effect.forever, Effect.forkScoped)
  return publisher
})

const subscriberOn = Effect.fnUntraced(function* ({ store, isOpen, bell }: LiveConnection) {
  const { subscriber, heard, catchUp } = yield* liveFollowing(store)
  let trouble: string | undefined
  const follow = Effect.suspend(() => {
    // The connection itself says why it is away.
    if (!isOpen()) return Effect.void
    return Effect.matchEffect(catchUp, {
      onSuccess: () => Effect.sync(() => void (trouble = undefined)),
      onFailure: ({ message }) => {
        if (message === trouble || !isOpen()) return Effect.void
        trouble = message
        return Effect.logWarning(`The live feed cannot be read and is tried again: ${message}`)
      },
    })
  })
  yield* follow
  yield* Queue.take(bell).pipe(
    Effect.timeoutOption(LOOK),
    Effect.flatMap((rung) => {
      if (rung._tag === "Some" && Number.isSafeInteger(rung.value)) heard(rung.value)
      return follow
    }),
    Effect.forever,
    Effect.forkScoped,
  )
  return subscriber
})

/** For a service that only publishes. */
export const layerPublisher: Layer.Layer<LivePublisher, never, Redis> = Layer.effect(
  LivePublisher,
  Effect.flatMap(connect(false), publisherOn),
)

/** For a service that only follows, over one connection however many read. */
export const layerSubscriber: Layer.Layer<LiveSubscriber, never, Redis> = Layer.effect(
  LiveSubscriber,
  Effect.flatMap(connect(true), subscriberOn),
)

/** Both ends over one connection. The feed and its history lie in database 2; all that publish and follow there see the same. */
export const layer: Layer.Layer<LivePublisher | LiveSubscriber, never, Redis> = Layer.effectContext(
  Effect.gen(function* () {
    const live = yield* connect(true)
    return Context.make(LivePublisher, yield* publisherOn(live)).pipe(Context.add(LiveSubscriber, yield* subscriberOn(live)))
  }),
)
