import "@signalflow/platform/EngineFlags"
import { Readiness, troubleBy } from "@signalflow/domain/Readiness"
import { Settings } from "@signalflow/domain/settings/Settings"
import * as Postgres from "@signalflow/platform/postgres/Postgres"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import * as Aggregation from "@signalflow/process/trends/Aggregation"
import { Cause, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import { parentPort, workerData } from "node:worker_threads"
import * as Bus from "../../layers/Bus.ts"
import type { plainConnection } from "../../layers/Database.ts"
import type { WorkerReport } from "../AggregateWorker.ts"

const port = parentPort!
const { connection } = workerData as { connection: ReturnType<typeof plainConnection> }

/** Reports go to the process, whose `/ready` names this thread too. */
const report: Readiness["Service"]["report"] = (name, state, why) =>
  Effect.sync(() => port.postMessage({ name, state, why: why ?? null } satisfies WorkerReport))
const readiness = Layer.succeed(Readiness, Readiness.of({ report, trouble: troubleBy(report), all: Effect.succeed([]) }))

const layers = Bus.layer.pipe(
  Layer.provideMerge(
    Layer.unwrap(
      Effect.map(Settings, (settings) =>
        Layer.mergeAll(
          Postgres.layer({
            ...connection,
            url: connection.url === undefined ? undefined : Redacted.make(connection.url),
            password: connection.password === undefined ? undefined : Redacted.make(connection.password),
            poolSize: 3,
            statementTimeout: "5 minutes",
            applicationName: "signalflow aggregate",
          }),
          Logging.layer({ level: settings.LOG_LEVEL, format: settings.LOG_FORMAT }),
        ),
      ),
    ),
  ),
  Layer.provideMerge(Layer.mergeAll(Settings.layer, readiness, Metrics.layerTest)),
)

const fiber = Effect.runFork(Effect.scoped(Aggregation.run).pipe(Effect.provide(layers)))
port.on("message", (message) => {
  if (message === "stop") void Effect.runPromise(Fiber.interrupt(fiber))
})
fiber.addObserver((exit) => {
  port.close()
  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)) throw new Error(Cause.pretty(exit.cause))
})
