import type { LiveFrame } from "@signalflow/domain/live/LiveFrame"
import { WebSocket } from "ws"
import type { Options, Result } from "./Bench.ts"
import { post, type Running, withProgram } from "./program.ts"

const quantile = (sorted: ReadonlyArray<number>, q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!

/** From the moment a post goes out on the simulated stream to the moment its frame is read from the WebSocket, everything on this machine. */
export const measure = ({ seconds = 20 }: Options): Promise<ReadonlyArray<Result>> =>
  withProgram(async (running) => {
    const results: Array<Result> = []
    for (const perSecond of [50, 500]) results.push(await atRate(running, perSecond, seconds))
    return results
  })

const atRate = async ({ base, access, simulated }: Running, perSecond: number, seconds: number): Promise<Result> => {
  const seen = new Map<string, number>()
  const socket = new WebSocket(`${base.replace("http", "ws")}/ws/signals/`, { headers: { origin: base } })
  await new Promise((open, fail) => socket.once("open", open).once("error", fail))
  socket.send(JSON.stringify({ type: "auth", token: access }))
  socket.send(JSON.stringify({ type: "subscribe" }))
  await new Promise((hello) => socket.once("message", hello))
  let gaps = 0
  socket.on("message", (data) => {
    const now = Date.now()
    const frame = JSON.parse(String(data)) as LiveFrame
    if (frame.type === "signal" && !seen.has(frame.signal.id)) seen.set(frame.signal.id, now)
    if (frame.type === "gap") gaps++
  })
  // A second of warming up, which is not counted.
  await post(simulated, perSecond, perSecond)
  const signals = await post(simulated, perSecond * seconds, perSecond)
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline && signals.some(({ id }) => !seen.has(id))) await new Promise((wait) => setTimeout(wait, 50))
  socket.close()
  const missing = signals.filter(({ id }) => !seen.has(id)).length
  if (missing > 0) throw new Error(`${missing} of ${signals.length} signals never came (${gaps} gaps were told)`)
  const latencies = signals.map(({ id, at }) => seen.get(id)! - at).sort((a, b) => a - b)
  return {
    name: `upstream event to WebSocket frame at ${perSecond}/s`,
    n: signals.length,
    data: "posts of the simulator on Jetstream",
    signalsPerSecond: perSecond,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    detail: { "largest ms": latencies.at(-1)! },
  }
}
