import type { Message } from "./KafkaDriver.ts"
import { decodeText } from "./KafkaText.ts"

type Headers = Message["headers"]

/** The value stays bytes, outside of the heap, until it is asked for: a text would be copied by the garbage collector meanwhile. */
export class ReadMessage implements Message {
  readonly offset: number
  readonly key: string
  readonly headers: Headers
  readonly publishedAt: number
  readonly #value: Buffer | null

  constructor(offset: number, key: string, headers: Headers, publishedAt: number, value: Buffer | null) {
    this.offset = offset
    this.key = key
    this.headers = headers
    this.publishedAt = publishedAt
    this.#value = value
  }

  get value(): string {
    return this.#value === null ? "" : decodeText(this.#value)
  }
}

const isSame = (one: Headers, other: Headers): boolean => {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

/** Neighbours mostly have the same headers: then they share one object. */
export const sharedHeaders = (): ((headers: Headers) => Headers) => {
  let last: Headers = {}
  return (headers) => {
    if (!isSame(headers, last)) last = headers
    return last
  }
}
