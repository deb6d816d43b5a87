import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, existsSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { end } from "../processes.ts"

export const command = fileURLToPath(new URL("../../../packages/cli/bin/signalflow.js", import.meta.url))
const RESTART_MS = 1_000
const STOP_MS = 20_000

export interface Service {
  readonly name: string
  readonly signal: (signal: NodeJS.Signals) => void
  /** SIGTERM, and how it ended: exit code (null = it had to be killed) and milliseconds. */
  readonly stop: () => Promise<{ readonly code: number | null; readonly took: number }>
  /** Times that it ended without having been asked or killed by us, with what it said last. */
  readonly crashes: ReadonlyArray<string>
  readonly log: () => string
}

/** A service as a supervisor runs it: started again, a second later, whenever it ends. */
export const supervise = (directory: string, name: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv): Service => {
  const file = join(directory, `${name}.log`)
  const crashes: Array<string> = []
  let stopping = false
  let killed = false
  const log = () => (existsSync(file) ? readFileSync(file, "utf8") : "")

  const launch = (): ChildProcess => {
    const out = openSync(file, "a")
    const started = spawn(process.execPath, [command, ...args], { env, cwd: directory, stdio: ["ignore", out, out] })
    closeSync(out)
    started.once("exit", (code, signal) => {
      if (stopping) return
      if (!killed) crashes.push(`${name} ended by itself (${signal ?? code}): ${log().slice(-1_500)}`)
      killed = false
      setTimeout(() => {
        if (!stopping) child = launch()
      }, RESTART_MS)
    })
    return started
  }
  let child = launch()
  const killNow = () => void child.kill("SIGKILL")
  process.once("exit", killNow)

  return {
    name,
    crashes,
    log,
    signal: (signal) => {
      if (signal === "SIGKILL") killed = true
      child.kill(signal)
    },
    stop: async () => {
      stopping = true
      const asked = performance.now()
      const code = await end(child, "SIGTERM", STOP_MS)
      process.removeListener("exit", killNow)
      return { code, took: performance.now() - asked }
    },
  }
}

/** Until `url` answers 200. */
export const answers = async (url: string, forMs: number): Promise<void> => {
  const deadline = Date.now() + forMs
  let last = "no answer"
  while (Date.now() < deadline) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
      if (response.ok) return
      last = `${response.status} ${(await response.text()).slice(0, 300)}`
    } catch (cause) {
      last = String(cause)
    }
    await sleep(200)
  }
  throw new Error(`${url} is not ready: ${last}`)
}
