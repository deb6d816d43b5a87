import { WebSocket } from "@effect/platform-node/NodeWS"
import type { LiveFrame, LiveRequest } from "@signalflow/domain/live/LiveFrame"
import { Effect } from "effect"

interface Close {
  readonly code: number
  readonly reason: string
}

/** A client of the live socket that keeps what it was sent. */
export class Client {
  readonly socket: WebSocket
  readonly frames: Array<LiveFrame> = []
  /** Of the signals among them. */
  readonly offsets: Array<number> = []
  closed: Close | undefined
  refused: { readonly status: number; readonly body: string } | undefined
  #waiting = new Set<() => void>()

  constructor(url: string, options: { readonly protocols?: ReadonlyArray<string>; readonly headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(`${url.replace("http", "ws")}`, [...(options.protocols ?? [])], { headers: options.headers ?? {} })
    this.socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as LiveFrame
      this.frames.push(frame)
      if (frame.type === "signal") this.offsets.push(frame.offset)
      this.#changed()
    })
    this.socket.on("open", () => this.#changed())
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) }
      this.#changed()
    })
    this.socket.on("error", () => {})
    this.socket.on("unexpected-response", (_request, response) => {
      let body = ""
      response.on("data", (chunk: Buffer) => (body += String(chunk)))
      response.on("end", () => {
        this.refused = { status: response.statusCode ?? 0, body }
        this.#changed()
      })
    })
  }

  /** Waits for a condition, and fails with what came instead. */
  until(what: string, condition: (client: Client) => boolean): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const check = () => {
        if (!condition(this)) return
        this.#waiting.delete(check)
        resume(Effect.void)
      }
      this.#waiting.add(check)
      check()
    }).pipe(
      Effect.timeoutOrElse({
        duration: "10 seconds",
        orElse: () =>
          Effect.die(
            new Error(`${what} never came; closed ${JSON.stringify(this.closed)}, frames ${JSON.stringify(this.frames).slice(0, 2_000)}`),
          ),
      }),
    )
  }

  say(message: LiveRequest | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message))
  }

  of<T extends LiveFrame["type"]>(type: T): ReadonlyArray<Extract<LiveFrame, { type: T }>> {
    return this.frames.filter((frame) => frame.type === type) as unknown as ReadonlyArray<Extract<LiveFrame, { type: T }>>
  }

  #changed(): void {
    for (const check of this.#waiting) check()
  }
}

export const connect = (url: string, options: ConstructorParameters<typeof Client>[1] = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => new Client(url, options)),
    (client) => Effect.sync(() => client.socket.terminate()),
  )
