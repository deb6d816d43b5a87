import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { IpNetwork } from "effect/net"
import { createServer } from "node:http"
import { connect, type Socket } from "node:net"
import type { ConnectionBounds } from "../../src/http/Connections.ts"
import { listen } from "../../src/http/Listening.ts"

const body = Buffer.alloc(48 * 1024 * 1024, "x")
const ASK = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

/** A server that answers everything with 48 MB, more than any system buffers for a connection. */
const serving = (bounds: Partial<ConnectionBounds>) => {
  const server = createServer((_, response) => response.end(body))
  const options = { perAddress: 100, trusted: [], ...bounds }
  return listen(server, { setting: "PORT", host: "127.0.0.1", port: 0, bounds: options })
}

const open = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
      socket.on("error", () => undefined)
    }),
    (socket) => Effect.sync(() => socket.destroy()),
  )

const closed = (socket: Socket) =>
  Effect.callback<void>((resume) => {
    if (socket.closed) resume(Effect.void)
    else socket.once("close", () => resume(Effect.void))
  })

/** Reads a little at a time, with pauses. */
const drip = (socket: Socket) =>
  Effect.callback<number>((resume) => {
    let bytes = 0
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      socket.pause()
      setTimeout(() => socket.resume(), 2)
      if (bytes >= body.length) resume(Effect.succeed(bytes))
    })
    socket.once("close", () => resume(Effect.succeed(bytes)))
  })

describe("connections", () => {
  it.live("one that takes nothing is destroyed, also if it goes on asking; one that reads slowly gets its answer", () =>
    Effect.gen(function* () {
      const port = yield* serving({ stalledAfter: 600 })
      const deaf = yield* open(port)
      const talking = yield* open(port)
      const slow = yield* open(port)
      for (const socket of [deaf, talking, slow]) socket.write(ASK)
      const chatter = setInterval(() => talking.write(ASK), 50)
      const started = performance.now()
      const bytes = yield* drip(slow)
      assert.isAtLeast(bytes, body.length)
      assert.isAbove(performance.now() - started, 600)
      // A paused socket sees its end only once it reads.
      yield* Effect.all([closed(deaf.resume()), closed(talking.resume())], { concurrency: 2 })
      clearInterval(chatter)
      assert.isBelow(deaf.bytesRead, body.length)
      assert.isBelow(talking.bytesRead, body.length)
    }).pipe(Effect.scoped),
  )

  it.live("one address may hold so many; a trusted proxy more; a place that is left is free again", () =>
    Effect.gen(function* () {
      const refused: Array<string> = []
      const port = yield* serving({ perAddress: 3, onRefused: (address) => refused.push(address) })
      const held = [yield* open(port), yield* open(port), yield* open(port)]
      for (let i = 0; i < 5; i++) yield* closed((yield* open(port)).resume())
      assert.deepStrictEqual(refused, ["127.0.0.1"])
      held[0]!.destroy()
      const again = Effect.gen(function* () {
        const socket = yield* open(port)
        socket.write(ASK)
        return yield* Effect.race(
          Effect.as(closed(socket), false),
          Effect.callback<boolean>((resume) => void socket.once("data", () => resume(Effect.succeed(true)))),
        )
      })
      assert.isTrue(yield* Effect.repeat(again, { until: (answered) => answered }))

      const behind = yield* serving({ perAddress: 3, trusted: [IpNetwork.fromStringUnsafe("127.0.0.1/32")] })
      const many = yield* Effect.forEach(Array.from({ length: 8 }), () => open(behind))
      for (const socket of many) {
        socket.write(ASK)
        yield* Effect.callback<void>((resume) => void socket.once("data", () => resume(Effect.void)))
      }
    }).pipe(Effect.scoped),
  )
})
