import { Settings, type SettingValues } from "@signalflow/domain/settings/Settings"
import * as Logging from "@signalflow/platform/telemetry/Logging"
import { makeDirectory } from "@signalflow/platform/postgres/embedded/DataDirectory"
import { Console, Context, Effect, Layer, Schedule } from "effect"
import { Flag } from "effect/cli"
import { existsSync } from "node:fs"
import { Failed, Misused } from "../print/Failed.ts"
import * as SimulatorProcess from "../layers/SimulatorProcess.ts"
import { databaseOf } from "./Database.ts"
import { directoryOf } from "./Directories.ts"
import { type Kind, type Marker, running } from "./Marker.ts"
import { INSIDE, override } from "./Override.ts"
import { nameOf, placeOf } from "./Sentence.ts"

/** `--demo` and `--up`, of every command that reads the database of a program. */
export const which = {
  demo: Flag.Boolean("demo").pipe(Flag.withDescription("Of the demo, where both run"), Flag.withDefault(false)),
  up: Flag.Boolean("up").pipe(Flag.withDescription('Of "signalflow up", where both run'), Flag.withDefault(false)),
}

export interface Which {
  readonly demo: boolean
  readonly up: boolean
}

/** The program that a command is for; null: none runs, and the command works on what it left. */
export class Beside extends Context.Service<Beside, { readonly kind: Kind; readonly program: Marker | null }>()("@signalflow/cli/Beside") {}

const KINDS: ReadonlyArray<Kind> = ["up", "demo"]

/** The programs that run on the directories of the settings. */
export const programs = (settings: SettingValues): ReadonlyArray<Marker> =>
  KINDS.flatMap((kind) => {
    const found = running(directoryOf(kind, settings))
    return found === undefined ? [] : [{ ...found, kind }]
  })

const choose = (command: string, { demo, up }: Which, found: ReadonlyArray<Marker>) => {
  if (demo && up) return Effect.fail(new Misused({ message: "--demo and --up: write one of them" }))
  if (demo || up) return Effect.succeed<Kind>(demo ? "demo" : "up")
  if (found.length < 2) return Effect.succeed(found[0]?.kind ?? "up")
  const list = found.map((each) => `${nameOf(each.kind)} (${placeOf(each)})`).join(" and ")
  return Effect.fail(
    new Misused({ message: `Two programs run here, ${list}: write "signalflow ${command} --up" or "signalflow ${command} --demo"` }),
  )
}

const tell = (text: string) => Console.error(`signalflow: ${text}`)

/** A program answers its commands once it has made its database. */
const listening = (kind: Kind, settings: SettingValues, found: Marker) =>
  Effect.gen(function* () {
    if (found.listening) return found
    yield* tell(`${nameOf(kind)} (pid ${found.pid}) is starting: waiting for it`)
    const now = yield* Effect.sync(() => running(directoryOf(kind, settings))).pipe(
      Effect.repeat({ until: (seen) => seen === undefined || seen.listening, schedule: Schedule.spaced("200 millis") }),
      Effect.timeoutOrElse({
        duration: "2 minutes",
        orElse: () =>
          Effect.fail(new Failed({ message: `${nameOf(kind)} (pid ${found.pid}) has been starting for 2 minutes: see its terminal` })),
      }),
    )
    return now ?? (yield* new Failed({ message: `${nameOf(kind)} (pid ${found.pid}) ended while it was starting: see its terminal` }))
  })

/** The settings of a program, or of the one that would run. */
export const settingsOf = (kind: Kind, settings: SettingValues, program: Marker | null): SettingValues => {
  const simulator = program?.settings["HN_API_URL"]
  return override(settings, {
    ...(kind === "demo" ? { ...INSIDE, ...(simulator === undefined ? {} : SimulatorProcess.settingsFor(simulator)) } : {}),
    ...program?.settings,
    DATA_DIR: directoryOf(kind, settings),
  })
}

const refuseOther = (kind: Kind, program: Marker, settings: SettingValues) => {
  const mine = databaseOf(settings)
  if (mine === program.database) return Effect.void
  const named = (database: string) => (database === "embedded" ? "the embedded database" : `the PostgreSQL at ${database}`)
  return Effect.fail(
    new Failed({
      message: `${nameOf(kind)} (pid ${program.pid}) uses ${named(program.database)}, and the settings here name ${named(mine)}: give this command the same DATABASE_URL or POSTGRES_*`,
    }),
  )
}

/** What nobody runs is read from what was left; a first start may not have been yet. */
const absent = (kind: Kind, settings: SettingValues) =>
  Effect.gen(function* () {
    const directory = directoryOf(kind, settings)
    if (kind === "demo" && !existsSync(directory))
      return yield* new Failed({ message: `No demo has run in ${directory}: start one with "npm run demo"` })
    if (databaseOf(settings) !== "embedded" && kind !== "demo") return
    // What keeps the command from its data is told alone.
    yield* makeDirectory(directory)
    yield* tell(`nothing runs on ${directory}; this is about the data that ${nameOf(kind)} keeps there`)
  })

const find = (command: string, given: Which) =>
  Effect.gen(function* () {
    const settings = yield* Settings.read
    const found = programs(settings)
    const kind = yield* choose(command, given, found)
    const seen = found.find((each) => each.kind === kind)
    const program = seen === undefined ? null : yield* listening(kind, settings, seen)
    const changed = settingsOf(kind, settings, program)
    if (program === null) yield* absent(kind, settings)
    else {
      yield* refuseOther(kind, program, changed)
      if (kind === "demo") yield* tell(`this is about the demo (${placeOf(program)})`)
    }
    return { settings: changed, beside: Beside.of({ kind, program }) }
  })

/** Settings and logs of a command, addressed to the program that runs here. */
export const beside = (command: string, given: Which) =>
  Layer.unwrap(
    Effect.map(find(command, given), ({ settings, beside }) =>
      Layer.mergeAll(
        Layer.succeed(Settings, settings),
        Layer.succeed(Beside, beside),
        Logging.layer({ level: settings.LOG_LEVEL, format: settings.LOG_FORMAT }),
      ),
    ),
  )
