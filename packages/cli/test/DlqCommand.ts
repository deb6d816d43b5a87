import * as NodeServices from "@effect/platform-node/NodeServices"
import { ConfigProvider, Console, Effect, Redacted } from "effect"
import { Command } from "effect/cli"
import * as TestPostgres from "../../platform/test/TestPostgres.ts"
import * as Dlq from "../src/commands/Dlq.ts"
import { Misused } from "../src/Failed.ts"

/** Settings with which a program finds the test's database. */
export const environment = Effect.map(TestPostgres.TestPostgres, ({ host, port, database, username, password }) => ({
  POSTGRES_HOST: host,
  POSTGRES_PORT: String(port),
  POSTGRES_DB: database,
  POSTGRES_USER: username,
  POSTGRES_PASSWORD: Redacted.value(password),
  LOG_LEVEL: "error",
}))

const isMisuse = (error: unknown) => error instanceof Misused || /^(ShowHelp|InvalidValue)$/.test((error as { _tag: string })._tag)

/** `signalflow dlq …` in this process, on the test's database: what it prints, and the exit code that its end stands for. */
export const dlq = (...given: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const env = yield* environment
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
