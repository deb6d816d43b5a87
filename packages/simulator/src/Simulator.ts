import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, Schema, type Scope } from "effect"
import { control } from "./Control.ts"
import { faults, NO_FAULTS, type FaultPlan } from "./faults/Faults.ts"
import type { Protocol } from "./Protocol.ts"
import { algolia } from "./platforms/hackernews/Algolia.ts"
import { hackerNews } from "./platforms/hackernews/HackerNews.ts"
import { jetstream } from "./platforms/bluesky/Jetstream.ts"
import { reddit, type RedditOptions } from "./platforms/reddit/Reddit.ts"
import { youTube, type YouTubeOptions } from "./platforms/youtube/YouTube.ts"
import { recorded } from "./Recordings.ts"
import { syndication } from "./platforms/feed/Syndication.ts"
import { serve } from "./Server.ts"
import { generated, type Source } from "./world/Source.ts"
import { tamperer } from "./faults/Tamper.ts"
import { SLICE_MS } from "./world/Timeline.ts"
import type { TruthPage, TruthQuery } from "./truth/Truth.ts"
import { KINDS, world, type Publication, type Published } from "./World.ts"

export class SimulatorError extends Schema.TaggedError<SimulatorError>()("SimulatorError", {
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect()),
}) {}

export interface SimulatorOptions {
  /** 0: any free port. */
  readonly port?: number
  readonly host?: string
  readonly seed?: number
  /** Multiplies the rate of ordinary live events. Time is not bent: nothing is ever dated later than the consumer's clock. */
  readonly speed?: number
  readonly historyHours?: number
  /** Multiplies the rate of all ordinary events, past and live. 1: about 34,000 signals in three days, 0.13 a second on average and 0.3 to 0.4 while the bursts of the start are on. */
  readonly rate?: number
  /** How far back Jetstream v2 replays (v1: 36 h at most). */
  readonly lookbackHours?: number
  /** When the world begins, unix ms. Default: now, floored to 15 minutes, less the history. With it, the burst `opening` opens two minutes into the live part. */
  readonly epoch?: number
  readonly clock?: () => number
  /** Waits in the time of `clock`: how late answers come that are delayed. Default: real time. */
  readonly sleep?: (ms: number) => Promise<void>
  readonly faults?: Partial<FaultPlan>
  /** Credentials, token life and request budget of the Reddit app. */
  readonly reddit?: RedditOptions
  /** Key and daily budgets of the YouTube project. */
  readonly youtube?: YouTubeOptions
  /** Serve recordings from this directory in place of a generated world. */
  readonly recordings?: string
}

export interface Simulator {
  readonly port: number
  readonly url: string
  readonly summary: () => Readonly<Record<string, unknown>>
  readonly truth: (query?: Partial<TruthQuery>) => TruthPage
  /** Publishes one signal now. Dies on recordings. */
  readonly publish: (publication?: Partial<Publication>) => Published
  readonly retract: (id: string) => boolean
  /** Replaces the faults; what is not named is off. */
  readonly setFaults: (plan: Partial<FaultPlan>) => void
  readonly faultsDone: Readonly<Record<string, number>>
  /** HTTP requests that were answered, or were to be, by protocol. */
  readonly requests: Readonly<Record<string, number>>
  /** HTTP answers that are being kept back: delayed or never given. */
  readonly withheld: () => number
  /** Says that time has passed; by itself it looks every 20 real milliseconds. */
  readonly wake: () => void
  readonly mostBuffered: () => number
  readonly subscribers: () => number
}

/** Live events reach their subscribers this much late at most. */
const PULSE_MS = 20
const OPENS_AFTER_MS = 120_000

const inRealTime = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const ranges = {
  port: [0, 65_535],
  seed: [0, 4_294_967_295],
  speed: [0.01, 100],
  historyHours: [1, 336],
  rate: [0.01, 20],
  lookbackHours: [0.01, 336],
} as const

const checked = (options: SimulatorOptions): string | null => {
  for (const [name, [low, high]] of Object.entries(ranges)) {
    const value = options[name as keyof typeof ranges]
    if (value !== undefined && !(value >= low && value <= high)) return `${name} is ${value}: a number from ${low} to ${high}`
  }
  return null
}

