import { assert, describe, it } from "@effect/vitest"
import * as Simulator from "@signalflow/simulator/Simulator"
import { Effect } from "effect"
import type { ChildProcess } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { patiently } from "./Client.ts"
import { directory, HOURS, signedIn, story, up } from "./RunningProgram.ts"

/** The number of the server's process, from the file that PostgreSQL keeps. */
const postmaster = (dataDirectory: string): number => {
  const { data } = JSON.parse(readFileSync(join(dataDirectory, "postgres.json"), "utf8")) as { data: string }
  return Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n", 1)[0])
}

const loseDatabase = async (simulator: Simulator.Simulator, child: ChildProcess, dataDirectory: string) => {
  const { base, served } = await signedIn(child)
  const ready = async () => ((await (await fetch(`${base}/ready`)).json()) as { status: string }).status === "ready"
  await patiently("ready", ready)
  const planted: Array<string> = []
  for (let death = 0; death < 2; death++) {
    for (let n = 0; n < 30; n++) planted.push(simulator.publish().id)
    process.kill(postmaster(dataDirectory), "SIGKILL")
    for (let n = 0; n < 30; n++) planted.push(simulator.publish().id)
    await served(() => planted)
  }
  await patiently("ready again", ready)
  assert.strictEqual(child.exitCode, null)
}

describe("the program on the simulator and its embedded database", () => {
  it.live(
    "serves every planted signal, sends a new one and its removal to the browser, and stops in order",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ seed: 5, historyHours: HOURS, lookbackHours: HOURS + 2 })
        const child = yield* up(join(yield* directory, "data"), simulator.url)
        yield* Effect.promise(() => story(simulator, child))
      }).pipe(Effect.scoped),
    180_000,
  )

  it.live(
    "stalls while its database is dead, loses nothing, and goes on when it is back (guarantees 1 and 5)",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ seed: 6, historyHours: 1, rate: 0.1 })
        const dataDirectory = join(yield* directory, "data")
        const child = yield* up(dataDirectory, simulator.url)
        yield* Effect.promise(() => loseDatabase(simulator, child, dataDirectory))
      }).pipe(Effect.scoped),
    180_000,
  )
})
