import { lookup as resolve } from "node:dns"
import { type IncomingMessage, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib"
import { Clock, Effect } from "effect"
import { SourceError } from "../../SourceAdapter.ts"
import { refusal } from "./Refusal.ts"

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
  (permits: Permits): LookupFunction =>
  (host, options, callback) =>
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const refused = found.find(({ address }) => !permits(address))
      if (refused !== undefined) return callback(privateAddress(host, refused.address) as Error, [])
      if (options.all === true) callback(null, found)
      else callback(null, found[0]!.address, found[0]!.family)
    })

const connect = (url: URL, known: Validators, permits: Permits, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((answered, failed) => {
    const host = url.hostname.replace(/^\[|\]$/g, "")
    if (isIP(host) !== 0 && !permits(host)) return failed(privateAddress(url.hostname, host))
    const headers: Record<string, string> = {
      "user-agent": "signalflow",
      accept: "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
      "accept-encoding": "gzip, deflate, br",
    }
    if (known.etag !== null) headers["if-none-match"] = known.etag
    if (known.lastModified !== null) headers["if-modified-since"] = known.lastModified
    const send = url.protocol === "https:" ? requestHttps : requestHttp
    // No agent: a pooled connection would have been made without the check.
    send(url, { agent: false, headers, lookup: guarded(permits), signal })
      .on("response", answered)
      .on("error", failed)
      .end()
  })

const unpacked = (response: IncomingMessage) => {
  const unpack = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress }[
    response.headers["content-encoding"]?.trim().toLowerCase() as "gzip"
  ]
  if (unpack === undefined) return response
  const stream = unpack()
  response.on("error", (error) => stream.destroy(error))
  return response.pipe(stream)
}

const read = async (url: URL, response: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of unpacked(response) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES)
      throw new SourceError({ reason: "too-large", message: `${url.host} sent more than ${MOST_BYTES} bytes: refused` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The charset of the header, else of the XML declaration, else UTF-8; a byte order mark wins. */
const decodeText = (bytes: Buffer, contentType: string | undefined): string => {
  const declared =
    /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType ?? "")?.[1] ??
    /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})/.exec(bytes.toString("latin1", 0, 300))?.[1]
  const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null
  const utf8 = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  try {
    return new TextDecoder(marked ?? (utf8 ? "utf-8" : (declared ?? "utf-8"))).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
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
  const why = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || cause.name : String(cause)
  return new SourceError({ reason: "unavailable", message: `${url.host} cannot be read: ${why}`.slice(0, 300) })
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
