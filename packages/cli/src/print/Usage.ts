import { Console, Effect } from "effect"
import { type CliError, CliOutput } from "effect/cli"

const nearest = (suggestions: ReadonlyArray<string>): string =>
  suggestions.length === 0 ? "" : `: did you mean ${suggestions.map((name) => JSON.stringify(name)).join(" or ")}?`

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, " ")

/** What was wrong, on one line. */
const lineOf = (error: CliError.NonShowHelpErrors): string => {
  switch (error._tag) {
    case "UnknownSubcommand":
      return `There is no command ${JSON.stringify([...(error.parent ?? []).slice(1), error.subcommand].join(" "))}${nearest(error.suggestions)}`
    case "UnrecognizedOption":
      return `${error.option} is not a flag of "${(error.command ?? ["signalflow"]).join(" ")}"${nearest(error.suggestions)}`
    default:
      return oneLine(error.message).replace(/a string representing an? (finite number|number|integer)/i, "a number")
  }
}

const hint = (path: ReadonlyArray<string>, usage: string): string => `Usage: ${usage}\nTry "${path.join(" ")} --help".`

/** Wrong usage: the error first, then how it is written, all on standard error. Help that was asked for is printed whole. */
export const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag !== "InvalidInvocation"
      ? CliOutput.defaultPresenter.present(event)
      : Effect.gen(function* () {
          for (const error of event.errors) yield* Console.error(`signalflow: ${lineOf(error)}`)
          yield* Console.error(hint(event.commandPath, event.helpDoc.usage))
        }),
})
