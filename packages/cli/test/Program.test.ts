import { assert, describe, it } from "@effect/vitest"
import type { LiveFrame } from "@signalflow/domain/LiveFrame"
import * as Simulator from "@signalflow/simulator/Simulator"
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { WebSocket } from "ws"

const command = fileURLToPath(new URL("../bin/signalflow.js", import.meta.url))
const HOURS = 2

const directory = Effect.acquireRelease(
  Effect.sync(() => {
    const made = mkdtempSync(join(tmpdir(), "signalflow-program-"))
    chmodSync(made, 0o755)
    return made
  }),
  (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
)

/** The whole program as a user starts it, on the simulator; killed at the end if it has not stopped. */
const up = (dataDirectory: string, url: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [command, "up"], {
        stdio: ["ignore", "pipe", "inherit"],
        env: {
          ...process.env,
          DATA_DIR: dataDirectory,
          DATABASE_URL: "",
          PORT: "0",
          METRICS_PORT: "0",
          HN_API_URL: url,
          HN_SEARCH_URL: url,
          BLUESKY_JETSTREAM_URL: url.replace("http", "ws"),
          BLUESKY_SAMPLE: "1",
          BLUESKY_LANGUAGES: "all",
          WARM_START_HOURS: String(HOURS + 1),
          AGGREGATE_EVERY: "2 seconds",
          LOG_LEVEL: "error",
        },
      }),
    ),
    (child) => Effect.sync(() => child.exitCode === null && child.kill("SIGKILL")),
  )

const link = (child: ChildProcess): Promise<{ base: string; code: string }> =>
  new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const [, base, code] = /(http:\/\/\S+)\/#code=(\S+)/.exec(line) ?? []
      if (base !== undefined && code !== undefined) resolve({ base, code })
    })
    child.once("exit", (code) => reject(new Error(`the program ended with exit code ${code}`)))
  })

const patiently = async (what: string, holds: () => Promise<boolean>) => {
  for (let waited = 0; waited < 90_000; waited += 500) {
    if (await holds()) return
    await sleep(500)
  }
  throw new Error(`${what}: not within 90 seconds`)
}

const story = async (simulator: Simulator.Simulator, child: ChildProcess) => {
  const { base, code } = await link(child)
  const json = async <A>(path: string, init: RequestInit = {}): Promise<A> => (await (await fetch(base + path, init)).json()) as A
  const { access } = await json<{ access: string }>("/api/token/link", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  })
  const headers = { authorization: `Bearer ${access}` }

  const everything = async () => {
    const ids = new Set<string>()
    let cursor: string | null = null
    do {
      const page: { results: ReadonlyArray<{ id: string }>; next: string | null } = await json(
        `/api/v1/signals/?page_size=200${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
        { headers },
      )
      for (const { id } of page.results) ids.add(id)
      cursor = page.next
    } while (cursor !== null)
    return ids
  }

  const planted = simulator
    .truth({ until: Date.now(), limit: 100_000 })
    .signals.filter(({ removed }) => removed === null)
    .map(({ id }) => id)
  assert.isAbove(planted.length, 100)
  let missing: ReadonlyArray<string> = planted
  await patiently("every planted signal is served", async () => {
    // Few calls: a user may make 100 a minute.
    await sleep(6_000)
    const served = await everything()
    missing = planted.filter((id) => !served.has(id))
    return missing.length === 0
  }).catch((cause) => assert.fail(`${cause}; missing ${missing.length}: ${missing.slice(0, 5).join(", ")}`))

  const sources = await json<{ results: ReadonlyArray<{ platform: string; state: string }> }>("/api/v1/sources/", { headers })
  assert.deepStrictEqual(sources.results.map(({ platform, state }) => [platform, state]).sort(), [
    ["bluesky", "live"],
    ["hackernews", "live"],
  ])

  const socket = new WebSocket(`${base.replace("http", "ws")}/ws/signals/`, { headers: { origin: base } })
  const frames: Array<LiveFrame> = []
  socket.on("message", (data) => frames.push(JSON.parse(String(data)) as LiveFrame))
  await new Promise((open, fail) => socket.once("open", open).once("error", fail))
  socket.send(JSON.stringify({ type: "auth", token: access }))
  socket.send(JSON.stringify({ type: "subscribe" }))
  await patiently("hello", async () => frames.some(({ type }) => type === "hello"))
  const { id } = simulator.publish()
  await patiently("the frame of a new post", async () => frames.some((frame) => frame.type === "signal" && frame.signal.id === id))
  simulator.retract(id)
  await patiently("the frame of its removal", async () => frames.some((frame) => frame.type === "removed" && frame.id === id))
  socket.close()

  const stopped = new Promise<number | null>((resolve) => child.once("exit", resolve))
  const asked = performance.now()
  child.kill("SIGTERM")
  assert.strictEqual(await stopped, 0)
  assert.isBelow(performance.now() - asked, 10_000)
}

describe("the program on the simulator and its embedded database", () => {
  it.live(
    "serves every planted signal, sends a new one and its removal to the browser, and stops in order",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ seed: 5, historyHours: HOURS, lookbackHours: HOURS + 2 })
        const child = yield* up(join(yield* directory, "data"), simulator.url)
        yield* Effect.promise(() => story(simulator, child))
      }).pipe(Effect.scoped),
    180_000,
  )
})
