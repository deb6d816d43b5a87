import { type ReadableSignal, type Reading, read, type Snapshot, textOf } from "./Reading.ts"
import { textHash } from "./TextHash.ts"

/** What makes a reading of a signal; it may read when it is first asked. */
export type Reader = (signal: ReadableSignal) => LazyReading

/** A reading whose text is hashed at once and read when something of it is first asked for, at most once. */
export class LazyReading implements Reading {
  readonly textHash: string
  readonly #make: () => Omit<Reading, "textHash">
  #made: Omit<Reading, "textHash"> | null = null

  constructor(hash: string, make: () => Omit<Reading, "textHash">) {
    this.textHash = hash
    this.#make = make
  }

  /** Reads now, unless it was read already. */
  now(): void {
    this.#made ??= this.#make()
  }

  get #reading() {
    return (this.#made ??= this.#make())
  }

  get language() {
    return this.#reading.language
  }

  get sentiment() {
    return this.#reading.sentiment
  }

  get keywords() {
    return this.#reading.keywords
  }

  get entities() {
    return this.#reading.entities
  }

  get topics() {
    return this.#reading.topics
  }

  get fingerprint() {
    return this.#reading.fingerprint
  }

  get model() {
    return this.#reading.model
  }
}

/** Reads with one snapshot. */
export const readerOf =
  (snapshot: Snapshot): Reader =>
  (signal) =>
    new LazyReading(textHash(textOf(signal)), () => read(signal, snapshot))
