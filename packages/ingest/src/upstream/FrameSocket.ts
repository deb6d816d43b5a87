import { proxyAgent } from "@signalflow/platform/Proxy"
import { Context, Effect, Layer, Schema, Stream } from "effect"
import { WebSocket } from "ws"

/** A socket that could not be opened or did not stay open. `status` and `body` are what a server answered instead of upgrading. */
export class FrameSocketError extends Schema.TaggedError<FrameSocketError>()("FrameSocketError", {
  reason: Schema.Literals(["refused", "closed", "timeout"]),
  message: Schema.String,
  status: Schema.NullOr(Schema.Int),
  body: Schema.String,
}) {}

export interface FrameSocketOptions {
  readonly url: string
  readonly protocols: ReadonlyArray<string>
  /** A longer frame ends the connection. */
  readonly maxFrameBytes: number
  /** Frames that may wait to be taken before the socket is paused. */
  readonly maxWaiting: number
  /** How long the first frame waits for others to be taken with it; it does not when many are waiting. */
  readonly lingerMs: number
  readonly connectTimeoutMs: number
  /** The text of a binary frame; a frame that it throws at comes as an empty one. Without it they are taken for text. */
  readonly decode?: (frame: Uint8Array) => string
}

/** The read end of WebSockets: text frames in, nothing out. */
export class FrameSocket extends Context.Service<
  FrameSocket,
  {
    /** Opens a connection for as long as the stream is read; each element is all frames that have arrived since the last one. Ends only by failing. */
    readonly frames: (options: FrameSocketOptions) => Stream.Stream<ReadonlyArray<string>, FrameSocketError>
  }
>()("@signalflow/ingest/upstream/FrameSocket") {
  static readonly layer = Layer.succeed(FrameSocket, {
    frames: (options) => Stream.unwrap(Effect.map(open(options), (take) => Stream.fromEffectRepeat(take))),
  })

  /** Connections that a script plays: called for each with what was asked. */
  static readonly layerTest = (play: (options: FrameSocketOptions) => Stream.Stream<ReadonlyArray<string>, FrameSocketError>) =>
    Layer.succeed(FrameSocket, { frames: (options) => Stream.suspend(() => play(options)) })
}

const failure = (reason: FrameSocketError["reason"], message: string, status: number | null = null, body = "") =>
  new FrameSocketError({ reason, message, status, body })

const open = (options: FrameSocketOptions) =>
  Effect.acquireRelease(
    Effect.sync(() => connect(options)),
    ({ socket }) => Effect.sync(() => socket.terminate()),
  ).pipe(Effect.map(({ take }) => take))

const decoded = (frame: Uint8Array, decode: (frame: Uint8Array) => string): string => {
  try {
    return decode(frame)
  } catch {
    return ""
  }
}

const connect = (options: FrameSocketOptions) => {
  const { host } = new URL(options.url)
  // Invalid UTF-8 is replaced, not refused: one bad frame must not cost the connection.
  const agent = proxyAgent(options.url.startsWith("wss:"))
  const socket = new WebSocket(options.url, [...options.protocols], {
    ...(agent === null ? {} : { agent }),
    maxPayload: options.maxFrameBytes,
    handshakeTimeout: options.connectTimeoutMs,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    followRedirects: false,
  })
  let waiting: Array<string> = []
  let ended: FrameSocketError | null = null
  let wake: (() => void) | null = null
  const end = (error: FrameSocketError) => {
    ended ??= error
    wake?.()
  }
  socket.on("message", (data, isBinary) => {
    waiting.push(isBinary && options.decode !== undefined ? decoded(data as Buffer, options.decode) : (data as Buffer).toString("utf8"))
    if (waiting.length >= options.maxWaiting) socket.pause()
    wake?.()
  })
  socket.on("unexpected-response", (_request, response) => {
    let body = ""
    response.setEncoding("utf8")
    response.on("data", (chunk: string) => {
      if (body.length < 4_096) body += chunk
      else response.destroy()
    })
    response.on("close", () => {
      end(failure("refused", `${host} answered ${response.statusCode} instead of opening the stream`, response.statusCode ?? null, body))
      socket.terminate()
    })
  })
  socket.on("error", (error) => end(failure(/timed out/.test(error.message) ? "timeout" : "refused", `${host}: ${error.message}`)))
  socket.on("close", (code, reason) => {
    const why = reason.toString("utf8").slice(0, 200)
    end(failure("closed", `${host} closed the stream (${code}${why === "" ? "" : `: ${why}`})`))
  })

  const arrival = Effect.callback<void, FrameSocketError>((resume) => {
    const settle = () => {
      if (waiting.length === 0 && ended === null) return
      wake = null
      resume(waiting.length > 0 ? Effect.void : Effect.fail(ended!))
    }
    wake = settle
    settle()
    return Effect.sync(() => {
      wake = null
    })
  })
  const drain = Effect.sync(() => {
    const taken = waiting
    waiting = []
    if (socket.isPaused) socket.resume()
    return taken
  })
  const linger = Effect.suspend(() =>
    ended !== null || waiting.length * 4 >= options.maxWaiting ? Effect.void : Effect.sleep(options.lingerMs),
  )
  return { socket, take: Effect.andThen(Effect.andThen(arrival, linger), drain) }
}
