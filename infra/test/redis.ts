import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { notInstalled } from "./missing.ts"
import { answers, freePort } from "./ports.ts"
import { ended } from "./processes.ts"

/** Why Redis cannot be started here, or null. An error where `SIGNALFLOW_INFRA=required`. */
export const redisMissing = (): string | null => {
  if (spawnSync("redis-server", ["--version"]).status === 0) return null
  return notInstalled("redis-server")
}

export interface RedisServer {
  readonly port: number
  readonly password: string
  /** With the password, without a database. */
  readonly url: string
  /** SIGSTOP and SIGCONT are only sent; after any other signal it waits for the end. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>
  /** Starts it again, with what it has saved, and waits until it answers. */
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

const PASSWORD = "right horse:battery/staple"

/** A server on loopback with a password, with data that goes when it stops. Extra directives win. */
export const startRedis = async (extra: Readonly<Record<string, string>> = {}): Promise<RedisServer> => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-redis-"))
  const port = await freePort()
  const directives: Record<string, string> = {
    port: String(port),
    bind: "127.0.0.1",
    dir: directory,
    save: "",
    appendonly: "no",
    requirepass: PASSWORD,
    "enable-debug-command": "local",
    ...extra,
  }
  const config = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, value])
  let running: ChildProcess | undefined
  const killNow = () => void running?.kill("SIGKILL")
  process.once("exit", killNow)

  const start = async () => {
    const out = join(directory, "out.log")
    const log = openSync(out, "a")
    const child = spawn("redis-server", config, { stdio: ["ignore", log, log] })
    closeSync(log)
    running = child
    const deadline = Date.now() + 20_000
    while (!(await answers(port, "PING\r\n", /^(\+PONG|-NOAUTH)/))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`Redis did not start:\n${readFileSync(out, "utf8").slice(-2_000)}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  const kill = async (signal: NodeJS.Signals) => {
    const child = running
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    if (signal === "SIGSTOP" || signal === "SIGCONT") {
      child.kill(signal)
      return
    }
    child.kill(signal)
    await ended(child)
  }

  const stop = async () => {
    await kill("SIGKILL")
    process.removeListener("exit", killNow)
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return { port, password: PASSWORD, url: `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`, kill, start, stop }
}
