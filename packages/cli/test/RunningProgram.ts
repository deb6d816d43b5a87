import { assert } from "@effect/vitest"
import type * as Simulator from "@signalflow/simulator/Simulator"
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { plantedIn, signIn } from "./Client.ts"
import { command } from "./Command.ts"
import { environment } from "./Environment.ts"

/** Hours of history that the simulated world has. */
export const HOURS = 2

/** A directory of its own, gone at the end. */
export const directory = Effect.acquireRelease(
  Effect.sync(() => {
    const made = mkdtempSync(join(tmpdir(), "signalflow-program-"))
    chmodSync(made, 0o755)
    return made
  }),
  (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
)

/** The whole program as a user starts it, on the simulator; killed at the end if it has not stopped. */
export const up = (dataDirectory: string, url: string, settings: Readonly<Record<string, string>> = {}) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [command, "up"], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...environment(dataDirectory, url, HOURS + 1), ...settings },
      }),
    ),
    (child) => Effect.sync(() => child.exitCode === null && child.kill("SIGKILL")),
  )

const link = (child: ChildProcess): Promise<{ base: string; code: string }> =>
  new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const [, base, code] = /(http:\/\/\S+)\/#code=(\S+)/.exec(line) ?? []
      if (base !== undefined && code !== undefined) resolve({ base, code })
    })
    child.once("exit", (code) => reject(new Error(`the program ended with exit code ${code}`)))
  })

/** A script that the link of the program signs in. */
export const signedIn = async (child: ChildProcess) => {
  const { base, code } = await link(child)
  return { base, ...(await signIn(base, code)) }
}

/** From the planted history to the frame of a removal, and an end in order. */
export const story = async (simulator: Simulator.Simulator, child: ChildProcess) => {
  const { get, served, live } = await signedIn(child)
  const planted = plantedIn(simulator)
  assert.isAbove(planted().length, 100)
  await served(planted)

  const sources = await get<{ results: ReadonlyArray<{ platform: string; state: string; why: string | null }> }>("/api/v1/sources/")
  assert.deepStrictEqual(
    sources.results.filter(({ state }) => state === "live").map(({ platform }) => platform),
    ["bluesky", "hackernews"],
  )
  // What needs a key that nobody gave is off, and says so.
  assert.isTrue(sources.results.every(({ state, why }) => state === "live" || (state === "off" && why !== null)))

  await live(simulator)

  const stopped = new Promise<number | null>((resolve) => child.once("exit", resolve))
  const asked = performance.now()
  child.kill("SIGTERM")
  assert.strictEqual(await stopped, 0)
  assert.isBelow(performance.now() - asked, 10_000)
}
