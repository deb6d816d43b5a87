import { Effect, Ref, Schedule } from "effect"
import { setFlagsFromString } from "node:v8"

/** How the JavaScript engine trades memory for time: `frugal` collects more often and gives pages back at once. */
export type MemoryMode = "frugal" | "fast"

export interface Load {
  readonly mode: MemoryMode
  /** Samples in a row that were calm. */
  readonly calm: number
}

const EVERY_MS = 5_000
/** Share of one core above which collecting more often would cost throughput: the whole demo takes a tenth after its warm start. */
const BUSY = 0.5
const CALM_SAMPLES = 3

export const initial: Load = { mode: "fast", calm: 0 }

/** `share`: CPU time of all threads since the last sample, in cores. One busy sample ends the frugal mode; several calm ones begin it. */
export const next = ({ calm }: Load, share: number): Load =>
  share > BUSY ? initial : { mode: calm + 1 >= CALM_SAMPLES ? "frugal" : "fast", calm: Math.min(calm + 1, CALM_SAMPLES) }

/** V8's `--memory-saver-mode` is read at each collection, by all threads of the process. */
const apply = (mode: MemoryMode) => setFlagsFromString(mode === "frugal" ? "--memory-saver-mode" : "--no-memory-saver-mode")

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

/**
 * Gives memory back while there is little to do, until it is interrupted.
 *
 * V8 keeps the pages of a burst, such as a warm start, in a pool of its own: 637 MB resident for 140 MB of heap. In the frugal mode it
 * returns them, but under load the same mode takes twice the CPU time, so it follows the load (`docs/internals/bench-memory.md`).
 */
export const followLoad = Effect.gen(function* () {
  const state = yield* Ref.make({ load: initial, cpu: cpuSeconds(), at: performance.now() })
  const sample = Ref.update(state, ({ load, cpu, at }) => {
    const now = { cpu: cpuSeconds(), at: performance.now() }
    const after = next(load, ((now.cpu - cpu) * 1_000) / Math.max(1, now.at - at))
    if (after.mode !== load.mode) apply(after.mode)
    return { load: after, ...now }
  })
  return yield* Effect.repeat(sample, Schedule.spaced(EVERY_MS))
}).pipe(Effect.onExit(() => Effect.sync(() => apply("fast"))))
