import { type DependencyState, Readiness } from "@signalflow/domain/Readiness"
import { Duration, Effect, Schedule } from "effect"
import { Worker } from "node:worker_threads"
import { DatabaseConnection, plainConnection } from "../layers/Database.ts"
import { Failed } from "../print/Failed.ts"
import { aggregateWorker } from "../layers/Paths.ts"

/** What the worker tells the process of itself. */
export interface WorkerReport {
  readonly name: string
  readonly state: DependencyState
  readonly why: string | null
}

const runOnce = Effect.gen(function* () {
  const readiness = yield* Readiness
  const services = yield* Effect.context<never>()
  const connection = plainConnection(yield* DatabaseConnection)
  return yield* Effect.callback<never, Failed>((resume) => {
    const worker = new Worker(aggregateWorker, { workerData: { connection } })
    let why = "it ended by itself"
    worker.on("message", ({ name, state, why }: WorkerReport) => {
      Effect.runForkWith(services)(readiness.report(name, state, why ?? undefined))
    })
    worker.on("error", (cause) => (why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)))
    worker.on("exit", () => resume(Effect.fail(new Failed({ message: `Aggregation stopped: ${why}` }))))
    return Effect.promise(async () => {
      worker.removeAllListeners("exit")
      const gone = new Promise((done) => worker.once("exit", done))
      worker.postMessage("stop")
      const late = setTimeout(() => void worker.terminate(), 5_000)
      await gone
      clearTimeout(late)
    })
  })
})

/** Aggregation in a thread of its own, so that a long round never delays the live feed. A crash is loud, and it is started again. */
export const run = runOnce.pipe(
  Effect.tapError((error) =>
    Effect.andThen(
      Effect.logError(error.message),
      Effect.flatMap(Readiness, (readiness) =>
        readiness.report("aggregation", "down", "it crashed and is started again; the log says why"),
      ),
    ),
  ),
  Effect.retry(Schedule.min([Schedule.exponential(Duration.seconds(1)), Schedule.spaced(Duration.seconds(30))])),
)
