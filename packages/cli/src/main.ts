import "@signalflow/platform/EngineFlags"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { adviceOn } from "@signalflow/platform/postgres/embedded/EmbeddedPostgresError"
import { isSqlError } from "@signalflow/platform/postgres/Postgres"
import { useProxies } from "@signalflow/platform/Proxy"
import { explain } from "@signalflow/platform/postgres/ConnectionAdvice"
import { Cause, Effect } from "effect"
import { Command } from "effect/cli"
import { loadEnvironment } from "./layers/EnvFile.ts"
import { Misused } from "./print/Failed.ts"
import { demo } from "./commands/Demo.ts"
import { discover } from "./commands/Discover.ts"
import { dlq } from "./commands/Dlq.ts"
import { doctor } from "./commands/Doctor.ts"
import { link } from "./commands/Link.ts"
import { migrate } from "./commands/Migrate.ts"
import { aggregate, deadLetters, ingest, process as processing, serve } from "./commands/Services.ts"
import { status } from "./commands/Status.ts"
import { source } from "./commands/source/Source.ts"
import { simulate } from "./commands/Simulate.ts"
import { tail } from "./commands/Tail.ts"
import { tryOut } from "./commands/Try.ts"
import { up } from "./commands/Up.ts"
import { presenter } from "./print/Usage.ts"

// A reader that has seen enough ("| head") is no failure.
process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
  if (cause.code !== "EPIPE") throw cause
  process.kill(process.pid, "SIGTERM")
})

try {
  loadEnvironment(".env", process.env)
  const fault = useProxies(process.env)
  if (fault !== null) throw new Error(fault)
} catch (cause) {
  process.stderr.write(`signalflow: ${(cause as Error).message}\n`)
  process.exit(1)
}

const signalflow = Command.make("signalflow").pipe(
  Command.withDescription("Watches Hacker News, Bluesky, Reddit and YouTube and tells you, early and with evidence, what is taking off"),
  Command.withSubcommands([
    demo,
    up,
    status,
    migrate,
    ingest,
    processing,
    aggregate,
    serve,
    deadLetters,
    simulate,
    doctor,
    discover,
    tail,
    source,
    dlq,
    tryOut,
    link,
  ]),
)

const messageOf = (error: unknown): string =>
  isSqlError(error)
    ? `PostgreSQL: ${explain(error)}`
    : typeof error === "object" && error !== null && "message" in error && typeof error.message === "string" && error.message !== ""
      ? error.message
      : String(error)

const isUsage = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  /^(ShowHelp|.*Option|.*Flag|.*Argument|.*Subcommand|InvalidValue|UserError)$/.test(String(error._tag))

/** What the operating system refused, where no code has expected it: the call, the path, and what to do. */
const refusal = (cause: Cause.Cause<unknown>): string | undefined => {
  const defect = cause.reasons.find(Cause.isDieReason)?.defect
  if (!(defect instanceof Error) || !("syscall" in defect)) return undefined
  const advice = adviceOn(defect)
  return advice === undefined ? undefined : `${defect.message} (${advice})`
}

/** A failure is one message on standard error and exit code 1; wrong usage is 2. A bug shows its whole cause. */
const report = (cause: Cause.Cause<unknown>) =>
  Effect.sync(() => {
    const failure = cause.reasons.find(Cause.isFailReason)
    if (failure === undefined) {
      const refused = refusal(cause)
      if (refused !== undefined) process.stderr.write(`signalflow: ${refused}\n`)
      else if (!Cause.hasInterruptsOnly(cause)) process.stderr.write(`${Cause.pretty(cause)}\n`)
      process.exitCode = Cause.hasInterruptsOnly(cause) ? (process.exitCode ?? 0) : 1
    } else if (isUsage(failure.error)) process.exitCode = 2
    else {
      process.stderr.write(`signalflow: ${messageOf(failure.error)}\n`)
      process.exitCode = failure.error instanceof Misused ? 2 : 1
    }
  })

Command.run(signalflow, { version: "0.1.0" }).pipe(
  Effect.provide(presenter),
  Effect.provide(NodeServices.layer),
  Effect.catchCause(report),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (_, onExit) => {
      // An open pipe on standard input is no reason to stay.
      process.stdin.unref?.()
      onExit(Number(process.exitCode ?? 0))
    },
  }),
)
