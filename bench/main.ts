import { existsSync, readFileSync, writeFileSync } from "node:fs"
import type { Bench, Options } from "./Bench.ts"
import { machine } from "./machine.ts"

/** Every measurement, and the file that makes it. Each exports `measure(options)` and answers with a `Result`. */
const benches: Record<string, () => Promise<Bench>> = {
  pipeline: () => import("./pipeline.ts"),
  latency: () => import("./latency.ts"),
  firehose: () => import("./firehose.ts"),
  bus: () => import("./bus.ts"),
  backlog: () => import("./backlog.ts"),
  memory: () => import("./memory.ts"),
}

const flag = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? undefined : process.argv[at + 1]
}

const what = process.argv[2]
if (what === undefined || !(what in benches)) {
  console.error(
    `Usage: npm run bench -- ${Object.keys(benches).join("|")} [--n N] [--seconds S] [--bus kafka [--profile peer] [--rounds R] [--batch B]] [--json] [--write]`,
  )
  process.exit(2)
}

const number = (name: string) => (flag(name) === undefined ? undefined : Number(flag(name)))
const bench = await benches[what]!()
const options: Options = {
  n: number("n"),
  seconds: number("seconds"),
  bus: flag("bus"),
  profile: flag("profile") === "peer" ? "peer" : "product",
  rounds: number("rounds"),
  batch: number("batch"),
}
const results = (await bench.measure(options)).map((result) => ({ machine: machine(), ...result }))

const rounded = (value: number | undefined) =>
  value === undefined ? "" : value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1)

const table = () =>
  bench.table?.(results) ??
  [
    "| what | n | signals/s | CPU ms per 1,000 | p50 ms | p99 ms | RSS MB |",
    "|---|---|---|---|---|---|---|",
    ...results.map(
      (row) =>
        `| ${row.name} | ${row.n.toLocaleString("en")} | ${rounded(row.signalsPerSecond)} | ${rounded(row.cpuMsPer1000)} | ${rounded(row.p50Ms)} | ${rounded(row.p99Ms)} | ${rounded(row.rssMb)} |`,
    ),
  ].join("\n")

if (process.argv.includes("--json")) for (const result of results) console.log(JSON.stringify(result))
else console.log(table())

if (process.argv.includes("--write")) {
  const page = [
    `# Measured: ${what}`,
    "",
    `\`npm run bench -- ${process.argv.slice(2).join(" ")}\`, ${new Date().toISOString().slice(0, 10)}, on ${machine()}. Data: ${results[0]?.data}.`,
    "Machines are shared and noisy: read ratios and CPU per thousand before wall-clock figures.",
    "",
    table(),
    "",
    ...results.flatMap((row) =>
      row.detail === undefined
        ? []
        : [
            `${row.name}: ${Object.entries(row.detail)
              .map(([key, value]) => `${key} ${String(value)}`)
              .join(", ")}`,
            "",
          ],
    ),
  ].join("\n")
  const file = new URL(`../docs/internals/${bench.page?.(options) ?? `bench-${what}.md`}`, import.meta.url)
  const [, ...kept] = existsSync(file) ? readFileSync(file, "utf8").split(/^(?=## )/m) : []
  writeFileSync(file, [page, ...kept].join(kept.length > 0 ? "\n" : "").replace(/\n{3,}/g, "\n\n"))
}
process.exit(0)
