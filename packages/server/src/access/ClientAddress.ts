import { IpNetwork, NetAddress } from "effect/net"
import { Result } from "effect"
import { addressKey } from "./Address.ts"

type Trusted = ReadonlyArray<IpNetwork.IpNetwork>

/** Headers as both Node and Effect give them. */
type Headers = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

const MAX_HOPS = 32
const LONGEST_HOP = 100

/** An IPv4 address inside an IPv6 one is the IPv4 address; a zone is left out. */
const plain = (address: string): string => (/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address).split("%")[0]!

/** Whether `address` is one of a proxy that may say who asks. */
export const isTrusted = (trusted: Trusted, address: string | undefined): boolean => {
  if (trusted.length === 0 || address === undefined) return false
  const parsed = NetAddress.ipFromString(plain(address))
  return Result.isSuccess(parsed) && trusted.some((network) => IpNetwork.contains(network, parsed.success))
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`; undefined for a name such as `unknown`. */
const addressOf = (hop: string): string | undefined => {
  if (hop.length > LONGEST_HOP) return undefined
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([^:]*):\d+$/.exec(hop)?.[1] ?? hop
  const address = plain(bare)
  return Result.isSuccess(NetAddress.ipFromString(address)) ? address : undefined
}

const lastOf = (header: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> | undefined => {
  if (header === undefined) return undefined
  const text = typeof header === "string" ? header : header.join(",")
  return text.split(",").slice(-MAX_HOPS)
}

/** Only what the last proxies wrote is read, and they quote no comma: what a client wrote before it cannot shift it. */
const forwardedFor = (element: string): string => /(?:^|;)\s*for\s*=\s*"?([^";]*)/i.exec(element.trim())?.[1] ?? ""

/** From the right, past every proxy that is trusted; who has no readable address is whoever passed them on. */
const walk = (trusted: Trusted, peer: string, hops: ReadonlyArray<string>): string => {
  let client = peer
  for (const hop of hops.toReversed()) {
    if (!isTrusted(trusted, client)) return client
    const before = addressOf(hop.trim())
    if (before === undefined) return client
    client = before
  }
  return client
}

/**
 * Who sent a request: the peer or, if that is a trusted proxy, whom its `X-Forwarded-For` or `Forwarded` names. A proxy may write
 * one of the two and pass on the other as the client sent it: where they contradict each other neither is believed.
 */
export const clientAddress = (trusted: Trusted, peer: string | undefined, headers: Headers): string | undefined => {
  if (peer === undefined || !isTrusted(trusted, peer)) return peer
  const lists = [lastOf(headers["x-forwarded-for"]), lastOf(headers["forwarded"])?.map(forwardedFor)]
  const clients = new Set(lists.filter((list) => list !== undefined).map((hops) => walk(trusted, peer, hops)))
  return clients.size === 1 ? [...clients][0] : peer
}

/** What every limit of an address counts by. */
export const clientKey = (trusted: Trusted, peer: string | undefined, headers: Headers): string =>
  addressKey(clientAddress(trusted, peer, headers))
