import * as PgClient from "@effect/sql-pg/PgClient"
import { Settings } from "@signalflow/domain/settings/Settings"
import { World } from "@signalflow/server/system/World"
import { ConfigProvider, Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { database } from "../layers/Database.ts"
import { directoryOf } from "../running/Directories.ts"
import * as Hold from "../running/Hold.ts"
import { INSIDE, override } from "../running/Override.ts"
import { namingHolder } from "../running/PortHolder.ts"
import { runtime } from "../layers/Runtime.ts"
import * as Services from "../programs/AllInOne.ts"
import * as SimulatorProcess from "../layers/SimulatorProcess.ts"

const DEMO = "signalflow demo"

/** Every demo is another world: what the last one left goes first. The directory is claimed, so no other demo uses it. */
const forget = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  yield* sql`drop schema public cascade`
  yield* sql`create schema public`
})

export const demo = Command.make(
  "demo",
  {
    seed: Flag.Int("seed").pipe(Flag.withDescription("One seed, one world"), Flag.withDefault(1)),
    speed: Flag.Finite("speed").pipe(Flag.withDescription("Multiplies the rate of live events"), Flag.withDefault(1)),
  },
  ({ seed, speed }) =>
    Effect.gen(function* () {
      const settings = yield* Settings.read
      const inside = { ...INSIDE, DATA_DIR: directoryOf("demo", settings) }
      const held = yield* Hold.claim("demo").pipe(Effect.provideService(Settings, override(settings, inside)))
      yield* Console.log("\n  Starting a simulated world: three days, then live. Nothing leaves this machine.")
      const url = yield* SimulatorProcess.start(["--seed", String(seed), "--speed", String(speed)])
      // Worker threads read the environment too.
      Object.assign(process.env, {
        ...inside,
        ...SimulatorProcess.settingsFor(url),
        AGGREGATE_EVERY: process.env["AGGREGATE_EVERY"] ?? "15 seconds",
      })
      yield* Services.run.pipe(
        Effect.provideService(World, "simulated"),
        Effect.provideService(Hold.Held, held),
        Effect.provide(Services.layer),
        Effect.provide(database(DEMO, forget)),
        Effect.provide(runtime),
        // The environment as it is now: the provider that this process began with keeps what it read.
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv()),
        namingHolder(settings),
      )
    }).pipe(Effect.scoped),
).pipe(Command.withDescription("Show everything on simulated sources: three days of history, then live"))
