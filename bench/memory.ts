import { spawn } from "node:child_process"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { rssOf } from "./machine.ts"
import type { Options, Result } from "./Bench.ts"
import { firstLine } from "./program.ts"

const SAMPLE_MS = 10_000
const command = fileURLToPath(new URL("../packages/cli/bin/signalflow.js", import.meta.url))

/** Megabytes of a process, with its share of what it has in common with others: PostgreSQL's processes share their buffers. Linux only. */
const pssOf = (pid: number): number => {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}

const processes = (): ReadonlyArray<{ readonly pid: number; readonly parent: number; readonly args: string }> =>
  readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8")
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
        return [{ pid: Number(entry), parent, args: readFileSync(`/proc/${entry}/cmdline`, "utf8") }]
      } catch {
        return []
      }
    })

/** What the demo's three programs hold now, in megabytes. */
const held = (program: number, directory: string) => {
  const all = processes()
  const simulator = all.find(({ parent, args }) => parent === program && args.includes("simulator"))?.pid
  const server = all.find(({ args }) => args.startsWith("/") && args.includes("postgres") && args.includes(directory))?.pid
  const postgres = all.filter(({ pid, parent }) => pid === server || parent === server).map(({ pid }) => pssOf(pid))
  return {
    program: rssOf(program),
    postgres: postgres.reduce((sum, mb) => sum + mb, 0),
    simulator: simulator === undefined ? 0 : rssOf(simulator),
  }
}

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

const tenths = (values: ReadonlyArray<number>) => {
  const size = Math.max(1, Math.ceil(values.length / 10))
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => mean(values.slice(i * size, (i + 1) * size)))
}

/** The whole demo: three days of history, then live for `seconds`. What does the embedded program hold an hour after its warm start? */
export const measure = async ({ seconds = 3_600 }: Options): Promise<ReadonlyArray<Result>> => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-bench-"))
  // Or root's database user could not pass.
  chmodSync(directory, 0o755)
  const program = spawn(process.execPath, [command, "demo"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, DATA_DIR: directory, PORT: "0", METRICS_PORT: "0" },
  })
  try {
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, rssOf(program.pid!))), 500)
    await firstLine(program, /Loading history: (?:99|100) %/)
    clearInterval(watch)
    const samples: Array<ReturnType<typeof held>> = []
    const end = performance.now() + seconds * 1_000
    while (performance.now() < end) {
      await new Promise((wait) => setTimeout(wait, SAMPLE_MS))
      if (program.exitCode !== null) throw new Error(`the demo ended with exit code ${program.exitCode}`)
      samples.push(held(program.pid!, directory))
    }
    const last = samples.slice(-Math.ceil(samples.length / 10))
    const of = (part: keyof ReturnType<typeof held>) => mean(last.map((sample) => sample[part]))
    return [
      {
        name: `demo, ${Math.round(seconds / 60)} min after its warm start`,
        n: samples.length,
        data: "the simulated world of seed 1",
        rssMb: of("program"),
        detail: {
          "PostgreSQL MB": of("postgres").toFixed(0),
          "simulator MB": of("simulator").toFixed(0),
          "program's peak in the warm start MB": peak.toFixed(0),
          "program by tenth of the run MB": tenths(samples.map(({ program }) => program))
            .map((mb) => mb.toFixed(0))
            .join("/"),
        },
      },
    ]
  } finally {
    program.kill("SIGTERM")
    await new Promise((done) => (program.exitCode === null ? program.once("exit", done) : done(null)))
    rmSync(directory, { recursive: true, force: true })
  }
}
