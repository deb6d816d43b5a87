import { request } from "node:http"
import { Effect } from "effect"
import { WebSocket } from "ws"
import { CLIENT_ID, CLIENT_SECRET } from "../src/platforms/reddit/Reddit.ts"
import { API_KEY } from "../src/platforms/youtube/YouTube.ts"
import { make, type Simulator, type SimulatorOptions } from "../src/Simulator.ts"

export const EPOCH = Date.UTC(2026, 5, 1)
export const HOURS = 48
export const START = EPOCH + HOURS * 3_600_000

export interface Running extends Simulator {
  /** Moves the world's clock. */
  readonly advance: (milliseconds: number) => void
}

/** A simulator whose clock stops until it is moved. */
export const start = (options: SimulatorOptions = {}) =>
  Effect.gen(function* () {
    let clock = START
    const simulator = yield* make({ epoch: EPOCH, historyHours: HOURS, seed: 7, clock: () => clock, ...options })
    return {
      ...simulator,
      advance: (milliseconds: number) => {
        clock += milliseconds
      },
    } satisfies Running
  })

/** Parsed JSON, to be looked into freely. */
export type Json = any // oxlint-disable-line typescript/no-explicit-any

export interface Answer {
  readonly status: number
  readonly text: string
  readonly json: Json
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const answered = async (response: Response): Promise<Answer> => {
  const text = await response.text()
  return { status: response.status, text, json: parsed(text) }
}

export const get = (simulator: Simulator, path: string) => Effect.promise(async () => answered(await fetch(simulator.url + path)))
export const post = (simulator: Simulator, path: string, body: unknown) =>
  Effect.promise(async () =>
    answered(await fetch(simulator.url + path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) })),
  )

/** What an upgrade that is refused says. */
export const refused = (simulator: Simulator, path: string) =>
  Effect.promise(
    () =>
      new Promise<Answer>((resolve, reject) => {
        const socket = new WebSocket(simulator.url.replace("http", "ws") + path)
        socket.on("open", () => reject(new Error(`${path} was accepted`)))
        socket.on("error", () => {})
        socket.on("unexpected-response", (_, response) => {
          let text = ""
          response.on("data", (chunk: Buffer) => (text += chunk.toString()))
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text, json: parsed(text) }))
        })
      }),
  )

export interface Client {
  readonly socket: WebSocket
  /** Binary messages, as they came. */
  readonly binary: ReadonlyArray<Buffer>
  readonly frames: Array<string>
  /** Waits until so many frames are here. */
  readonly until: (count: number) => Effect.Effect<void>
  /** Waits until a frame holds this text. */
  readonly untilHas: (text: string) => Effect.Effect<void>
  readonly events: () => ReadonlyArray<Json>
  readonly closed: Effect.Effect<number>
}

export const connect = (simulator: Simulator, path: string, protocols: ReadonlyArray<string> = []) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<Client>((resolve, reject) => {
          const socket = new WebSocket(simulator.url.replace("http", "ws") + path, [...protocols])
          const frames: Array<string> = []
          const binary: Array<Buffer> = []
          const waiting = new Set<() => void>()
          const waitFor = (condition: () => boolean) =>
            Effect.promise(
              () =>
                new Promise<void>((done) => {
                  const check = () => {
                    if (!condition()) return
                    waiting.delete(check)
                    done()
                  }
                  waiting.add(check)
                  check()
                }),
            )
          const closed = new Promise<number>((done) => socket.on("close", done))
          socket.on("message", (data, isBinary) => {
            if (isBinary) binary.push(data as Buffer)
            else frames.push(data.toString())
            for (const check of waiting) check()
          })
          socket.on("error", reject)
          socket.on("open", () =>
            resolve({
              socket,
              frames,
              binary,
              events: () => frames.flatMap((frame) => (parsed(frame) === undefined ? [] : [parsed(frame)])),
              closed: Effect.promise(() => closed),
              until: (count) => waitFor(() => frames.length + binary.length >= count),
              untilHas: (text) => waitFor(() => frames.slice(-50).some((frame) => frame.includes(text))),
            }),
          )
        }),
    ),
    ({ socket }) => Effect.sync(() => socket.terminate()),
  )

/** A request whose answer is only counted: status, or the error's code. */
export const outcome = (simulator: Simulator, path: string) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve) => {
        const sent = request(simulator.url + path, (response) => {
          let text = ""
          response.on("data", (chunk: Buffer) => (text += chunk.toString()))
          response.on("end", () =>
            resolve(response.statusCode === 200 && parsed(text) === undefined ? "truncated" : String(response.statusCode)),
          )
        })
        sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"))
        sent.end()
      }),
  )

/** A request with headers of its own; redirects are not followed. */
export const ask = (simulator: Simulator, path: string, init: RequestInit = {}) =>
  Effect.promise(async () => {
    const response = await fetch(simulator.url + path, { redirect: "manual", ...init })
    return { ...(await answered(response)), headers: response.headers }
  })

export const AGENT = "linux:signalflow:1.0 (by /u/tester)"

/** Asks for a Reddit token. */
export const grant = (simulator: Simulator, credentials = `${CLIENT_ID}:${CLIENT_SECRET}`, form = "grant_type=client_credentials") =>
  ask(simulator, "/api/v1/access_token", {
    method: "POST",
    headers: { "user-agent": AGENT, authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
    body: new URLSearchParams(form),
  })

/** A signed-in Reddit client. */
export const redditor = (simulator: Simulator) =>
  Effect.map(
    grant(simulator),
    ({ json }) =>
      (path: string) =>
        ask(simulator, path, { headers: { "user-agent": AGENT, authorization: `bearer ${json.access_token}` } }),
  )

/** A YouTube call with the simulator's key. */
export const youTubeCall = (simulator: Simulator, method: string, parameters: Readonly<Record<string, string | number>>) =>
  ask(simulator, `/youtube/v3/${method}?${new URLSearchParams({ key: API_KEY, ...parameters } as Record<string, string>)}`)
