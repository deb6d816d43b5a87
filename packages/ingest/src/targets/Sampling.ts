import { murmur2 } from "@signalflow/domain/bus/BusTopic"
import { Option, Schema } from "effect"

const MOST = 5_000

const decode = Schema.decodeUnknownOption(Schema.Struct({ chosen: Schema.String }))

/**
 * Which signals a target has let through, as 32-bit hashes, the newest 5,000: an edit that no longer holds a term must not cut off what was chosen.
 * (That one which was never chosen passes for another happens once in 800,000.)
 */
export class Chosen {
  readonly #hashes: Set<number>

  constructor(position: unknown) {
    const stored = Buffer.from(Option.getOrElse(decode(position), () => ({ chosen: "" })).chosen, "base64")
    this.#hashes = new Set(Array.from({ length: Math.min(MOST, stored.length >> 2) }, (_, i) => stored.readInt32LE(i * 4)))
  }

  has(id: string): boolean {
    return this.#hashes.has(murmur2(id))
  }

  /** Whether it was not known before. */
  add(id: string): boolean {
    const hash = murmur2(id)
    const isKnown = this.#hashes.delete(hash)
    this.#hashes.add(hash)
    if (this.#hashes.size > MOST) this.#hashes.delete(this.#hashes.values().next().value!)
    return !isKnown
  }

  /** For the store of cursors. */
  toPosition(): unknown {
    return { chosen: Buffer.from(Int32Array.from(this.#hashes).buffer).toString("base64") }
  }
}
