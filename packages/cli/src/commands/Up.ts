import { Settings } from "@signalflow/domain/settings/Settings"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { database } from "../layers/Database.ts"
import * as Hold from "../running/Hold.ts"
import { namingHolder } from "../running/PortHolder.ts"
import { runtime } from "../layers/Runtime.ts"
import * as Services from "../programs/AllInOne.ts"

export const up = Command.make("up", {}, () =>
  Effect.flatMap(Settings, (settings) =>
    Services.run.pipe(
      Effect.provide(Services.layer),
      Effect.provide(database("signalflow up")),
      Effect.provide(Hold.layer("up")),
      namingHolder(settings),
    ),
  ).pipe(Effect.provide(runtime)),
).pipe(Command.withDescription("Run everything in this process, on the live sources and an embedded database"))
