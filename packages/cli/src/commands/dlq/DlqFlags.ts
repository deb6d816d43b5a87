import { DeadLetterClass } from "@signalflow/domain/deadletters/DeadLetter"
import { duration } from "@signalflow/domain/settings/SettingKinds"
import type { LetterFilter } from "@signalflow/server/deadletters/DeadLetterRows"
import { Clock, Duration, Effect, Option } from "effect"
import { Argument, Flag } from "effect/cli"
import { Misused } from "../../print/Failed.ts"

/** Flags that say which letters are meant. */
export const which = {
  topic: Flag.String("topic").pipe(Flag.withDescription("Letters of this topic, for example signals.normalised"), Flag.optional),
  class: Flag.Literals("class", DeadLetterClass.literals).pipe(Flag.withDescription("Letters of this class"), Flag.optional),
  since: Flag.String("since").pipe(
    Flag.withDescription('Letters that failed last after this: so long ago ("2 hours") or a time (2026-06-10T12:00:00Z)'),
    Flag.optional,
  ),
}

export const all = Flag.Boolean("all").pipe(Flag.withDescription("Every letter"), Flag.withDefault(false))

export interface Which {
  readonly topic: Option.Option<string>
  readonly class: Option.Option<DeadLetterClass>
  readonly since: Option.Option<string>
}

const ids = Argument.String("id").pipe(Argument.withDescription("Numbers of letters, as the list prints them"), Argument.variadic())
const id = Argument.String("id").pipe(Argument.withDescription("Number of a letter, as the list prints it"))
export const letters = { ids, id }

/** `12` or `#12`. */
export const idOf = (text: string): Effect.Effect<number, Misused> => {
  const given = /^#?(\d{1,15})$/.exec(text)?.[1]
  return given === undefined || Number(given) === 0
    ? Effect.fail(
        new Misused({ message: `${JSON.stringify(text.slice(0, 100))} is not the number of a dead letter: see "signalflow dlq list"` }),
      )
    : Effect.succeed(Number(given))
}

const length = duration("", "", "1 millis", "3650 days")
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/

const timeOf = (text: string): Effect.Effect<Date, Misused> =>
  Effect.gen(function* () {
    const at = TIME.test(text) ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(at)) return new Date(at)
    const ago = length.parse(text)
    if (Option.isSome(ago)) return new Date((yield* Clock.currentTimeMillis) - Duration.toMillis(ago.value))
    return yield* new Misused({
      message: `--since is ${JSON.stringify(text.slice(0, 100))}: ${length.may}, or a time such as 2026-06-10T12:00:00Z`,
    })
  })

export const filterOf = (given: Which): Effect.Effect<LetterFilter, Misused> =>
  Effect.gen(function* () {
    return {
      topic: Option.getOrUndefined(given.topic),
      errorClass: Option.getOrUndefined(given.class),
      since: Option.isSome(given.since) ? yield* timeOf(given.since.value) : undefined,
    }
  })

/** Either letters by number, or a filter, or all: never everything by an oversight, never two that may contradict each other. */
export const chosen = (
  what: string,
  ids: ReadonlyArray<string>,
  all: boolean,
  narrowing: ReadonlyArray<Option.Option<unknown>>,
): Effect.Effect<"ids" | "filter", Misused> => {
  const narrowed = narrowing.some(Option.isSome)
  if (ids.length > 0 && (narrowed || all))
    return Effect.fail(new Misused({ message: `"signalflow dlq ${what}" takes numbers or filters, not both` }))
  if (ids.length === 0 && !narrowed && !all)
    return Effect.fail(
      new Misused({
        message: `Which letters? "signalflow dlq ${what} 12 13", or --topic, --since, --class, or --all for every one of them`,
      }),
    )
  return Effect.succeed(ids.length > 0 ? "ids" : "filter")
}
