import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** The program as a user starts it. */
export const command = fileURLToPath(new URL("../bin/signalflow.js", import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command that ends by itself. */
export const runCommand = (
  args: ReadonlyArray<string>,
  settings: NodeJS.ProcessEnv,
  cwd = process.cwd(),
  user: { readonly uid?: number; readonly gid?: number } = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...settings },
      cwd,
      ...user,
    })
    let [out, err] = ["", ""]
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text))
    child.once("close", (code) => resolve({ code, out, err }))
  })
