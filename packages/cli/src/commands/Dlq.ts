import type { LetterFilter } from "@signalflow/server/deadletters/DeadLetterRows"
import { LetterDesk, type LetterPage, type LetterPlace } from "@signalflow/server/deadletters/DeadLetterQueries"
import { MISSING, Replays } from "@signalflow/server/deadletters/Replays"
import { Console, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as Bus from "../layers/Bus.ts"
import { database, observed } from "../layers/Database.ts"
import { Failed, Misused } from "../print/Failed.ts"
import { jsonFlag } from "../print/JsonFlag.ts"
import { plain, plainJson } from "../print/TerminalText.ts"
import { beside, type Which, which as program } from "../running/Beside.ts"
import { lineOf, pageOf, statsLines } from "./dlq/Lines.ts"
import { all, chosen, filterOf, idOf, letters, which } from "./dlq/DlqFlags.ts"

const PAGE = 200
/** Most letters that one command replays. */
const MOST = 100_000

const json = jsonFlag()

const reading =
  (command: string, given: Which) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provide(LetterDesk.layer),
      Effect.provide(database("signalflow dlq")),
      Effect.provide(beside(`dlq ${command}`, given)),
    )

const replaying =
  (given: Which) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provide(Replays.layer.pipe(Layer.provide(Bus.layer), Layer.provide(observed))),
      Effect.provide(database("signalflow dlq")),
      Effect.provide(beside("dlq replay", given)),
    )

const printJson = (value: unknown) => Console.log(plainJson(JSON.stringify(value)))

/** Page by page, so that any number of letters may be printed. */
const print = Effect.fnUntraced(function* (filter: LetterFilter, limit: number, json: boolean) {
  const desk = yield* LetterDesk
  let shown = 0
  let place: LetterPlace | undefined = undefined
  do {
    const page: LetterPage = yield* desk.page(filter, Math.min(PAGE, limit - shown), place)
    for (const letter of page.results) yield* json ? printJson(letter) : Console.log(lineOf(letter))
    shown += page.results.length
    place = page.next ?? undefined
  } while (place !== undefined && shown < limit)
  if (json) return
  if (shown === 0) yield* Console.log("There are no such dead letters.")
  if (place !== undefined) yield* Console.log(`There are more: --limit ${limit * 2}`)
})

const parked = Flag.Boolean("parked").pipe(
  Flag.withDescription("Only letters that were given up after three replays"),
  Flag.withDefault(false),
)
const limit = Flag.Int("limit").pipe(Flag.withDescription("Print so many at most; default 50"), Flag.withDefault(50))

const list = Command.make("list", { ...which, ...program, parked, limit, json }, ({ parked, limit, json, ...given }) =>
  Effect.gen(function* () {
    if (limit < 1) return yield* new Misused({ message: `--limit is ${limit}: 1 or more` })
    const filter = { ...(yield* filterOf(given)), ...(parked ? { parked } : {}) }
    yield* print(filter, limit, json).pipe(reading("list", given))
  }),
).pipe(Command.withDescription("Print letters, the one that failed last first; --json prints one object a line"))

const stats = Command.make("stats", { ...program, json }, ({ json, ...given }) =>
  Effect.gen(function* () {
    const counts = yield* (yield* LetterDesk).stats
    if (json) return yield* printJson(counts)
    for (const line of statsLines(counts)) yield* Console.log(line)
  }).pipe(reading("stats", given)),
).pipe(Command.withDescription("Count letters by topic, class and fate"))

const show = Command.make("show", { id: letters.id, ...program, json }, ({ id, json, ...given }) =>
  Effect.gen(function* () {
    const number = yield* idOf(id)
    const letter = yield* Effect.flatMap(LetterDesk, (desk) => desk.find(number)).pipe(reading("show", given))
    if (letter === null) return yield* new Failed({ message: `There is no dead letter ${number}` })
    if (json) return yield* printJson(letter)
    for (const line of pageOf(letter)) yield* Console.log(line)
  }),
).pipe(Command.withDescription("Print a letter with its payload and headers"))

const force = Flag.Boolean("force").pipe(
  Flag.withDescription("With numbers: also what is parked, or was replayed and has not failed since"),
  Flag.withDefault(false),
)

const reason = ({ id, why }: { readonly id: number; readonly why: string }) =>
  why === MISSING ? `There is no dead letter ${id}` : `Dead letter ${id} is not replayed: ${plain(why)}`

const replay = Command.make("replay", { ids: letters.ids, ...which, ...program, all, force, json }, ({ ids, all, force, json, ...given }) =>
  Effect.gen(function* () {
    const how = yield* chosen("replay", ids, all, [given.topic, given.class, given.since])
    if (force && how === "filter") return yield* new Misused({ message: "--force goes with the numbers of letters" })
    const numbers = yield* Effect.forEach(ids, idOf)
    const filter = yield* filterOf(given)
    const done = yield* Effect.gen(function* () {
      const replays = yield* Replays
      return how === "ids" ? { ...(yield* replays.byId(numbers, { force })), left: 0 } : yield* replays.all(filter, MOST)
    }).pipe(replaying(given))
    if (json) yield* printJson(done)
    else {
      yield* Console.log(`${done.replayed.length} dead letter(s) replayed`)
      if (done.left > 0) yield* Console.log(`${done.left} more wait: run it again`)
    }
    if (done.refused.length > 0) return yield* new Failed({ message: done.refused.map(reason).join("\n") })
  }),
).pipe(
  Command.withDescription(
    "Send letters to their topics again: by number, or all that wait of a topic, a class or a time; never what is parked",
  ),
)

const discard = Command.make(
  "discard",
  { ids: letters.ids, ...which, ...program, parked, all, json },
  ({ ids, all, parked, json, ...given }) =>
    Effect.gen(function* () {
      const how = yield* chosen("discard", ids, all, [given.topic, given.class, given.since, parked ? Option.some(parked) : Option.none()])
      const numbers = yield* Effect.forEach(ids, idOf)
      const filter = { ...(yield* filterOf(given)), ...(parked ? { parked } : {}) }
      if (how === "filter") {
        const discarded = yield* Effect.flatMap(LetterDesk, (desk) => desk.discardAll(filter)).pipe(reading("discard", given))
        return yield* json ? printJson({ discarded }) : Console.log(`${discarded} dead letter(s) discarded`)
      }
      const gone = new Set(yield* Effect.flatMap(LetterDesk, (desk) => desk.discard(numbers)).pipe(reading("discard", given)))
      yield* json ? printJson({ discarded: gone.size }) : Console.log(`${gone.size} dead letter(s) discarded`)
      const missing = numbers.filter((id) => !gone.has(id))
      if (missing.length > 0) return yield* new Failed({ message: missing.map((id) => `There is no dead letter ${id}`).join("\n") })
    }),
).pipe(Command.withDescription("Throw letters away: by number, or those of a topic, a class or a time"))

export const dlq = Command.make("dlq").pipe(
  Command.withDescription("Dead letters, messages that could not be processed: list, stats, show, replay, discard"),
  Command.withSubcommands([list, stats, show, replay, discard]),
)
