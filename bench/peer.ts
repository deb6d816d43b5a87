import { execFileSync, spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The Python stack that a user would otherwise build; it lies beside the project. */
const home = fileURLToPath(new URL("../../shared/peers/", import.meta.url))

/** What one run of its worker says of itself. CPU is the worker's alone, from the first records on. */
export interface PeerRun {
  readonly records: number
  readonly wall_s: number
  readonly cpu_s: number
  readonly records_per_s: number
  readonly records_per_cpu_s: number
}

export interface Peer {
  /** The records, one JSON object a line. */
  readonly records: () => ReadonlyArray<string>
  /** Puts the records on its topic of a broker. */
  readonly load: (broker: string, topic: string) => Promise<void>
  /** One run of its fastest variant over all of them, in a new group, on empty tables. */
  readonly run: (on: { broker: string; topic: string; dsn: string; redis: string }) => Promise<PeerRun>
}

const output = (command: string, args: ReadonlyArray<string>): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: home,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    })
    let [out, err] = ["", ""]
    child.stdout.on("data", (text) => (out += text))
    child.stderr.on("data", (text) => (err += text))
    child.once("error", reject)
    child.once("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${args[0]} ended with ${code}: ${err.slice(-1_500)}`))))
  })

/** Its virtual environment, made once for a machine from its locked requirements; why it cannot run here where that is so. */
export const peer = (count: number): Peer | string => {
  if (!existsSync(join(home, "process.py"))) return "../shared/peers is not here"
  if (spawnSync("python3", ["-m", "venv", "--help"]).status !== 0) return "python3 with venv is not installed"
  const place = join(tmpdir(), "signalflow-peer")
  const python = join(place, "venv/bin/python")
  try {
    mkdirSync(place, { recursive: true })
    if (spawnSync(python, ["-c", "import kafka, redis, psycopg2, vaderSentiment, crc32c"]).status !== 0) {
      execFileSync("python3", ["-m", "venv", join(place, "venv")], { stdio: "pipe" })
      execFileSync(python, ["-m", "pip", "install", "-q", "-r", join(home, "requirements.lock.txt")], { stdio: "pipe" })
    }
  } catch (error) {
    return `its packages were not installed: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`
  }
  const file = join(place, `signals-${count}.ndjson`)
  execFileSync(python, [join(home, "make_signals.py"), "--n", String(count), "--out", file], { stdio: "pipe" })
  return {
    records: () =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    load: async (broker, topic) => {
      await output(python, ["kafka_load.py", "--bootstrap", broker, "--topic", topic, "--file", file])
    },
    run: async ({ broker, topic, dsn, redis }) => {
      const variant = ["--redis-mode", "batch", "--batch", "500", "--reset", "--max", String(count)]
      const where = ["--bootstrap", broker, "--topic", topic, "--dsn", dsn, "--redis", redis]
      return JSON.parse((await output(python, ["process.py", ...variant, ...where])).trim().split("\n").at(-1)!) as PeerRun
    },
  }
}
