import { Effect } from "effect"
import { Command } from "effect/cli"
import * as Fleet from "../programs/Services.ts"
import { serveFleet } from "../programs/AllInOne.ts"
import * as SharedState from "../layers/Caches.ts"

export const ingest = Command.make("ingest", {}, () => Fleet.service("ingest", ["database"], Fleet.ingest)).pipe(
  Command.withDescription("Run one service of a fleet: read the sources of INGESTION_SHARD_ID; a second one waits to take over"),
)

export const process = Command.make("process", {}, () => Fleet.service("process", ["database", "redis"], Fleet.process)).pipe(
  Command.withDescription("Run one service of a fleet: read, score and store signals; any number share the work"),
)

export const aggregate = Command.make("aggregate", {}, () => Fleet.service("aggregate", ["database"], Fleet.aggregate)).pipe(
  Command.withDescription("Run one service of a fleet: windows, rankings and retention; a second one waits to take over"),
)

export const serve = Command.make("serve", {}, () =>
  Fleet.service("serve", ["database", "redis"], Effect.provide(serveFleet, SharedState.layer), false),
).pipe(Command.withDescription("Run one service of a fleet: dashboard, API and live feed; any number side by side"))

export const deadLetters = Command.make("dead-letters", {}, () => Fleet.service("dead-letters", ["database"], Fleet.deadLetters)).pipe(
  Command.withDescription("Run one service of a fleet: keep what could not be processed, and replay it on request (DLQ_PORT)"),
)
