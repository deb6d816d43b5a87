import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue, Stream } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import { FrameSocket, type FrameSocketOptions } from "../../src/upstream/FrameSocket.ts"

/** A WebSocket server on loopback; `refuse` answers the upgrade with this status. */
const serve = (onSocket: (socket: WebSocket) => void, refuse?: { status: number; body: string }) =>
  Effect.gen(function* () {
    const http = createServer()
    const sockets = new WebSocketServer({ noServer: true })
    http.on("upgrade", (request, raw, head) => {
      if (refuse === undefined) sockets.handleUpgrade(request, raw, head, onSocket)
      else raw.end(`HTTP/1.1 ${refuse.status} No\r\ncontent-length: ${refuse.body.length}\r\nconnection: close\r\n\r\n${refuse.body}`)
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void http.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.sync(() => {
          for (const socket of sockets.clients) socket.terminate()
          http.close()
        }),
    )
    const options: FrameSocketOptions = {
      url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/x`,
      protocols: ["xrpc.v1.json"],
      maxFrameBytes: 100_000,
      maxWaiting: 100,
      lingerMs: 0,
      connectTimeoutMs: 5_000,
    }
    return { options, frames: (yield* FrameSocket).frames(options), sockets }
  }).pipe(Effect.provide(FrameSocket.layer))

describe("a frame socket", () => {
  it.live("gives the frames that came, in order, and the reason why no more will", () =>
    Effect.gen(function* () {
      const { frames } = yield* serve((socket) => {
        for (let i = 0; i < 1_000; i++) socket.send(String(i))
        socket.close(4_000, "enough")
      })
      const seen: Array<string> = []
      const error = yield* Effect.flip(Stream.runForEach(frames, (some) => Effect.sync(() => seen.push(...some))))
      assert.deepStrictEqual(
        seen,
        Array.from({ length: 1_000 }, (_, i) => String(i)),
      )
      assert.strictEqual(error.reason, "closed")
      assert.include(error.message, "(4000: enough)")
    }),
  )

  it.live("never sends a frame, and leaves when nobody reads any more", () =>
    Effect.gen(function* () {
      const heard = yield* Queue.unbounded<string>()
      const { frames } = yield* serve((socket) => {
        socket.on("message", () => Queue.offerUnsafe(heard, "message"))
        socket.on("ping", () => Queue.offerUnsafe(heard, "ping"))
        socket.on("close", () => Queue.offerUnsafe(heard, "close"))
        socket.send("one")
      })
      assert.deepStrictEqual(yield* Stream.runCollect(Stream.take(frames, 1)), [["one"]])
      assert.strictEqual(yield* Queue.take(heard), "close")
    }),
  )

  it.live("stops the sender when its reader is slow, and holds little", () =>
    Effect.gen(function* () {
      let server: WebSocket | undefined
      const { frames } = yield* serve((socket) => {
        server = socket
        for (let i = 0; i < 2_000; i++) socket.send("x".repeat(20_000))
      })
      const sizes = yield* Queue.unbounded<number>()
      const release = yield* Queue.unbounded<void>()
      const fiber = yield* Effect.forkScoped(
        Stream.runForEach(frames, (some) => Effect.andThen(Queue.offer(sizes, some.length), Queue.take(release))),
      )
      let seen = yield* Queue.take(sizes)
      // 40 MB were sent: what neither side's kernel holds waits with the sender.
      yield* Effect.promise(async () => {
        for (let same = 0, last = -1; same < 20; same = server!.bufferedAmount === last ? same + 1 : 0) {
          last = server!.bufferedAmount
          await new Promise((resolve) => setImmediate(resolve))
        }
      })
      assert.isAbove(server!.bufferedAmount, 10_000_000)
      while (seen < 2_000) {
        yield* Queue.offer(release, undefined)
        const size = yield* Queue.take(sizes)
        assert.isAtMost(size, 200)
        seen += size
      }
      assert.strictEqual(seen, 2_000)
      yield* Fiber.interrupt(fiber)
    }),
  )

  it.live("says what a server answered instead of upgrading", () =>
    Effect.gen(function* () {
      const { frames } = yield* serve(() => undefined, { status: 400, body: '{"error":"CursorTooOld","message":"floor 7"}' })
      const error = yield* Effect.flip(Stream.runDrain(frames))
      assert.deepInclude(error, { reason: "refused", status: 400, body: '{"error":"CursorTooOld","message":"floor 7"}' })
    }),
  )

  it.live("ends at a frame above its limit, and reads a frame of invalid UTF-8", () =>
    Effect.gen(function* () {
      const { frames } = yield* serve((socket) => {
        socket.send(Buffer.from([0x61, 0xff, 0x62]), { binary: false })
        socket.send("x".repeat(200_000))
      })
      const seen: Array<string> = []
      yield* Effect.flip(Stream.runForEach(frames, (some) => Effect.sync(() => seen.push(...some))))
      assert.deepStrictEqual(seen, ["a\ufffdb"])
    }),
  )

  it.live("fails when nobody listens", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Stream.runDrain(
          (yield* FrameSocket).frames({
            url: "ws://127.0.0.1:1/",
            protocols: [],
            maxFrameBytes: 1,
            maxWaiting: 1,
            lingerMs: 0,
            connectTimeoutMs: 1_000,
          }),
        ),
      )
      assert.strictEqual(error.reason, "refused")
    }).pipe(Effect.provide(FrameSocket.layer)),
  )
})
