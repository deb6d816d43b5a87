import * as PgClient from "@effect/sql-pg/PgClient"
import { World } from "@signalflow/server/http/World"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { join } from "node:path"
import { database } from "../Embedded.ts"
import { Failed } from "../Failed.ts"
import { runtime } from "../Runtime.ts"
import * as Services from "../Services.ts"
import * as SimulatorProcess from "../SimulatorProcess.ts"

export const DEMO = "signalflow demo"

/** Where the demo keeps its database: beside the real one, never in it. */
export const demoDirectory = () => join(process.env["DATA_DIR"] ?? ".signalflow", "demo")

/** Every demo is another world: what the last one left goes first. */
const forget = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const others = yield* sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
    where datname = current_database() and application_name = ${DEMO} and pid <> pg_backend_pid() and backend_start < now() - interval '10 seconds'`
  if (others[0]!.n > 0)
    return yield* new Failed({ message: "A demo is already running here: use it, or stop it first (Ctrl-C in its terminal)" })
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
      yield* Console.log("\n  Starting a simulated world: three days, then live. Nothing leaves this machine.")
      const url = yield* SimulatorProcess.start(["--seed", String(seed), "--speed", String(speed)])
      Object.assign(process.env, {
        DATA_DIR: demoDirectory(),
        DATABASE_URL: "",
        POSTGRES_HOST: "",
        KAFKA_BOOTSTRAP_SERVERS: "",
        REDIS_URL: "",
        ...SimulatorProcess.settingsFor(url),
        AGGREGATE_EVERY: process.env["AGGREGATE_EVERY"] ?? "15 seconds",
      })
      yield* Services.run.pipe(
        Effect.provideService(World, "simulated"),
        Effect.provide(Services.layer),
        Effect.provide(database(DEMO, forget)),
        Effect.provide(runtime),
      )
    }).pipe(Effect.scoped),
).pipe(Command.withDescription("Show everything on simulated sources: three days of history, then live"))
