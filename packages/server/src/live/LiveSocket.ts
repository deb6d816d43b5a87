import type { LiveRequest } from "@signalflow/domain/live/LiveFrame"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Cause, Clock, Effect, Option, Queue, Result } from "effect"
import type { WebSocket } from "@effect/platform-node/NodeWS"
import type { Duplex } from "node:stream"
import { type Identity, Tokens } from "../access/Tokens.ts"
import { compileFilter, error, hello } from "./Frames.ts"
import { readRequest } from "./LiveRequests.ts"
import { Subscription, type Wire } from "./Subscription.ts"
import { MAX_CLIENTS, Subscriptions } from "./Subscriptions.ts"

/** Close codes of our own, in the range that WebSocket leaves to applications. */
export const UNAUTHENTICATED = 4401
const POLICY = 1008
const TRY_LATER = 1013

const AUTH_WITHIN = 5_000
/** A client that says nothing after its token gets everything, from where `hello` stood. */
const SUBSCRIBE_WITHIN = 1_000
/** How often a client that is connected is looked up again. */
export const LOOK_AGAIN = 20_000
const INBOX = 32
const MESSAGES_PER_WINDOW = 60
const WINDOW = 10_000
const UNANSWERED_PINGS = 2

const wireOf = (socket: WebSocket, connection: Duplex): Wire => {
  let unanswered = 0
  socket.on("pong", () => (unanswered = 0))
  return {
    send: (frame) => socket.send(frame.bytes, { binary: false }),
    control: (json) => socket.send(json),
    together: (write) => {
      connection.cork()
      write()
      connection.uncork()
    },
    // A socket that has closed counts what is sent to it as waiting, for ever.
    backlog: () => (socket.readyState === socket.OPEN ? socket.bufferedAmount : 0),
    // A ping waits behind all that was written before it.
    whenDrained: (then) => socket.ping(undefined, undefined, () => then()),
    ping: () => {
      if (unanswered++ >= UNANSWERED_PINGS) socket.terminate()
      else socket.ping()
    },
  }
}

const closed = Cause.fail("closed" as const)

/** Messages of the client, one by one; fails with "closed" when the socket closes. */
const inboxOf = (socket: WebSocket) =>
  Effect.gen(function* () {
    const inbox = yield* Queue.dropping<string, "closed">(INBOX)
    socket.on("message", (data, isBinary) => {
      if (isBinary) socket.close(1003, "only text frames are understood")
      else if (!Queue.offerUnsafe(inbox, String(data))) socket.close(POLICY, "too many messages at once")
    })
    // A frame over the limit, or one that is no UTF-8, ends in `close` with its code.
    socket.on("error", () => {})
    socket.on("close", () => Queue.failCauseUnsafe(inbox, closed))
    return inbox
  })

/** One client, from its token to its close. `given` was verified before the upgrade; else the token is the first message. */
export const converse = Effect.fnUntraced(
  function* (socket: WebSocket, connection: Duplex, given: Identity | undefined, onAuthenticated: () => void) {
    const tokens = yield* Tokens
    const subscriptions = yield* Subscriptions
    const metrics = yield* Metrics
    const inbox = yield* inboxOf(socket)
    const wire = wireOf(socket, connection)
    let identity: Identity | undefined
    let subscription: Subscription | undefined
    let entered = false
    let subscribeBy = Number.POSITIVE_INFINITY
    let lookAt = Number.POSITIVE_INFINITY
    let windowStart = 0
    let messages = 0
    const authBy = (yield* Clock.currentTimeMillis) + AUTH_WITHIN

    yield* Effect.addFinalizer(() => Effect.sync(() => (entered ? subscriptions.leave(subscription) : undefined)))

    const welcome = Effect.fnUntraced(function* (who: Identity) {
      const first = identity === undefined
      identity = who
      lookAt = (yield* Clock.currentTimeMillis) + LOOK_AGAIN
      if (!first) return
      entered = subscriptions.enter()
      if (!entered) return socket.close(TRY_LATER, `all ${MAX_CLIENTS} places are taken: try again later`)
      onAuthenticated()
      const at = subscriptions.position()
      subscription = new Subscription({ wire, who: who.name, wants: () => true, at, onSkip: metrics.framesSkipped })
      subscribeBy = (yield* Clock.currentTimeMillis) + SUBSCRIBE_WITHIN
      wire.control(hello(at))
    })

    const subscribe = (target: Subscription, request: Extract<LiveRequest, { type: "subscribe" }>) => {
      subscribeBy = Number.POSITIVE_INFINITY
      subscriptions.pause(target)
      target.wants = compileFilter(request.filter ?? {})
      return subscriptions.join(target, request.resume ?? { epoch: target.epoch, offset: target.last })
    }

    const receive = Effect.fnUntraced(function* (text: string) {
      const request = readRequest(text)
      if (Result.isFailure(request)) {
        if (identity === undefined) return socket.close(UNAUTHENTICATED, "the first message must be {type: auth, token}")
        return wire.control(error("bad_request", request.failure))
      }
      const message = request.success
      if (message.type === "auth") {
        const verified = yield* Effect.result(tokens.verify(message.token))
        if (Result.isFailure(verified)) return socket.close(UNAUTHENTICATED, verified.failure.message)
        return yield* welcome(verified.success)
      }
      if (identity === undefined || subscription === undefined)
        return socket.close(UNAUTHENTICATED, "the first message must be {type: auth, token}")
      yield* subscribe(subscription, message)
    })

    const tooFast = (now: number): boolean => {
      if (now - windowStart >= WINDOW) {
        windowStart = now
        messages = 0
      }
      return ++messages > MESSAGES_PER_WINDOW
    }

    const due = Effect.fnUntraced(function* (now: number) {
      if (identity === undefined) return socket.close(UNAUTHENTICATED, "no token within 5 seconds")
      if (identity.expiresAt <= now) return socket.close(UNAUTHENTICATED, "the access token has expired")
      if (lookAt <= now) {
        lookAt = now + LOOK_AGAIN
        if (!(yield* tokens.stands(identity))) return socket.close(UNAUTHENTICATED, "this user was removed")
      }
      if (subscription !== undefined && subscribeBy <= now) yield* subscribe(subscription, { type: "subscribe" })
    })

    if (given !== undefined) yield* welcome(given)
    while (socket.readyState === socket.OPEN) {
      const until = Math.min(identity?.expiresAt ?? authBy, subscribeBy, lookAt)
      const wait = Math.max(0, until - (yield* Clock.currentTimeMillis))
      const next = yield* Queue.take(inbox).pipe(Effect.timeoutOption(wait))
      const now = yield* Clock.currentTimeMillis
      if (Option.isNone(next) || lookAt <= now) yield* due(now)
      if (Option.isNone(next)) continue
      if (tooFast(now)) socket.close(POLICY, `more than ${MESSAGES_PER_WINDOW} messages in ${WINDOW / 1_000} seconds`)
      else yield* receive(next.value)
    }
  },
  Effect.scoped,
  Effect.catch(() => Effect.void),
)
