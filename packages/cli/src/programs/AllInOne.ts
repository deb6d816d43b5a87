import { Settings } from "@signalflow/domain/settings/Settings"
import * as AuthorNames from "@signalflow/ingest/stores/AuthorNames"
import { Cursors } from "@signalflow/ingest/stores/Cursors"
import { FrameSocket } from "@signalflow/ingest/upstream/FrameSocket"
import { Health } from "@signalflow/ingest/health/SourceHealth"
import * as Ingestion from "@signalflow/ingest/Ingestion"
import * as EngineMemory from "@signalflow/platform/EngineMemory"
import * as DeadLetterService from "@signalflow/process/deadletters/DeadLetterService"
import { DeadLetters } from "@signalflow/process/deadletters/DeadLetters"
import * as PgSignalStore from "@signalflow/process/store/PgSignalStore"
import * as Pipeline from "@signalflow/process/pipeline/Pipeline"
import { LinkCodes, signInLink } from "@signalflow/server/accounts/LinkCodes"
import * as Server from "@signalflow/server/Server"
import { Console, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { existsSync } from "node:fs"
import * as AggregateWorker from "./AggregateWorker.ts"
import { ports } from "../layers/Database.ts"
import { registerReaders, retain } from "./Services.ts"
import { dashboardBuild } from "../layers/Paths.ts"
import * as Progress from "../print/Progress.ts"
import { Held } from "../running/Hold.ts"
import { linkBase } from "../running/LinkBase.ts"

type ServerAddress = Server.ServerAddress["Service"]

const stores = Layer.mergeAll(PgSignalStore.layer, DeadLetters.layer, AuthorNames.layer, Cursors.layer, Health.layer)

/** What the services need beside a database. */
export const layer = Layer.mergeAll(stores, FrameSocket.layer, FetchHttpClient.layer).pipe(Layer.provideMerge(ports))

const greet = (port: number) =>
  Effect.gen(function* () {
    const { url, warning } = linkBase(yield* Settings, port)
    const { code } = yield* (yield* LinkCodes).issue()
    yield* Console.log(`\n  SignalFlow is running. Open this link; it signs the browser in, once, within 10 minutes:\n`)
    yield* Console.log(`    ${signInLink(url, code)}\n`)
    if (warning !== null) yield* Console.log(`  ${warning}\n`)
    yield* Console.log(`  Another link: npx signalflow link   Stop: Ctrl-C\n`)
  })

const serve = <E, R>(onListening: (address: ServerAddress) => Effect.Effect<void, E, R>) =>
  Server.run({ dashboard: existsSync(dashboardBuild) ? dashboardBuild : null }, onListening)

const serveHere = serve((address) =>
  Effect.gen(function* () {
    yield* (yield* Held).listening(address)
    yield* greet(address.port)
    yield* Effect.forkChild(Effect.ignore(Progress.show))
  }),
)

/** The web server of a fleet: its log is no place for links that sign in. */
export const serveFleet = serve(({ url }) => Effect.logInfo(`Listening at ${url}; "signalflow link" issues a link that signs in`))

/** Every service in one process, until it is interrupted. A bug in one ends them all, loudly. */
export const run = Effect.gen(function* () {
  yield* registerReaders
  yield* Effect.all(
    [serveHere, Pipeline.run, Ingestion.runLeased, AggregateWorker.run, DeadLetterService.run, retain, EngineMemory.followLoad],
    {
      concurrency: "unbounded",
      discard: true,
    },
  )
})
