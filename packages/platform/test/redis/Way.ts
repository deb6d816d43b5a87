import { Effect } from "effect"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import type { RedisServer } from "../../../../infra/test/redis.ts"

/** A way to the server that can be cut. */
export const wayTo = (server: RedisServer) =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    let isOpen = true
    const listening = yield* Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const proxy = createServer((from) => {
          const to = connect(server.port, "127.0.0.1")
          for (const [one, other] of [
            [from, to],
            [to, from],
          ] as const) {
            sockets.add(one)
            one.on("error", () => {})
            one.on("close", () => {
              sockets.delete(one)
              other.destroy()
            })
          }
          if (isOpen) from.pipe(to).pipe(from)
          else from.destroy()
        })
        proxy.listen(0, "127.0.0.1", () => resume(Effect.succeed(proxy)))
      }),
      (proxy) => Effect.sync(() => void proxy.close()),
    )
    return {
      url: server.url.replace(/\d+$/, String((listening.address() as AddressInfo).port)),
      cut: () => {
        isOpen = false
        for (const socket of sockets) socket.destroy()
      },
      mend: () => void (isOpen = true),
    }
  })
