import { Clock, Effect, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { zstdDecompressSync } from "node:zlib"
import { FRAME_BYTES } from "./Hosts.ts"

/** The server does not know, or no longer knows, the dictionary that was named. */
export const UNKNOWN_DICTIONARY = "UnknownZstdDictionary"

const PATH = "/xrpc/network.bsky.jetstream.getZstdDictionary"
const MAGIC = 0xec30a437
const MOST_BYTES = 1_000_000
const TIMEOUT = 5_000
/** A host that has none is asked again after this. */
const ASK_AGAIN = 600_000

export interface Dictionary {
  /** The number that a subscription names it by: the one that stands in the dictionary. */
  readonly id: number
  /** The text of a compressed frame. Throws at what it cannot read. */
  readonly decode: (frame: Uint8Array) => string
}

/** A zstd dictionary (RFC 8878, section 5), or null. */
export const dictionaryOf = (bytes: Buffer): Dictionary | null => {
  if (bytes.length < 16 || bytes.readUInt32LE(0) !== MAGIC) return null
  const id = bytes.readUInt32LE(4)
  const options = { dictionary: bytes, maxOutputLength: FRAME_BYTES * 2 }
  return id === 0 ? null : { id, decode: (frame) => zstdDecompressSync(frame, options).toString("utf8") }
}

const fetch = (client: HttpClient.HttpClient, host: string): Effect.Effect<Dictionary | null> => {
  const request = HttpClientRequest.get(`${host.replace(/^ws/, "http")}${PATH}`, { headers: { accept: "application/octet-stream" } })
  return client.execute(request).pipe(
    Effect.flatMap((response) => {
      if (response.status !== 200) return Effect.succeed(null)
      const chunks: Array<Uint8Array> = []
      let size = 0
      return response.stream.pipe(
        Stream.takeWhile((chunk) => (size += chunk.length) <= MOST_BYTES),
        Stream.runForEach((chunk) => Effect.sync(() => void chunks.push(chunk))),
        Effect.map(() => (size > MOST_BYTES ? null : dictionaryOf(Buffer.concat(chunks)))),
      )
    }),
    Effect.timeout(TIMEOUT),
    Effect.orElseSucceed(() => null),
    Effect.provideService(HttpClient.TracerPropagationEnabled, false),
  )
}

/** The dictionaries that hosts hand out, each fetched once; null = this host's frames are to come as plain text. */
export class Dictionaries {
  readonly #client: HttpClient.HttpClient
  readonly #known = new Map<string, { readonly dictionary: Dictionary | null; readonly at: number }>()

  constructor(client: HttpClient.HttpClient) {
    this.#client = client
  }

  of(host: string): Effect.Effect<Dictionary | null> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const known = this.#known.get(host)
      if (known !== undefined && (known.dictionary !== null || now - known.at < ASK_AGAIN)) return Effect.succeed(known.dictionary)
      return this.#ask(host)
    })
  }

  /** The one that a host has now, after it refused `id`; null when it hands out that very one again. */
  after(host: string, id: number): Effect.Effect<Dictionary | null> {
    return Effect.flatMap(this.#ask(host), (dictionary) => (dictionary?.id === id ? this.refused(host) : Effect.succeed(dictionary)))
  }

  /** The host does not take what it hands out. */
  refused(host: string): Effect.Effect<null> {
    return Effect.map(Clock.currentTimeMillis, (at) => {
      this.#known.set(host, { dictionary: null, at })
      return null
    })
  }

  #ask(host: string): Effect.Effect<Dictionary | null> {
    return Effect.flatMap(fetch(this.#client, host), (dictionary) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        this.#known.set(host, { dictionary, at })
        return dictionary
      }),
    )
  }
}
