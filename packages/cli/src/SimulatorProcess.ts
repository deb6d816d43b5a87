import { Effect, type Scope } from "effect"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Failed } from "./Failed.ts"
import { simulatorMain } from "./Paths.ts"

/** The simulator as a process of its own; it ends with the scope, and with this process however that ends. Gives its base URL. */
export const start = (options: ReadonlyArray<string>): Effect.Effect<string, Failed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<{ url: string; stop: () => void }, Failed>((resume) => {
      const child = spawn(process.execPath, [simulatorMain, "--parent", ...options], { stdio: ["pipe", "pipe", "inherit"], detached: true })
      child.once("error", (cause) => resume(Effect.fail(new Failed({ message: `The simulator does not start: ${cause.message}` }))))
      child.once("exit", (code) =>
        resume(Effect.fail(new Failed({ message: `The simulator ended with exit code ${code} before it listened` }))),
      )
      createInterface({ input: child.stdout }).once("line", (line) => {
        const { port } = JSON.parse(line) as { port: number }
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, stop: () => child.kill("SIGTERM") }))
      })
    }),
    ({ stop }) => Effect.sync(stop),
  ).pipe(Effect.map(({ url }) => url))
