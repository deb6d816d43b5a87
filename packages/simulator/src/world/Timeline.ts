import { firstIndex } from "@signalflow/domain/Sorted"

export interface Timed {
  /** Unix microseconds; rising within a slice. */
  readonly time: number
}

/**
 * One ordered sequence made of generated slices (a pure function of their index) and of entries inserted at run time. Positions are
 * dense and, once an entry is published, never change: the upstreams' ids and sequence numbers are positions plus a base.
 */
export interface Timeline<A extends Timed> {
  /** How many entries are published at `time` (µs). */
  readonly count: (time: number) => number
  readonly at: (position: number) => A | undefined
  /** The first position whose time is not before `time`; only meaningful up to what is published. */
  readonly positionAt: (time: number) => number
  readonly insert: (make: (position: number, time: number) => A, time: number) => A
  /** The position of a generated entry. */
  readonly positionOf: (slice: number, index: number) => number
  readonly slice: (index: number) => ReadonlyArray<A>
  readonly inserted: ReadonlyArray<A>
}

export const SLICE_MS = 900_000
export const SLICE_US = SLICE_MS * 1000

const firstAbove = (values: ReadonlyArray<number>, limit: number): number => firstIndex(values.length, (index) => values[index]! > limit)

export const firstNotBefore = <A extends Timed>(entries: ReadonlyArray<A>, time: number): number =>
  firstIndex(entries.length, (index) => entries[index]!.time >= time)

/** Keeps the last `capacity` results of a pure function of an integer. */
export const memoize = <A>(capacity: number, make: (index: number) => A): ((index: number) => A) => {
  const cache = new Map<number, A>()
  return (index) => {
    const known = cache.get(index)
    if (known !== undefined) return known
    const made = make(index)
    if (cache.size >= capacity) cache.delete(cache.keys().next().value!)
    cache.set(index, made)
    return made
  }
}

/** `epoch` is where slice 0 begins (unix ms). */
export const timeline = <A extends Timed>(epoch: number, generate: (slice: number) => ReadonlyArray<A>): Timeline<A> => {
  const epochUs = epoch * 1000
  const before: Array<number> = [0]
  const inserted: Array<A> = []
  const insertedAfter: Array<number> = []

  const prefix = (slice: number): number => {
    for (let next = before.length; next <= slice; next++) before.push(before[next - 1]! + generate(next - 1).length)
    return before[slice]!
  }
  const sliceOf = (time: number) => Math.floor((time - epochUs) / SLICE_US)
  const generatedBefore = (time: number): number => {
    const slice = sliceOf(time)
    if (slice < 0) return 0
    prefix(slice + 1)
    return before[slice]! + firstNotBefore(generate(slice), time)
  }
  const shift = (ordinal: number) => ordinal + firstAbove(insertedAfter, ordinal)

  return {
    inserted,
    slice: generate,
    count: (time) => generatedBefore(time + 1) + firstNotBefore(inserted, time + 1),
    positionAt: (time) => generatedBefore(time) + firstNotBefore(inserted, time),
    positionOf: (slice, index) => shift(prefix(slice) + index),
    at: (position) => {
      if (position < 0) return undefined
      const low = firstIndex(inserted.length, (index) => insertedAfter[index]! + index >= position)
      if (low < inserted.length && insertedAfter[low]! + low === position) return inserted[low]
      const ordinal = position - low
      if (ordinal >= before[before.length - 1]!) return undefined
      const slice = firstAbove(before, ordinal) - 1
      return generate(slice)[ordinal - before[slice]!]
    },
    insert: (make, time) => {
      const last = inserted[inserted.length - 1]
      const at = last !== undefined && last.time >= time ? last.time + 1 : time
      const after = generatedBefore(at + 1)
      const entry = make(after + inserted.length, at)
      inserted.push(entry)
      insertedAfter.push(after)
      return entry
    },
  }
}
