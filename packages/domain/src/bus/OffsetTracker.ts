/**
 * What may be committed of one partition: acknowledged offsets become a commit only as a contiguous prefix of what was delivered.
 * Delivered offsets rise but need not be consecutive (a log may have holes).
 */
export class OffsetTracker {
  readonly #delivered: Array<number> = []
  readonly #acked = new Set<number>()
  #head = 0

  delivered(offset: number): void {
    this.#delivered.push(offset)
  }

  /** Marks offsets as done; returns the offset after the contiguous prefix when it has moved, else null. An offset that is not pending is ignored. */
  ack(offsets: Iterable<number>): number | null {
    const first = this.#delivered[this.#head]
    const final = this.#delivered.at(-1)
    if (first === undefined || final === undefined) return null
    for (const offset of offsets) if (offset >= first && offset <= final) this.#acked.add(offset)
    let last: number | null = null
    while (this.#head < this.#delivered.length && this.#acked.has(this.#delivered[this.#head]!)) {
      last = this.#delivered[this.#head]!
      this.#acked.delete(last)
      this.#head++
    }
    if (this.#head === this.#delivered.length || this.#head > 4_096) {
      this.#delivered.splice(0, this.#head)
      this.#head = 0
    }
    return last === null ? null : last + 1
  }

  /** How many delivered offsets are not yet part of the prefix. */
  get pending(): number {
    return this.#delivered.length - this.#head
  }
}
