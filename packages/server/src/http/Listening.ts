import { Effect, Schema } from "effect"
import type { Server } from "node:http"
import type { Socket } from "node:net"
import { boundedConnections, type ConnectionBounds } from "./Connections.ts"

/** The server cannot start. The message says why and what to do. */
export class ServerError extends Schema.TaggedError<ServerError>()("ServerError", { message: Schema.String, cause: Schema.Defect() }) {}

const explain = (setting: string, port: number, host: string, cause: NodeJS.ErrnoException): string => {
  switch (cause.code) {
    case "EADDRINUSE":
      return `${setting} ${port} on ${host} is in use by another program: stop it or set ${setting}`
    case "EACCES":
      return `${setting} ${port} may not be opened by this user: set ${setting} to one above 1023`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `HOST ${host} is not an address of this machine: set HOST, e.g. to 127.0.0.1`
    default:
      return `${setting} ${port} on ${host} cannot be opened: ${cause.message}`
  }
}

/** Open connections get so long to finish. */
const GRACE = 2_000

const close = (server: Server, connections: ReadonlySet<Socket>): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const force = setTimeout(() => {
      for (const connection of connections) connection.destroy()
    }, GRACE)
    server.close(() => {
      clearTimeout(force)
      resume(Effect.void)
    })
    server.closeIdleConnections()
  })

/** Listens until the scope closes, and yields the port, which the system chose if it was 0. */
export const listen = (
  server: Server,
  options: { readonly setting: string; readonly host: string; readonly port: number; readonly bounds: ConnectionBounds },
) => {
  const connections = boundedConnections(server, options.bounds)
  return Effect.acquireRelease(
    Effect.callback<number, ServerError>((resume) => {
      const failed = (cause: Error) =>
        resume(Effect.fail(new ServerError({ message: explain(options.setting, options.port, options.host, cause), cause })))
      server.once("error", failed)
      server.listen({ host: options.host, port: options.port }, () => {
        server.off("error", failed)
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : options.port))
      })
    }),
    () => close(server, connections),
  )
}

/** As a URL names it: an IPv6 address in brackets, and this machine where the server listens everywhere. */
export const urlHost = (host: string): string => {
  if (host === "0.0.0.0" || host === "::" || host === "") return "127.0.0.1"
  return host.includes(":") ? `[${host}]` : host
}
