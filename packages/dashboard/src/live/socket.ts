import { LiveFrame, type LiveRequest } from "@signalflow/domain/live/LiveFrame"
import { Option, Schema } from "effect"
import type { Access } from "../server/client.ts"

export type LiveStatus =
  | { readonly _tag: "Connecting" }
  | { readonly _tag: "Live" }
  /** `since` = when the connection was lost, unix milliseconds. */
  | { readonly _tag: "Reconnecting"; readonly attempt: number; readonly since: number }

export interface LiveOptions {
  readonly url: string
  readonly access: Access
  /** Where the reader stands; the server sends what came after it, or says `gap`. */
  readonly place: () => { readonly epoch: string; readonly offset: number } | null
  readonly onFrames: (frames: ReadonlyArray<LiveFrame>) => void
  readonly onStatus: (status: LiveStatus) => void
  readonly open?: (url: string, protocols: ReadonlyArray<string>) => WebSocket
  readonly onPaint?: (work: () => void) => void
  readonly random?: () => number
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 20_000
const STABLE_MS = 10_000
/** Frames kept between two paints; a hidden tab paints seldom. */
const PENDING_LIMIT = 2_000
/** The server's close code for a token that is missing, refused or expired. */
const UNAUTHENTICATED = 4401
/** Offered with the token, so that the socket is known before it opens; the server answers with this alone. */
const PROTOCOL = "signalflow.v1"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(LiveFrame))

/** A hidden tab gets no animation frames: it folds once a second. */
const paint = (work: () => void): void => {
  if (document.hidden) setTimeout(work, 1_000)
  else requestAnimationFrame(work)
}

/** Keeps one socket open and hands over its frames in batches. Returns how to end it. */
export const openLive = (options: LiveOptions): (() => void) => {
  const open = options.open ?? ((url, protocols) => new WebSocket(url, [...protocols]))
  const onPaint = options.onPaint ?? paint
  const random = options.random ?? Math.random
  let ended = false
  let attempt = 0
  let lostAt: number | null = null
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let pending: Array<LiveFrame> = []
  let planned = false
  /** Whether a socket that does not open may mean that its token is refused: a browser does not say why. */
  let suspect = true

  const flush = () => {
    planned = false
    if (ended || pending.length === 0) return
    const frames = pending
    pending = []
    options.onFrames(frames)
  }

  const take = (frame: LiveFrame) => {
    pending.push(frame)
    if (pending.length >= PENDING_LIMIT) flush()
    if (planned) return
    planned = true
    onPaint(flush)
  }

  const again = () => {
    if (ended) return
    lostAt ??= Date.now()
    attempt += 1
    options.onStatus({ _tag: "Reconnecting", attempt, since: lostAt })
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1))
    timer = setTimeout(connect, ceiling / 2 + (random() * ceiling) / 2)
  }

  const connect = async (): Promise<void> => {
    clearTimeout(timer)
    let token: string
    try {
      token = await options.access.token()
    } catch {
      return again()
    }
    if (ended) return
    const mine = open(options.url, [PROTOCOL, token])
    socket = mine
    let opened = false
    let stable: ReturnType<typeof setTimeout> | undefined
    const send = (request: LiveRequest) => mine.send(JSON.stringify(request))
    mine.addEventListener("open", () => {
      opened = true
      suspect = true
      const place = options.place()
      send(place === null ? { type: "subscribe" } : { type: "subscribe", resume: place })
    })
    mine.addEventListener("message", (event: MessageEvent<unknown>) => {
      const frame = decode(event.data)
      if (Option.isNone(frame)) return
      if (frame.value.type === "error") return
      if (frame.value.type === "hello") {
        lostAt = null
        stable = setTimeout(() => (attempt = 0), STABLE_MS)
        options.onStatus({ _tag: "Live" })
      }
      take(frame.value)
    })
    mine.addEventListener("close", (event: CloseEvent) => {
      clearTimeout(stable)
      if (socket !== mine) return
      socket = undefined
      flush()
      if (ended) return
      const refused = event.code === UNAUTHENTICATED || (!opened && suspect)
      if (!opened) suspect = false
      if (refused) options.access.renew(token).then(again, again)
      else again()
    })
  }

  const hurry = () => {
    if (ended || socket !== undefined || lostAt === null) return
    attempt = 0
    void connect()
  }

  // A socket whose token was renewed in time is never closed for it.
  const unwatch = options.access.watch((token) => {
    if (socket?.readyState === 1) socket.send(JSON.stringify({ type: "auth", token } satisfies LiveRequest))
  })
  globalThis.addEventListener("online", hurry)
  options.onStatus({ _tag: "Connecting" })
  void connect()
  return () => {
    ended = true
    clearTimeout(timer)
    unwatch()
    globalThis.removeEventListener("online", hurry)
    socket?.close(1000)
  }
}
