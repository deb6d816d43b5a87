import { Effect } from "effect"
import { Command } from "effect/cli"
import { database } from "../Embedded.ts"
import { runtime } from "../Runtime.ts"
import * as Services from "../Services.ts"

export const up = Command.make("up", {}, () =>
  Services.run.pipe(Effect.provide(Services.layer), Effect.provide(database("signalflow up")), Effect.provide(runtime)),
).pipe(Command.withDescription("Run everything in this process, on the live sources and an embedded database"))
