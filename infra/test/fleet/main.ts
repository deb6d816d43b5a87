import { kafkaMissing } from "../kafka.ts"
import { postgresMissing } from "../postgres.ts"
import { redisMissing } from "../redis.ts"
import { run, table } from "./Fleet.ts"

const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  const text = at >= 0 ? process.argv[at + 1] : process.env[`FLEET_${name.replace("-", "_").toUpperCase()}`]
  const value = text === undefined ? fallback : Number(text)
  if (Number.isFinite(value) && value > 0) return value
  process.stderr.write(`--${name} is "${text}": a number above 0\n`)
  return process.exit(2)
}

if ([kafkaMissing(), redisMissing(), postgresMissing()].some((why) => why !== null)) process.exit(1)
// The servers end with this process, when it ends by itself.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))
const say = (line: string) => void process.stdout.write(`${line}\n`)
const report = await run({
  seed: option("seed", 1 + Math.floor(Math.random() * 1_000_000)),
  seconds: option("seconds", 180),
  perSecond: option("per-second", 2_000),
  patience: 1_800_000,
  say,
})
say(`\n${table(report)}`)
process.exit(report.problems.length === 0 ? 0 : 1)
