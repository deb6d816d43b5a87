/** V8 cuts a shorter string by copying, a longer one by pointing into the text that it was cut from. */
const SHORTEST_SLICE = 13

/** A copy that does not keep the longer text alive which `text` was cut from. */
export const detach = (text: string): string => (text.length < SHORTEST_SLICE ? text : Buffer.from(text, "utf16le").toString("utf16le"))

/** What is known of strings seen lately: two generations, the older dropped when the younger is full. */
export class BoundedMap<A> {
  readonly #limit: number
  #young = new Map<string, A>()
  #old = new Map<string, A>()

  constructor(limit: number) {
    this.#limit = Math.ceil(limit / 2)
  }

  get(key: string): A | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#keep(key, old)
    return old
  }

  /** Stores and returns `make(key)`; both see a copy of `key` that stands alone. */
  set(key: string, make: (key: string) => A): A {
    const own = detach(key)
    const value = make(own)
    this.#keep(own, value)
    return value
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  #keep(key: string, value: A): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
