import { Effect } from "effect"
import { execFile } from "node:child_process"

interface Identity {
  readonly uid: number
  readonly gid: number
}

export interface Ran {
  readonly code: number | string
  readonly output: string
}

/** Every setting of this program stays out of the server's environment: some of them are secrets. */
export const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" }

/** Runs a program to its end as the server's user, from `/`, which every user can enter. */
export const run = (file: string, args: ReadonlyArray<string>, user: Identity | undefined, seconds = 120): Effect.Effect<Ran> =>
  Effect.callback((resume) => {
    const ids = user === undefined ? {} : { uid: user.uid, gid: user.gid }
    const done = (error: (Error & { code?: number | string | null }) | null, stdout: string, stderr: string) =>
      resume(
        Effect.succeed({
          code: error === null ? 0 : (error.code ?? "killed"),
          output: stdout + stderr + (error && !stderr ? error.message : ""),
        }),
      )
    try {
      const child = execFile(file, [...args], { ...ids, cwd: "/", env: environment, timeout: seconds * 1000, maxBuffer: 1 << 20 }, done)
      return Effect.sync(() => void child.kill("SIGINT"))
    } catch (cause) {
      return done(cause as Error & { code?: string }, "", "")
    }
  })
