import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { LiveFrame } from "@signalflow/domain/LiveFrame"
import { WebSocket } from "ws"
import { environment } from "../packages/cli/test/Environment.ts"
import type { Options, Result } from "./main.ts"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

const firstLine = (child: ChildProcess, matching: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const match = matching.exec(line)
      if (match !== null) resolve(match)
    })
    child.once("exit", (code) => reject(new Error(`it ended with exit code ${code} before it was ready`)))
  })

const quantile = (sorted: ReadonlyArray<number>, q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!

/** From the moment a post goes out on the simulated stream to the moment its frame is read from the WebSocket, everything on this machine. */
export const measure = async ({ seconds = 20 }: Options): Promise<ReadonlyArray<Result>> => {
  const directory = mkdtempSync(join(tmpdir(), "signalflow-latency-"))
  // Or root's database user could not pass.
  chmodSync(directory, 0o755)
  const simulator = spawn(process.execPath, [path("../packages/simulator/src/main.ts"), "--parent", "--history", "1", "--rate", "0.01"], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const simulated = `http://127.0.0.1:${(await firstLine(simulator, /"port":(\d+)/))[1]}`
  const program = spawn(process.execPath, [path("../packages/cli/bin/signalflow.js"), "up"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment(directory, simulated, 0),
  })
  try {
    const [, base, code] = await firstLine(program, /(http:\/\/\S+)\/#code=(\S+)/)
    const link = await fetch(`${base}/api/token/link`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    })
    const { access } = (await link.json()) as { access: string }
    const results: Array<Result> = []
    for (const perSecond of [50, 500]) results.push(await atRate(base!, access, simulated, perSecond, seconds))
    return results
  } finally {
    program.kill("SIGTERM")
    await new Promise((done) => program.once("exit", done))
    simulator.kill("SIGTERM")
    rmSync(directory, { recursive: true, force: true })
  }
}

const atRate = async (base: string, access: string, simulated: string, perSecond: number, seconds: number): Promise<Result> => {
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

const post = async (simulated: string, count: number, perSecond: number): Promise<ReadonlyArray<{ id: string; at: number }>> => {
  const response = await fetch(`${simulated}/__emit`, {
    method: "POST",
    body: JSON.stringify({ count, perSecond, platform: "bluesky", wait: true }),
  })
  const { signals } = (await response.json()) as { signals: ReadonlyArray<{ id: string; publishedAt: number }> }
  return signals.map(({ id, publishedAt }) => ({ id, at: publishedAt }))
}
