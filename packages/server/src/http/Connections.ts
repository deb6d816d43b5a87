import type { IpNetwork } from "effect/net"
import type { Server } from "node:http"
import type { Socket } from "node:net"
import { addressKey } from "../access/Address.ts"
import { isTrusted } from "../access/ClientAddress.ts"

export interface ConnectionBounds {
  /** Connections that one address may hold. */
  readonly perAddress: number
  /** Proxies, which hold the connections of all their clients and so have no such limit. */
  readonly trusted: ReadonlyArray<IpNetwork.IpNetwork>
  /** Milliseconds in which some of what is written to a connection must be taken; else it is destroyed. */
  readonly stalledAfter?: number
  /** Called when an address has no connection left, at most once a minute. */
  readonly onRefused?: (address: string) => void
}

const STALLED_AFTER = 30_000
const TELL_EVERY = 60_000

interface Written {
  readonly bytesWritten: number
  readonly writeQueueSize: number
}

/** Node's own time-out of a socket looks at these two as well: nothing public tells a peer that reads slowly from one that does not. */
const written = (socket: Socket): Written | null | undefined => (socket as unknown as { readonly _handle?: Written | null })._handle

/** Bytes that the system has taken for `socket`, null when none wait to be taken. */
const takenWhileWaiting = (socket: Socket): number | null => {
  const handle = written(socket)
  if (handle === null || handle === undefined || handle.writeQueueSize === 0) return null
  return handle.bytesWritten - handle.writeQueueSize
}

/** Destroys, again and again, the connections whose peers take nothing of what waits for them. */
const destroyStalled = (connections: ReadonlySet<Socket>, stalledAfter: number) => {
  const seen = new WeakMap<Socket, { readonly taken: number; readonly since: number }>()
  return () => {
    const now = performance.now()
    for (const connection of connections) {
      const taken = takenWhileWaiting(connection)
      const before = seen.get(connection)
      if (taken === null) seen.delete(connection)
      else if (before?.taken !== taken) seen.set(connection, { taken, since: now })
      else if (now - before.since >= stalledAfter) connection.destroy()
    }
  }
}

/** The open connections of `server`, upgraded ones too, which the server itself forgets: so many per address, and none that stalls. */
export const boundedConnections = (server: Server, bounds: ConnectionBounds): ReadonlySet<Socket> => {
  const connections = new Set<Socket>()
  const held = new Map<string, number>()
  let tellAt = 0

  const refuse = (address: string) => {
    const now = performance.now()
    if (now < tellAt) return
    tellAt = now + TELL_EVERY
    bounds.onRefused?.(address)
  }

  server.on("connection", (connection) => {
    const address = isTrusted(bounds.trusted, connection.remoteAddress) ? null : addressKey(connection.remoteAddress)
    const count = address === null ? 0 : (held.get(address) ?? 0)
    if (address !== null && count >= bounds.perAddress) {
      connection.destroy()
      return refuse(address)
    }
    if (address !== null) held.set(address, count + 1)
    connections.add(connection)
    connection.once("close", () => {
      connections.delete(connection)
      if (address === null) return
      const left = (held.get(address) ?? 1) - 1
      if (left > 0) held.set(address, left)
      else held.delete(address)
    })
  })

  const stalledAfter = bounds.stalledAfter ?? STALLED_AFTER
  const watch = setInterval(destroyStalled(connections, stalledAfter), Math.max(10, stalledAfter / 6))
  watch.unref()
  server.once("close", () => clearInterval(watch))
  return connections
}
