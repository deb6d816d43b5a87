import { assert } from "@effect/vitest"
import type { LiveFrame } from "@signalflow/domain/live/LiveFrame"
import type * as Simulator from "@signalflow/simulator/Simulator"
import { setTimeout as sleep } from "node:timers/promises"
import { WebSocket } from "ws"

export const patiently = async (what: string, holds: () => Promise<boolean>) => {
  for (let waited = 0; waited < 90_000; waited += 500) {
    if (await holds()) return
    await sleep(500)
  }
  throw new Error(`${what}: not within 90 seconds`)
}

/** What a script asks of the server at `base` that is signed in by the code of a link. */
export const signIn = async (base: string, code: string) => {
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

  /** Until all that is planted is served. Looks every eight seconds: a user may ask 100 times a minute. */
  const served = async (planted: () => ReadonlyArray<string>) => {
    let missing: ReadonlyArray<string> = []
    await patiently("every planted signal is served", async () => {
      await sleep(8_000)
      const there = await everything()
      missing = planted().filter((id) => !there.has(id))
      return missing.length === 0
    }).catch((cause) => assert.fail(`${cause}; missing ${missing.length}: ${missing.slice(0, 5).join(", ")}`))
  }

  /** A signal that is published now, and its removal, come to the browser. */
  const live = async (simulator: Simulator.Simulator) => {
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
  }
  return { get, served, live }
}

/** What the simulator has published until now and not removed since. */
export const plantedIn = (simulator: Simulator.Simulator) => {
  const until = Date.now()
  return () =>
    simulator
      .truth({ until, limit: 100_000 })
      .signals.filter(({ removed }) => removed === null)
      .map(({ id }) => id)
}
