import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** A directory of the test's own, with the server in it ended first if a failing test left one. */
export const temporary: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const path = mkdtempSync(join(tmpdir(), "signalflow-embedded-"))
    chmodSync(path, 0o755)
    return path
  }),
  (path) =>
    Effect.sync(() => {
      const left = [".signalflow", "a", "b"].map((name) => join(path, name, "postgres", "data", "postmaster.pid")).find(existsSync)
      if (left !== undefined) kill(Number(readFileSync(left, "utf8").split("\n")[0]), "SIGQUIT")
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    }),
)

export const kill = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already.
  }
}

export interface Answer {
  readonly error?: string
  readonly pid: number
  readonly owned: boolean
  readonly host: string
  readonly data: string
  readonly binaries: string
}

export interface Program {
  readonly child: ChildProcess
  readonly answer: Answer
  readonly ended: Promise<number | null>
}

/** Starts `holder.ts` and waits for its first line. */
export const hold = (args: ReadonlyArray<string>, options: SpawnOptions = {}): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = spawn(process.execPath, [fileURLToPath(new URL("holder.ts", import.meta.url)), ...args], {
        stdio: ["pipe", "pipe", "inherit"],
        ...options,
      })
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
      const line = new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once("line", resolve))
      const first = await Promise.race([line, ended.then((code) => JSON.stringify({ error: `ended with ${code}` }))])
      return { child, ended, answer: JSON.parse(first) as Answer }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL")),
  )

export const stop = ({ child, ended }: Program) =>
  Effect.promise(() => {
    child.stdin!.end()
    return ended
  })
