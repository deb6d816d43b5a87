import * as NodeServices from "@effect/platform-node/NodeServices"
import { ConfigProvider, Console, Effect } from "effect"
import { Command } from "effect/cli"
import * as Dlq from "../src/commands/Dlq.ts"
import { Misused } from "../src/print/Failed.ts"
import { ofDatabase } from "./Environment.ts"

const isMisuse = (error: unknown) => error instanceof Misused || /^(ShowHelp|InvalidValue)$/.test((error as { _tag: string })._tag)

/** `signalflow dlq …` in this process, on the test's database: what it prints, and the exit code that its end stands for. */
export const dlq = (...given: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const env = yield* ofDatabase
    const out: Array<string> = []
    const end = yield* Command.runWith(Dlq.dlq, { version: "test", renderErrors: false })(given).pipe(
      Effect.provideService(Console.Console, { ...globalThis.console, log: (line: string) => out.push(`${line}\n`), error: () => {} }),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })),
      Effect.provide(NodeServices.layer),
      Effect.as({ code: 0, err: "" }),
      Effect.catch((error) => Effect.succeed({ code: isMisuse(error) ? 2 : 1, err: error.message })),
    )
    return { ...end, out: out.join("") }
  })
