import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { WebSocketServer, type WebSocket } from "ws"
import type { Faults } from "../../faults/Faults.ts"
import type { BlueskyFeed } from "../../world/Feeds.ts"
import { json, text, type Protocol } from "../../Protocol.ts"
import { errorFrame, frameV1, frameV2, infoFrame, unreadable } from "./JetstreamFrames.ts"
import { compressed, DICTIONARY } from "./JetstreamZstd.ts"
import { filterFrom, isRefusal, readV1, readV2, start, wants, type Refusal, type Subscription, type Version } from "./JetstreamQuery.ts"

const V2_PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
const V1_PATH = "/subscribe"
const DICTIONARY_PATH = "/xrpc/network.bsky.jetstream.getZstdDictionary"
const SUBPROTOCOL = "xrpc.v1.json"

/** A reader that leaves this much unread is waited for, not buffered for. */
export const BUFFER_LIMIT = 1_048_576
/** Events looked at before others get their turn. */
const TURN = 512
const LARGEST_CLIENT_MESSAGE = 10_000_000
const POLICY_VIOLATION = 1008
const INVALID_PAYLOAD = 1007

interface Subscriber {
  readonly socket: WebSocket
  readonly version: Version
  subscription: Subscription
  /** The next seq to look at. */
  next: number
  sent: number
  /** v1 with `requireHello`: nothing is sent before the client's first message. */
  greeted: boolean
  blocked: boolean
  /** It will never get another frame. */
  frozen: boolean
  scheduled: boolean
}

export interface JetstreamWatch {
  readonly subscribers: () => number
  /** The most that was ever waiting in one socket, in bytes. */
  readonly mostBuffered: () => number
}

