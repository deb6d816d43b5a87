export interface Bench {
  readonly measure: (options: Options) => Promise<ReadonlyArray<Result>>
  /** A table of its own shape. */
  readonly table?: (results: ReadonlyArray<Result>) => string | undefined
  /** The page of `docs/internals` that it writes, if not its own; what stands there under a second heading stays. */
  readonly page?: (options: Options) => string | undefined
}

export interface Options {
  readonly n: number | undefined
  /** How long a measurement over time lasts, in seconds. */
  readonly seconds: number | undefined
  /** `kafka`: on servers of a fleet; else on the embedded database. */
  readonly bus: string | undefined
  /** `peer`: what the Python peer does, and the peer beside it. */
  readonly profile: "peer" | "product"
  /** Counted runs. */
  readonly rounds: number | undefined
  /** BATCH_SIZE, if not the usual one. */
  readonly batch: number | undefined
}

/** One measured thing; the keys are the same for all benches. */
export interface Result {
  readonly name: string
  readonly n: number
  readonly data: string
  readonly signalsPerSecond?: number
  readonly cpuMsPer1000?: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly rssMb?: number
  /** Records that a second of the worker's CPU time does. */
  readonly perCpuSecond?: number
  /** The same work by another program in the same run, and how many times its figures ours are. */
  readonly peer?: Readonly<Record<string, number>>
  readonly ratio?: Readonly<Record<string, number>>
  readonly detail?: Readonly<Record<string, number | string | ReadonlyArray<number>>>
}
