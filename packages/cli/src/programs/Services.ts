import { Readiness } from "@signalflow/domain/Readiness"
import { isSet, Settings } from "@signalflow/domain/settings/Settings"
import { SignalConsumer } from "@signalflow/domain/bus/SignalBus"
import * as AuthorNames from "@signalflow/ingest/stores/AuthorNames"
import { Cursors } from "@signalflow/ingest/stores/Cursors"
import { FrameSocket } from "@signalflow/ingest/upstream/FrameSocket"
import { Health } from "@signalflow/ingest/health/SourceHealth"
import * as Ingestion from "@signalflow/ingest/Ingestion"
import { whileHeld } from "@signalflow/platform/postgres/leases/Leases"
import * as Aggregation from "@signalflow/process/trends/Aggregation"
import * as DeadLetterService from "@signalflow/process/deadletters/DeadLetterService"
import { DeadLetters } from "@signalflow/process/deadletters/DeadLetters"
import * as PgSignalStore from "@signalflow/process/store/PgSignalStore"
import * as Pipeline from "@signalflow/process/pipeline/Pipeline"
import * as Retention from "@signalflow/process/retention/Retention"
import * as DeadLetterServer from "@signalflow/server/deadletters/DeadLetterServer"
import * as OperationsServer from "@signalflow/server/OperationsServer"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { busAndSources, databaseUnmigrated, observed, schema } from "../layers/Database.ts"
import { Misused } from "../print/Failed.ts"
import { runtime } from "../layers/Runtime.ts"
import * as SharedState from "../layers/Caches.ts"

/** Before anything is published: the bus keeps messages only for groups that it knows. */
export const registerReaders = Effect.gen(function* () {
  yield* (yield* SignalConsumer).register(Pipeline.subscription)
  yield* DeadLetterService.register
})

/** Reads one shard of the sources, alone. */
export const ingest = Effect.andThen(registerReaders, Ingestion.runLeased).pipe(
  Effect.provide(Layer.mergeAll(AuthorNames.layer, Cursors.layer, Health.layer, FrameSocket.layer, FetchHttpClient.layer)),
)

/** One of any number that share the partitions. */
export const process = Pipeline.run.pipe(Effect.provide(Layer.mergeAll(PgSignalStore.layer, DeadLetters.layer, SharedState.layer)))

/** Drops what is old; of several processes one does. */
export const retain = whileHeld("retention")(Retention.run)

/** Windows and rankings, and what has to be done once: of several one works and the others wait. */
export const aggregate = Effect.all([Aggregation.run, retain], { concurrency: "unbounded", discard: true })

/** Files what no one could process, and takes it back on DLQ_PORT. */
export const deadLetters = Effect.all([DeadLetterService.run, DeadLetterServer.run], { concurrency: "unbounded", discard: true }).pipe(
  Effect.provide(DeadLetters.layer),
)

const external = (needed: ReadonlyArray<"database" | "bus" | "redis">, name: string) =>
  Effect.gen(function* () {
    const settings = yield* Settings
    const missing = [
      ...(needed.includes("database") && !isSet(settings.DATABASE_URL) && settings.POSTGRES_HOST === ""
        ? ["a PostgreSQL that all share: set DATABASE_URL or POSTGRES_HOST"]
        : []),
      ...(needed.includes("redis") && !isSet(settings.REDIS_URL) ? ["a Redis that carries the live feed: set REDIS_URL"] : []),
    ]
    if (missing.length === 0) return
    const message = `"signalflow ${name}" is one service of several and needs ${missing.join(", and ")}. For everything in one process use "signalflow up".`
    return yield* new Misused({ message })
  })

/** Health, readiness and metrics answer from the first moment; the rest follows once the schema is there. */
const waitForSchema = Layer.effectDiscard(
  Effect.gen(function* () {
    const readiness = yield* Readiness
    yield* readiness.report("schema", "down", 'waits for the database to be at this program\'s version: run "signalflow migrate"')
    yield* schema
    yield* readiness.report("schema", "ok")
    const settings = yield* Settings
    const missing = (["AUTHOR_HASH_SECRET", "JWT_SECRET"] as const).filter((name) => !isSet(settings[name]))
    if (missing.length > 0)
      yield* Effect.logWarning(
        `${missing.join(" and ")} not set: the key is kept in the database, and whoever reads that can undo hashed names and sign in as anybody. Set the same text for every service (what instance_secrets holds, where it does)`,
      )
  }),
)

/** What a service of a fleet stands on. `serve` brings its own endpoints, so `operations` is left out there. */
const foundation = (name: string, operations: boolean) =>
  busAndSources.pipe(
    Layer.provideMerge(waitForSchema),
    Layer.provideMerge(operations ? OperationsServer.layer : Layer.empty),
    Layer.provideMerge(databaseUnmigrated(`signalflow ${name}`)),
    Layer.provideMerge(observed),
  )

/** Runs one service until it is interrupted. */
export const service = <E, R>(
  name: string,
  needed: Parameters<typeof external>[0],
  program: Effect.Effect<void, E, R>,
  operations = true,
) => Effect.andThen(external(needed, name), Effect.provide(program, foundation(name, operations))).pipe(Effect.provide(runtime))
