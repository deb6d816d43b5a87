import { Effect, Exit, Scope } from "effect"
import * as EmbeddedPostgres from "../../../src/postgres/embedded/EmbeddedPostgres.ts"
import * as Logging from "../../../src/telemetry/Logging.ts"

/** A program that uses a project's server until its input ends or it is told to stop: what `up` and `tail` are to each other. */
const [directory, shared] = process.argv.slice(2)
const scope = Scope.makeUnsafe()
const started = await Effect.runPromiseExit(
  EmbeddedPostgres.make({ directory: directory!, database: "signalflow", ...(shared === undefined ? {} : { shared }) }).pipe(
    Scope.provide(scope),
    Effect.provide(Logging.layer({ level: "warn", format: "json" })),
  ),
)

const close = async (code: number) => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  process.exit(code)
}

if (Exit.isSuccess(started)) {
  const { password: _, ...server } = started.value
  process.stdout.write(`${JSON.stringify(server)}\n`)
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void close(0))
  process.stdin.on("end", () => void close(0)).resume()
} else {
  process.stdout.write(`${JSON.stringify({ error: String(started.cause) })}\n`)
  await close(1)
}