const sourceOf = (options: SimulatorOptions): Source => {
  const { seed = 1, speed = 1, historyHours = 72, rate = 1, clock = Date.now } = options
  if (options.recordings !== undefined) return recorded({ directory: options.recordings, historyHours, rate: rate * speed }, clock)
  const startedAt = clock()
  const history = Math.ceil((historyHours * 3_600_000) / SLICE_MS) * SLICE_MS
  const epoch = options.epoch ?? Math.floor(startedAt / SLICE_MS) * SLICE_MS - history
  const opensAt = (options.epoch === undefined ? startedAt : epoch + history) + OPENS_AFTER_MS
  const made = world(
    { seed, epoch, historyHours: history / 3_600_000, rate, speed, opensAt, lookbackHours: options.lookbackHours ?? historyHours + 24 },
    clock,
  )
  return generated(made)
}

/** Starts the simulator on loopback; it ends with its scope. */
export const make = Effect.fn("Simulator.make")(function* (
  options: SimulatorOptions = {},
): Effect.fn.Return<Simulator, SimulatorError, Scope.Scope> {
  const complaint = checked(options)
  if (complaint !== null) return yield* new SimulatorError({ message: complaint })
  const source = yield* Effect.try({
    try: () => sourceOf(options),
    catch: (cause) => new SimulatorError({ message: cause instanceof Error ? cause.message : String(cause), cause }),
  })
  const injuries = faults(options.seed ?? 1, { ...NO_FAULTS, ...options.faults })
  const stream = jetstream(source.bluesky, injuries, source.now)
  const protocols: ReadonlyArray<Protocol> = [
    hackerNews(source.hackerNews, injuries, source.now),
    algolia(source.hackerNews),
    ...(source.reddit === null ? [] : [reddit(source.reddit, injuries, source.now, options.reddit)]),
    ...(source.youtube === null ? [] : [youTube(source.youtube, injuries, source.now, options.youtube)]),
    syndication(source.hackerNews),
    stream,
  ]
  const wake = () => {
    for (const protocol of protocols) protocol.wake?.()
  }
  const desk = control(source, injuries, wake, () => ({ subscribers: stream.subscribers(), mostBuffered: stream.mostBuffered() }))
  const host = options.host ?? "127.0.0.1"
  const requests: Record<string, number> = {}

  const server = yield* Effect.acquireRelease(
    Effect.callback<Server, SimulatorError>((resume) => {
      const starting = serve(protocols, desk, injuries, tamperer(options.seed ?? 1), options.sleep ?? inRealTime, requests)
      starting.once("error", (cause) =>
        resume(
          Effect.fail(
            new SimulatorError({ message: `the simulator cannot listen on ${host}:${options.port ?? 0}: ${cause.message}`, cause }),
          ),
        ),
      )
      starting.listen(options.port ?? 0, host, () => resume(Effect.succeed(starting)))
    }),
    (running) =>
      Effect.callback<void>((resume) => {
        desk.close()
        for (const protocol of protocols) protocol.close?.()
        running.close(() => resume(Effect.void))
        running.closeAllConnections()
      }),
  )
  yield* Effect.acquireRelease(
    Effect.sync(() => setInterval(wake, PULSE_MS)),
    (pulse) => Effect.sync(() => clearInterval(pulse)),
  )

  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    summary: source.summary,
    truth: (query = {}) => source.truth({ platform: null, batch: null, since: 0, until: Infinity, after: null, limit: Infinity, ...query }),
    publish: (publication = {}) => {
      if (source.publish === null) throw new Error("recordings cannot be added to")
      const platform = publication.platform ?? "bluesky"
      const published = source.publish({
        platform,
        kind: KINDS[platform][0],
        batch: "test",
        text: null,
        createdAt: null,
        ...publication,
      })
      wake()
      return published
    },
    retract: (id) => {
      const gone = source.retract(id)
      wake()
      return gone
    },
    setFaults: (plan) => {
      injuries.plan = { ...NO_FAULTS, ...plan }
      wake()
    },
    faultsDone: injuries.done,
    requests,
    withheld: () => injuries.withheld,
    wake,
    mostBuffered: stream.mostBuffered,
    subscribers: stream.subscribers,
  }
})

/** Runs until interrupted. */
export const run = (options: SimulatorOptions = {}): Effect.Effect<never, SimulatorError> =>
  Effect.scoped(Effect.andThen(make(options), Effect.never))
