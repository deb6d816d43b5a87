import { type ReadableSignal, type Reading, read, type Snapshot, textOf } from "./Reading.ts"
import { textHash } from "./TextHash.ts"

/** Analyses the text of a signal, at the latest when the result is first used. */
export type Reader = (signal: ReadableSignal) => LazyReading

/** A reading whose text is hashed at once and analysed when `get` is first called. */
export interface LazyReading {
  readonly textHash: string
  readonly get: () => Reading
}

export const lazyReading = (hash: string, make: () => Omit<Reading, "textHash">): LazyReading => {
  let made: Reading | undefined
  return { textHash: hash, get: () => (made ??= { ...make(), textHash: hash }) }
}

/** Reads with one snapshot. */
export const readerOf =
  (snapshot: Snapshot): Reader =>
  (signal) =>
    lazyReading(textHash(textOf(signal)), () => read(signal, snapshot))
