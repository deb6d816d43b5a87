/** Sockets of one address that have not shown a token yet; those of all addresses are bounded too. */
export const MAX_OF_ADDRESS = 16
export const MAX_OF_ALL = 64

/** Places for sockets that have not shown a token. */
export class Waiting {
  readonly #byAddress = new Map<string, number>()
  #all = 0

  /** Takes a place; returns how to leave it, which may be called more than once, or undefined when none is left. */
  enter(address: string): (() => void) | undefined {
    const mine = this.#byAddress.get(address) ?? 0
    if (mine >= MAX_OF_ADDRESS || this.#all >= MAX_OF_ALL) return undefined
    this.#byAddress.set(address, mine + 1)
    this.#all += 1
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      this.#all -= 1
      const left = (this.#byAddress.get(address) ?? 1) - 1
      if (left > 0) this.#byAddress.set(address, left)
      else this.#byAddress.delete(address)
    }
  }
}