const refuse = (socket: Duplex, status: string, body: string, type: string) => {
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/** Jetstream v2 (`subscribeEvents`) and v1 (`/subscribe`). */
export const jetstream = (feed: BlueskyFeed, faults: Faults, now: () => number): Protocol & JetstreamWatch => {
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LARGEST_CLIENT_MESSAGE,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  const subscribers = new Set<Subscriber>()
  let mostBuffered = 0

  const send = (subscriber: Subscriber, text: string) => {
    const { socket } = subscriber
    const frame = subscriber.subscription.isCompressed ? compressed(text) : text
    if (socket.bufferedAmount < BUFFER_LIMIT) socket.send(frame)
    else {
      subscriber.blocked = true
      socket.send(frame, () => {
        subscriber.blocked = false
        schedule(subscriber)
      })
    }
    mostBuffered = Math.max(mostBuffered, socket.bufferedAmount)
  }

  const deliver = (subscriber: Subscriber, frame: string) => {
    const { malformedEvery, duplicateEvery, breakAfter } = faults.plan
    send(subscriber, frame)
    subscriber.sent++
    if (duplicateEvery > 0 && subscriber.sent % duplicateEvery === 0) {
      send(subscriber, frame)
      faults.count("duplicate")
    }
    if (malformedEvery > 0 && subscriber.sent % malformedEvery === 0) {
      send(subscriber, unreadable(subscriber.sent / malformedEvery))
      faults.count("malformed")
    }
    if (breakAfter > 0 && subscriber.sent >= breakAfter) {
      subscriber.socket.terminate()
      faults.count("break")
    }
  }

  const pump = (subscriber: Subscriber) => {
    const { socket } = subscriber
    if (subscriber.blocked || !subscriber.greeted || socket.readyState !== socket.OPEN) return
    const { stall, freeze } = faults.plan
    if ((stall || freeze) && subscriber.next < feed.nextSeq()) {
      if (!subscriber.frozen) faults.count(freeze ? "freeze" : "stall")
      subscriber.frozen ||= freeze
    }
    if (stall || subscriber.frozen) return
    if (faults.plan.tooSlow) {
      faults.count("tooSlow")
      send(subscriber, errorFrame("ConsumerTooSlow", `reading below the floor rate; reconnect with cursor=${subscriber.next}`))
      socket.close()
      return
    }
    const end = Math.min(feed.nextSeq(), subscriber.next + TURN)
    while (subscriber.next < end && !subscriber.blocked && socket.readyState === socket.OPEN) {
      const event = feed.event(subscriber.next)
      subscriber.next++
      if (event === null || !wants(subscriber.subscription, event)) continue
      const frame = subscriber.version === 2 ? frameV2(event) : frameV1(event)
      const limit = subscriber.subscription.maxMessageSizeBytes
      if (limit === 0 || Buffer.byteLength(frame) <= limit) deliver(subscriber, frame)
    }
    if (subscriber.next === end && end < feed.nextSeq()) schedule(subscriber)
  }

  const schedule = (subscriber: Subscriber) => {
    if (subscriber.scheduled) return
    subscriber.scheduled = true
    setImmediate(() => {
      subscriber.scheduled = false
      pump(subscriber)
    })
  }

  /** v1 clients may change their filter; the server's answers to nonsense are its own. */
  const updateOptions = (subscriber: Subscriber, data: string) => {
    const close = (code: number, reason: string) => subscriber.socket.close(code, reason.slice(0, 100))
    try {
      const message = JSON.parse(data) as {
        type?: unknown
        payload?: { wantedCollections?: Array<string>; wantedDids?: Array<string>; maxMessageSizeBytes?: number }
      }
      if (message.type !== "options_update") return
      const { wantedCollections = [], wantedDids = [], maxMessageSizeBytes = 0 } = message.payload ?? {}
      const filter = filterFrom(1, { collections: wantedCollections, dids: wantedDids, size: maxMessageSizeBytes })
      if (isRefusal(filter)) return close(POLICY_VIOLATION, filter.message)
      subscriber.subscription = { ...filter, kinds: null, isCompressed: false }
      subscriber.greeted = true
      schedule(subscriber)
    } catch {
      close(INVALID_PAYLOAD, "bad SubscriberSourcedMessage envelope")
    }
  }

  const accept = (socket: WebSocket, version: Version, subscription: Subscription, seq: number, info: string | null, greeted: boolean) => {
    const subscriber: Subscriber = {
      socket,
      version,
      subscription,
      next: seq,
      sent: 0,
      greeted,
      blocked: false,
      frozen: false,
      scheduled: false,
    }
    subscribers.add(subscriber)
    const pushOnly = () => {
      faults.count("clientFrame")
      socket.close(POLICY_VIOLATION, "server push only")
    }
    socket.on("close", () => subscribers.delete(subscriber))
    socket.on("error", () => socket.terminate())
    socket.on("message", (data, binary) => {
      if (version === 2) pushOnly()
      else if (!binary) updateOptions(subscriber, data.toString())
    })
    if (version === 2) socket.on("ping", pushOnly)
    if (info !== null) send(subscriber, info)
    schedule(subscriber)
  }

  const versionOf = (path: string): Version | null => (path === V2_PATH ? 2 : path === V1_PATH ? 1 : null)

  const open = (version: Version, query: URLSearchParams) => {
    const subscription = version === 2 ? readV2(query) : readV1(query)
    if (isRefusal(subscription)) return subscription
    const from = start(version, query.get("cursor"), feed, now() * 1000)
    return isRefusal(from) ? from : { subscription, from }
  }

  const turnedAway = (version: Version, { error, message }: Refusal) =>
    version === 2 ? { body: JSON.stringify({ error, message }), type: "application/json" } : { body: `${message}\n`, type: "text/plain" }

  return {
    name: "jetstream",
    subscribers: () => subscribers.size,
    mostBuffered: () => mostBuffered,
    http: ({ pathname }) => {
      if (pathname === DICTIONARY_PATH) return { status: 200, body: DICTIONARY, type: "application/octet-stream" }
      const version = versionOf(pathname)
      if (version === null) return null
      return version === 2
        ? json({ error: "InvalidRequest", message: "expected a WebSocket upgrade" }, 426)
        : text("Upgrade Required\n", 426)
    },
    upgrade: (url: URL, request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const version = versionOf(url.pathname)
      if (version === null) return false
      if (faults.plan.refuse) {
        faults.count("refuse")
        refuse(socket, "503 Service Unavailable", "service not ready\n", "text/plain")
        return true
      }
      const opened = open(version, url.searchParams)
      if (isRefusal(opened)) {
        faults.count("refused")
        const { body, type } = turnedAway(version, opened)
        refuse(socket, "400 Bad Request", body, type)
        return true
      }
      const { subscription, from } = opened
      const info = from.info === null ? null : infoFrame(from.info.name, from.info.message)
      const greeted = version === 2 || url.searchParams.get("requireHello") !== "true"
      server.handleUpgrade(request, socket, head, (client) => accept(client, version, subscription, from.seq, info, greeted))
      return true
    },
    wake: () => {
      for (const subscriber of subscribers) schedule(subscriber)
    },
    close: () => {
      for (const { socket } of subscribers) socket.terminate()
      server.close()
    },
  }
}
