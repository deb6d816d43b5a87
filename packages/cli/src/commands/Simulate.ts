import * as Simulator from "@signalflow/simulator/Simulator"
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { settingsFor } from "../layers/SimulatorProcess.ts"
import { Failed } from "../print/Failed.ts"

const about = (name: string, text: string) => Flag.Int(name).pipe(Flag.withDescription(text))

export const simulate = Command.make(
  "simulate",
  {
    port: about("port", "Port on 127.0.0.1; 0 = any free one").pipe(Flag.withDefault(0)),
    seed: about("seed", "One seed, one world: the same ids, the same texts").pipe(Flag.withDefault(1)),
    speed: Flag.Finite("speed").pipe(Flag.withDescription("Multiplies the rate of live events"), Flag.withDefault(1)),
    hours: about("hours", "Hours of history behind the start").pipe(Flag.withDefault(72)),
    recordings: Flag.String("recordings").pipe(
      Flag.withDescription("Serve recorded bodies from this directory in place of the generated world"),
      Flag.optional,
    ),
  },
  ({ port, seed, speed, hours, recordings }) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({
        port,
        seed,
        speed,
        historyHours: hours,
        ...(Option.isSome(recordings) ? { recordings: recordings.value } : {}),
      })
      const { url } = simulator
      yield* Console.log(`Simulating on ${url}. Ctrl-C ends it. To watch it:\n`)
      const settings = Object.entries(settingsFor(url)).map(([name, value]) => `${name}=${value}`)
      yield* Console.log(`  ${settings.join(" \\\n  ")} \\\n  npx signalflow up\n`)
      yield* Console.log(`What was planted: ${url}/__truth/summary`)
      return yield* Effect.never
    }).pipe(
      Effect.scoped,
      Effect.mapError((error) => new Failed({ message: error.message })),
    ),
).pipe(Command.withDescription("Speak the upstreams' own protocols on loopback, from a generated world with known truth"))
