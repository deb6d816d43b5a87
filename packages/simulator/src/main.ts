import { parseArgs } from "node:util"
import { Effect, Fiber } from "effect"
import { make, type SimulatorOptions } from "./Simulator.ts"

const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`)

const given = () =>
  parseArgs({
    options: {
      port: { type: "string" },
      host: { type: "string" },
      seed: { type: "string" },
      speed: { type: "string" },
      rate: { type: "string" },
      history: { type: "string" },
      lookback: { type: "string" },
      epoch: { type: "string" },
      recordings: { type: "string" },
      parent: { type: "boolean", default: false },
    },
  }).values

const number = (name: string, value: string | undefined) => {
  if (value === undefined) return {}
  if (value.trim() === "" || !Number.isFinite(Number(value))) throw new Error(`--${name} is "${value}": a number`)
  return { [name === "history" ? "historyHours" : name === "lookback" ? "lookbackHours" : name]: Number(value) }
}

const optionsFrom = (values: ReturnType<typeof given>): SimulatorOptions => ({
  ...number("port", values.port),
  ...number("seed", values.seed),
  ...number("speed", values.speed),
  ...number("rate", values.rate),
  ...number("history", values.history),
  ...number("lookback", values.lookback),
  ...number("epoch", values.epoch),
  ...(values.host === undefined ? {} : { host: values.host }),
  ...(values.recordings === undefined ? {} : { recordings: values.recordings }),
})

const program = Effect.fn("Simulator.main")(function* (options: SimulatorOptions) {
  const simulator = yield* make(options)
  say({ port: simulator.port, url: simulator.url })
  return yield* Effect.never
})

const complain = (message: string, code: number) => {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

try {
  const values = given()
  const running = Effect.runFork(
    Effect.scoped(program(optionsFrom(values))).pipe(Effect.catch((error) => Effect.sync(() => complain(error.message, 1)))),
  )
  const end = () => void Effect.runPromise(Fiber.interrupt(running)).then(() => process.stdin.destroy())
  process.once("SIGTERM", end)
  process.once("SIGINT", end)
  if (values.parent) {
    process.stdin.resume()
    process.stdin.once("end", end)
    process.stdin.once("close", end)
  }
} catch (cause) {
  complain((cause as Error).message, 2)
}
