/** A quarter hour, in which authors are counted. */
export const BUCKET = 15 * 60_000

/** Number of the quarter hour that holds the moment before `at`. */
export const bucketOf = (at: number): number => Math.ceil(at / BUCKET) - 1

/** When entry `i` of a series begins whose last entry holds the moment before `asOf`. */
export const bucketStart = (i: number, length: number, asOf: number): number => (bucketOf(asOf) - length + 1 + i) * BUCKET

/** A series as a line: its last quarter hour, while it fills, only once it is no false fall. */
export const drawn = (series: ReadonlyArray<number | null>, asOf: number): ReadonlyArray<number | null> => {
  const [before, last] = series.slice(-2)
  if (asOf % BUCKET === 0 || typeof before !== "number" || typeof last !== "number" || last >= before) return series
  return [...series.slice(0, -1), null]
}
