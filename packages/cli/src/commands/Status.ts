import { Settings } from "@signalflow/domain/settings/Settings"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { jsonFlag } from "../print/JsonFlag.ts"
import { plain } from "../print/TerminalText.ts"
import { programs } from "../running/Beside.ts"
import { directoryOf } from "../running/Directories.ts"
import { type Status, statusOf } from "../running/Status.ts"
import { runtime } from "../layers/Runtime.ts"

/** As the manual says: 0 runs and serves, 1 runs and something is down, 3 nothing runs. */
const NOT_SERVING = 1
const NOTHING_RUNS = 3

const UNITS: ReadonlyArray<readonly [string, number]> = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
]

const age = (startedAt: string, now: number): string => {
  const seconds = Math.max(0, Math.round((now - Date.parse(startedAt)) / 1_000))
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ["s", 1]
  return `${Math.floor(seconds / size)} ${unit}`
}

const said: Record<Status["state"], string> = {
  starting: "starting",
  silent: "does not answer",
  ready: "ready",
  degraded: "ready, but degraded",
  unready: "not ready",
}

const linesOf = (status: Status, now: number): ReadonlyArray<string> => {
  const line = (name: string, text: string) => `  ${name.padEnd(10)} ${text}`
  const { sources } = status
  const counts =
    sources === null
      ? []
      : (["live", "degraded", "off", "paused"] as const)
          .filter((state) => sources[state] > 0 || state === "live")
          .map((state) => `${sources[state]} ${state}`)
  return [
    `${status.kind === "demo" ? "demo" : "up"}: ${said[status.state]}`,
    line("address", status.address ?? "not known yet"),
    ...(status.metrics === null ? [] : [line("metrics", status.metrics)]),
    line("since", `${status.startedAt} (${age(status.startedAt, now)})`),
    line("process", String(status.pid)),
    line("data", status.directory),
    line("database", status.database),
    ...(sources === null ? [] : [line("sources", counts.join(", "))]),
    ...status.dependencies
      .filter(({ state }) => state !== "ok")
      .map(({ name, state, why, since }) => line(plain(name), `${state} since ${since}${why === null ? "" : `: ${plain(why)}`}`)),
  ]
}

export const status = Command.make("status", { json: jsonFlag() }, ({ json }) =>
  Effect.gen(function* () {
    const settings = yield* Settings
    const running = yield* Effect.forEach(programs(settings), (marker) => statusOf(marker, settings), { concurrency: 2 })
    const now = Date.now()
    if (json) yield* Console.log(JSON.stringify({ running }))
    else if (running.length > 0) yield* Console.log(running.map((each) => linesOf(each, now).join("\n")).join("\n\n"))
    else {
      const places = (["up", "demo"] as const).map((kind) => directoryOf(kind, settings))
      yield* Console.log(`Nothing runs on ${places.join(" or ")}. Start one with "npm run up" or "npm run demo".`)
    }
    if (running.length === 0) process.exitCode = NOTHING_RUNS
    else if (running.some(({ state }) => state !== "ready" && state !== "degraded")) process.exitCode = NOT_SERVING
  }).pipe(Effect.provide(runtime)),
).pipe(Command.withDescription("Print what runs here, where and since when; exit code 0 it serves, 1 it does not, 3 nothing runs"))
