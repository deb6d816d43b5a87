import { lookup as resolve } from "node:dns"
import { type IncomingMessage, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { proxyAgent } from "@signalflow/platform/Proxy"
import { Clock, Effect } from "effect"
import { whyFailed } from "../../upstream/Failure.ts"
import { SourceError } from "../../SourceAdapter.ts"
import { decodeText } from "./Charset.ts"
import { isLocalName } from "./LocalName.ts"
import { refusal } from "./Refusal.ts"
import { Packed, unpacked } from "./Unpack.ts"

const TIMEOUT = 15_000
const MOST_BYTES = 2_000_000
const MOST_REDIRECTS = 5
const HOUR = 3_600_000

/** What a server gave to recognise a version of its document by. */
export interface Validators {
  readonly etag: string | null
  readonly lastModified: string | null
}

export interface Document extends Validators {
  readonly text: string
  /** Where it was found in the end. */
  readonly url: string
}

/** Which IP addresses may be connected to. */
export type Permits = (address: string) => boolean

const off = (message: string, retryAfterMs = HOUR) => new SourceError({ reason: "off", message, retryAfterMs })

const privateAddress = (host: string, address: string) =>
  off(`${host} is at ${address}: private, loopback and reserved addresses are not read`)

// The check belongs to the connection itself: a name resolved before could lead elsewhere a moment later.
const guarded =
  (permits: Permits, target: string): LookupFunction =>
  (host, options, callback) =>
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const refused = host === target ? found.find(({ address }) => !permits(address)) : undefined
      if (refused !== undefined) return callback(privateAddress(host, refused.address) as Error, [])
      if (options.all === true) callback(null, found)
      else callback(null, found[0]!.address, found[0]!.family)
    })

const connect = (url: URL, known: Validators, permits: Permits, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((answered, failed) => {
    const host = url.hostname.replace(/^\[|\]$/g, "")
    if (isIP(host) !== 0 && !permits(host)) return failed(privateAddress(url.hostname, host))
    const proxy = proxyAgent(url.protocol === "https:")
    // A proxy looks names up by itself: those that can only be private are refused here.
    if (proxy !== null && isLocalName(host)) return failed(privateAddress(url.hostname, "a name of a private network"))
    const headers: Record<string, string> = {
      "user-agent": "signalflow",
      accept: "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
      "accept-encoding": "gzip, deflate, br",
    }
    if (known.etag !== null) headers["if-none-match"] = known.etag
    if (known.lastModified !== null) headers["if-modified-since"] = known.lastModified
    const send = url.protocol === "https:" ? requestHttps : requestHttp
    // No agent: a pooled connection would have been made without the check.
    send(url, { agent: proxy ?? false, headers, lookup: guarded(permits, host), signal })
      .on("response", answered)
      .on("error", failed)
      .end()
  })

const tooLarge = (url: URL) => new SourceError({ reason: "too-large", message: `${url.host} sent more than ${MOST_BYTES} bytes: refused` })

const read = async (url: URL, response: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw tooLarge(url)
    chunks.push(chunk)
  }
  try {
    return unpacked(Buffer.concat(chunks), response.headers["content-encoding"], MOST_BYTES)
  } catch (error) {
    if (error instanceof Packed && error.tooLarge) throw tooLarge(url)
    const message = `${url.host} sent compressed data that is damaged: no feed can be read from it`
    throw new SourceError({ reason: "malformed", message })
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

const follow = async (from: URL, known: Validators, permits: Permits, now: number, signal: AbortSignal): Promise<Document | null> => {
  let url = from
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const response = await connect(url, known, permits, signal)
    try {
      const status = response.statusCode ?? 0
      const { location, etag } = response.headers
      if (status === 304) return null
      if (status >= 200 && status < 300) {
        const text = decodeText(await read(url, response), response.headers["content-type"])
        return { text, url: url.href, etag: etag ?? null, lastModified: response.headers["last-modified"] ?? null }
      }
      if (!REDIRECTS.has(status) || location === undefined) throw refusal(url.host, status, response.headers["retry-after"], now)
      if (!URL.canParse(location, url.href)) throw off(`${url.host} redirects to something that is no address`)
      url = new URL(location, url)
      if (url.protocol !== "http:" && url.protocol !== "https:")
        throw off(`${from.host} redirects to ${url.protocol}: only http and https are read`)
      url.username = url.password = ""
    } finally {
      response.destroy()
    }
  }
  throw off(`${from.host} redirects more than ${MOST_REDIRECTS} times`)
}

const failure = (url: URL, cause: unknown): SourceError => {
  if (cause instanceof SourceError) return cause
  return new SourceError({ reason: "unavailable", message: `${url.host} cannot be read: ${whyFailed(cause)}`.slice(0, 300) })
}

/**
 * The document at a URL that a user gave, or null when it is still the known version (304). Addresses are checked where the connection is made, at
 * every redirect; bounded in time, size and redirects. Its own client, because no other can promise the first.
 */
export const download = (url: URL, known: Validators, permits: Permits): Effect.Effect<Document | null, SourceError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.tryPromise({ try: (signal) => follow(url, known, permits, now, signal), catch: (cause) => failure(url, cause) }),
  ).pipe(
    Effect.timeoutOrElse({
      duration: TIMEOUT,
      orElse: () => Effect.fail(new SourceError({ reason: "timeout", message: `${url.host} did not answer within ${TIMEOUT / 1_000} s` })),
    }),
  )
