const MOST_RECENT = 20_000

/** What was lately acknowledged, so that a rewind does not publish it twice; bounded, and never ahead of the acknowledgement. */
export class Recent {
  #now = new Set<string>()
  #before = new Set<string>()

  has(key: string): boolean {
    return this.#now.has(key) || this.#before.has(key)
  }

  add(keys: Iterable<string>): void {
    for (const key of keys) this.#now.add(key)
    if (this.#now.size > MOST_RECENT) {
      this.#before = this.#now
      this.#now = new Set()
    }
  }
}
