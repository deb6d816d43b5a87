/** Names that were seen lately, bounded; the longest unseen go first. */
export class Seen {
  readonly #names: Set<string>
  readonly #most: number

  constructor(most: number, names: ReadonlyArray<string> = []) {
    this.#most = most
    this.#names = new Set(names)
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  add(name: string): void {
    this.#names.delete(name)
    this.#names.add(name)
    if (this.#names.size > this.#most) this.#names.delete(this.#names.values().next().value!)
  }

  toArray(): Array<string> {
    return [...this.#names]
  }
}
