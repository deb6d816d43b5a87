import { assert } from "@effect/vitest"
import type { LiveFrame } from "@signalflow/domain/LiveFrame"
import type * as Simulator from "@signalflow/simulator/Simulator"
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { WebSocket } from "ws"
import { environment } from "./Environment.ts"

const command = fileURLToPath(new URL("../bin/signalflow.js", import.meta.url))
/** Hours of history that the simulated world has. */
export const HOURS = 2

/** A directory of its own, gone at the end. */
export const directory = Effect.acquireRelease(
  Effect.sync(() => {
    const made = mkdtempSync(join(tmpdir(), "signalflow-program-"))
    chmodSync(made, 0o755)
    return made
  }),
  (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
)

/** The whole program as a user starts it, on the simulator; killed at the end if it has not stopped. */
export const up = (dataDirectory: string, url: string, settings: Readonly<Record<string, string>> = {}) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [command, "up"], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...environment(dataDirectory, url, HOURS + 1), ...settings },
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

export const patiently = async (what: string, holds: () => Promise<boolean>) => {
  for (let waited = 0; waited < 90_000; waited += 500) {
    if (await holds()) return
    await sleep(500)
  }
  throw new Error(`${what}: not within 90 seconds`)
}

/** What a signed-in script asks of the program. */
export const signIn = async (child: ChildProcess) => {
  const { base, code } = await link(child)
  const json = async <A>(path: string, init: RequestInit = {}): Promise<A> => (await (await fetch(base + path, init)).json()) as A
  const { access } = await json<{ access: string }>("/api/token/link", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  })
  const get = <A>(path: string) => json<A>(path, { headers: { authorization: `Bearer ${access}` } })

  const everything = async () => {
    const ids = new Set<string>()
    let cursor: string | null = null
    do {
      const page: { results?: ReadonlyArray<{ id: string }>; next?: string | null } = await get(
        `/api/v1/signals/?page_size=200${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      for (const { id } of page.results ?? []) ids.add(id)
      cursor = page.next ?? null
    } while (cursor !== null)
    return ids
  }

  /** Looks every six seconds: a user may ask 100 times a minute. */
  const served = async (ids: ReadonlyArray<string>) => {
    let missing = ids
    await patiently("every planted signal is served", async () => {
      await sleep(6_000)
      const there = await everything()
      missing = ids.filter((id) => !there.has(id))
      return missing.length === 0
    }).catch((cause) => assert.fail(`${cause}; missing ${missing.length}: ${missing.slice(0, 5).join(", ")}`))
  }
  return { base, access, get, served }
}

/** From the planted history to the frame of a removal, and an end in order. */
export const story = async (simulator: Simulator.Simulator, child: ChildProcess) => {
  const { base, access, get, served } = await signIn(child)
  const planted = simulator
    .truth({ until: Date.now(), limit: 100_000 })
    .signals.filter(({ removed }) => removed === null)
    .map(({ id }) => id)
  assert.isAbove(planted.length, 100)
  await served(planted)

  const sources = await get<{ results: ReadonlyArray<{ platform: string; state: string; why: string | null }> }>("/api/v1/sources/")
  assert.deepStrictEqual(
    sources.results.filter(({ state }) => state === "live").map(({ platform }) => platform),
    ["bluesky", "hackernews"],
  )
  // What needs a key that nobody gave is off, and says so.
  assert.isTrue(sources.results.every(({ state, why }) => state === "live" || (state === "off" && why !== null)))

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
