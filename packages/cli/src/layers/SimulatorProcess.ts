import { CLIENT_ID, CLIENT_SECRET } from "@signalflow/simulator/platforms/reddit/Reddit"
import { API_KEY } from "@signalflow/simulator/platforms/youtube/YouTube"
import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { Failed } from "../print/Failed.ts"
import { simulatorMain } from "./Paths.ts"

const listening = (child: ChildProcess & { readonly stdout: Readable }) =>
  Effect.callback<string, Failed>((resume) => {
    const fail = (what: string) => resume(Effect.fail(new Failed({ message: `The simulator does not start: ${what}` })))
    child.once("error", (cause) => fail(cause.message))
    child.once("exit", (code) => fail(`it ended with exit code ${code} before it listened`))
    createInterface({ input: child.stdout }).once("line", (line) => {
      const { port } = JSON.parse(line) as { port: number }
      resume(Effect.succeed(`http://127.0.0.1:${port}`))
    })
  }).pipe(
    Effect.timeoutOrElse({
      duration: "30 seconds",
      orElse: () => Effect.fail(new Failed({ message: "The simulator does not start: it said nothing for 30 seconds" })),
    }),
  )

/** The simulator as a process of its own; it ends with the scope, and with this process however that ends. Gives its base URL. */
export const start = (options: ReadonlyArray<string>): Effect.Effect<string, Failed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [simulatorMain, "--parent", ...options], { stdio: ["pipe", "pipe", "inherit"], detached: true }),
    ),
    (child) => Effect.sync(() => child.kill("SIGTERM")),
  ).pipe(Effect.flatMap(listening))

/** The settings with which every source reads the simulator at `url`. */
export const settingsFor = (url: string): Readonly<Record<string, string>> => ({
  HN_API_URL: url,
  HN_SEARCH_URL: url,
  BLUESKY_JETSTREAM_URL: url.replace(/^http/, "ws"),
  BLUESKY_SAMPLE: "1",
  BLUESKY_LANGUAGES: "all",
  REDDIT_API_URL: url,
  REDDIT_AUTH_URL: url,
  REDDIT_CLIENT_ID: CLIENT_ID,
  REDDIT_CLIENT_SECRET: CLIENT_SECRET,
  YOUTUBE_API_URL: url,
  YOUTUBE_API_KEY: API_KEY,
})
