import { type ChildProcess, spawn } from "node:child_process"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "../../../infra/test/ports.ts"
import { ended } from "../../../infra/test/processes.ts"
import { command } from "./Command.ts"

interface Ready {
  readonly status: "ready" | "degraded" | "unready"
  readonly dependencies: ReadonlyArray<{ readonly name: string; readonly state: string; readonly why: string | null }>
}

/** One service of a fleet as a process of its own. */
export interface FleetProcess {
  readonly child: ChildProcess
  readonly metricsPort: number
  readonly output: () => string
  /** What it says of itself, or null while it does not answer. */
  readonly ready: () => Promise<Ready | null>
  readonly until: (what: string, holds: (ready: Ready) => boolean) => Promise<Ready>
  /** Ends it in order and says with which code. */
  readonly stop: () => Promise<number | null>
}

export const startService = async (args: ReadonlyArray<string>, settings: Readonly<Record<string, string>>): Promise<FleetProcess> => {
  const metricsPort = await freePort()
  const child = spawn(process.execPath, [command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LOG_FORMAT: "json", ...settings, METRICS_PORT: String(metricsPort) },
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output = (output + String(data)).slice(-20_000)))
  const ready = async () => {
    try {
      return (await (await fetch(`http://127.0.0.1:${metricsPort}/ready`)).json()) as Ready
    } catch {
      return null
    }
  }
  return {
    child,
    metricsPort,
    output: () => output,
    ready,
    until: async (what, holds) => {
      for (let waited = 0; waited < 90_000; waited += 250) {
        const now = await ready()
        if (now !== null && holds(now)) return now
        if (child.exitCode !== null) break
        await sleep(250)
      }
      throw new Error(`${args.join(" ")}: not ${what}; it says ${JSON.stringify(await ready())}\n${output.slice(-3_000)}`)
    },
    stop: () => {
      child.kill("SIGTERM")
      return ended(child)
    },
  }
}
