export type Protocol = "v2" | "v1"

export interface Endpoint {
  readonly host: string
  readonly protocol: Protocol
}

/** Longer frames are left out by the server; the socket's own limit lies above it. */
export const FRAME_BYTES = 500_000
const FAILURES_BEFORE_V1 = 3

/** Hosts from the setting: `wss://host` each; a bare name is wss. */
export const hostsOf = (setting: string): ReadonlyArray<string> =>
  setting
    .split(",")
    .map((host) => host.trim().replace(/\/+$/, ""))
    .filter((host) => host !== "")
    .map((host) => (/^wss?:\/\//.test(host) ? host : host.replace(/^http/, "ws").replace(/^(?!wss?:)/, "wss://")))

/** The hosts of v1 that stand beside the public v2 ones; elsewhere the same host speaks both. */
const v1Of = (host: string) => host.replace(/^wss:\/\/jetstream\.(us-east|us-west)\.bsky\.network$/, "wss://jetstream2.$1.bsky.network")

export const urlOf = (
  { host, protocol }: Endpoint,
  cursor: number | null,
  collections: ReadonlyArray<string>,
  dictionary: number | null,
): string => {
  const query = new URLSearchParams()
  if (protocol === "v2") {
    query.append("kinds", "commit")
    query.append("kinds", "account")
  }
  for (const collection of collections) query.append(protocol === "v2" ? "collections" : "wantedCollections", collection)
  query.append("maxMessageSizeBytes", String(FRAME_BYTES))
  if (dictionary !== null && protocol === "v2") query.append("zstdDictionary", String(dictionary))
  if (cursor !== null) query.append("cursor", String(cursor))
  return protocol === "v2" ? `${host}/xrpc/network.bsky.jetstream.subscribeEvents?${query}` : `${v1Of(host)}/subscribe?${query}`
}

/** Which host is next, and which of them speaks only v1. Shared by the feeds of one target. */
export class Hosts {
  readonly #hosts: ReadonlyArray<string>
  readonly #v1 = new Set<string>()
  #at = 0
  #failures = 0

  constructor(hosts: ReadonlyArray<string>) {
    this.#hosts = hosts.length > 0 ? hosts : ["wss://jetstream.us-east.bsky.network"]
  }

  get current(): Endpoint {
    const host = this.#hosts[this.#at % this.#hosts.length]!
    return { host, protocol: this.#v1.has(host) ? "v1" : "v2" }
  }

  /** Begins with the host that a stored position is of, where it is still configured. */
  prefer(host: string): void {
    const at = this.#hosts.indexOf(host)
    if (at !== -1) this.#at = at
  }

  /** It answered like a server that does not know v2. */
  speaksV1(host: string): void {
    this.#v1.add(host)
  }

  worked(): void {
    this.#failures = 0
  }

  /** On to the next host; when all have failed several times, each is tried by the other protocol. */
  failed(): void {
    this.#failures++
    if (this.#failures % (this.#hosts.length * FAILURES_BEFORE_V1) === 0)
      for (const host of this.#hosts) {
        if (this.#v1.has(host)) this.#v1.delete(host)
        else this.#v1.add(host)
      }
    this.#at++
  }
}
