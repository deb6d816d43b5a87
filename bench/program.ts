import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { environment } from "../packages/cli/test/Environment.ts"
import type { Memory } from "./memoryProbe.ts"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

export const firstLine = (child: ChildProcess, matching: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const match = matching.exec(line)
      if (match !== null) resolve(match)
    })
    child.once("exit", (code) => reject(new Error(`it ended with exit code ${code} before it was ready`)))
  })

/** The whole program on the simulator, with a token of its API. */
export interface Running {
  readonly pid: number
  readonly base: string
  readonly access: string
  /** Base URL of the simulator. */
  readonly simulated: string
  /** What the program still holds after its garbage was collected. */
  readonly memory: () => Promise<Memory>
}

const memoryOf = (program: ChildProcess) => (): Promise<Memory> =>
  new Promise((resolve) => {
    program.once("message", (answer) => resolve((answer as { readonly memory: Memory }).memory))
    program.send("memory")
  })

/** Runs `use` beside a program with a database of its own and no history, and ends both. */
export const withProgram = async <A>(use: (running: Running) => Promise<A>): Promise<A> => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-bench-"))
  // Or root's database user could not pass.
  chmodSync(directory, 0o755)
  const simulator = spawn(process.execPath, [path("../packages/simulator/src/main.ts"), "--parent", "--history", "1", "--rate", "0.01"], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const simulated = `http://127.0.0.1:${(await firstLine(simulator, /"port":(\d+)/))[1]}`
  const probed = ["--expose-gc", "--import", path("./memoryProbe.ts"), path("../packages/cli/bin/signalflow.js"), "up"]
  const program = spawn(process.execPath, probed, {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: environment(directory, simulated, 0),
  })
  try {
    const [, base, code] = await firstLine(program, /(http:\/\/\S+)\/#code=(\S+)/)
    const link = await fetch(`${base}/api/token/link`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    })
    const { access } = (await link.json()) as { access: string }
    return await use({ pid: program.pid!, base: base!, access, simulated, memory: memoryOf(program) })
  } finally {
    program.kill("SIGTERM")
    await new Promise((done) => program.once("exit", done))
    simulator.kill("SIGTERM")
    rmSync(directory, { recursive: true, force: true })
  }
}

export interface Posted {
  readonly id: string
  /** Unix milliseconds at which it went out. */
  readonly at: number
}

/** Lets `count` posts go out on the simulated stream, and waits until they are out. */
export const post = async (simulated: string, count: number, perSecond: number): Promise<ReadonlyArray<Posted>> => {
  const response = await fetch(`${simulated}/__emit`, {
    method: "POST",
    body: JSON.stringify({ count, perSecond, platform: "bluesky", wait: true }),
  })
  const { signals } = (await response.json()) as { signals: ReadonlyArray<{ id: string; publishedAt: number }> }
  return signals.map(({ id, publishedAt }) => ({ id, at: publishedAt }))
}
