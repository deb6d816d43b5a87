import { badFields, type BadRequest } from "@signalflow/domain/api/Access"
import type { LivePosition } from "@signalflow/domain/live/LivePosition"
import { LiveFilter } from "@signalflow/domain/live/LiveFrame"
import type { Settings } from "@signalflow/domain/settings/Settings"
import { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Clock, Effect, Queue, Schema, Stream } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerRespondable, HttpServerResponse } from "effect/http"
import { authenticate } from "../access/Authentication.ts"
import type { RateLimits } from "../access/RateLimits.ts"
import { type Identity, Tokens } from "../access/Tokens.ts"
import { problem } from "../http/Problem.ts"
import { fieldsOf } from "../http/BadFields.ts"
import { parametersOf } from "../http/QueryNames.ts"
import { compileFilter, error, type Frame, hello } from "./Frames.ts"
import { LOOK_AGAIN } from "./LiveSocket.ts"
import { SECRET_IN_QUERY_DETAIL, secretInQuery } from "./LiveUpgrade.ts"
import { Subscription, type Wire } from "./Subscription.ts"
import { Subscriptions } from "./Subscriptions.ts"

const decodeFilter = Schema.decodeUnknownEffect(LiveFilter)

const fields = [
  ["platforms", "platform"],
  ["communities", "community"],
  ["topics", "topic"],
  ["kinds", "kind"],
] as const

const LISTS: ReadonlyArray<string> = fields.map(([, name]) => name)
const PARAMETERS = [...LISTS, "resume"]

const parameterOf = new Map<unknown, string>(fields)

const filterOf = (params: URLSearchParams) => {
  const given = fields
    .filter(([, name]) => params.has(name))
    .map(([field, name]) => [field, params.getAll(name).flatMap((value) => value.split(","))])
  return decodeFilter(Object.fromEntries(given)).pipe(
    Effect.mapError(({ issue }) =>
      badFields(fieldsOf(issue).map(({ path, message }) => ({ path: ["query", parameterOf.get(path[0]) ?? ""], message }))),
    ),
  )
}

const resumeOf = (text: string | undefined): Effect.Effect<LivePosition | undefined, BadRequest> => {
  if (text === undefined || text === "") return Effect.succeed(undefined)
  const parts = /^([\w-]{1,100}):(\d{1,15})$/.exec(text)
  return parts === null
    ? Effect.fail(badFields([{ path: ["headers", "last-event-id"], message: "is <epoch>:<offset>, as the stream gave it" }]))
    : Effect.succeed({ epoch: parts[1]!, offset: Number(parts[2]) })
}

/** What waits for one reader, counted in bytes: it is pulled as fast as the reader reads. */
class EventWire implements Wire {
  readonly queue: Queue.Queue<Uint8Array>
  #bytes = 0
  #drained: Array<() => void> = []

  constructor(queue: Queue.Queue<Uint8Array>) {
    this.queue = queue
  }

  send = (frame: Frame): void => this.#put(frame.event)
  control = (json: string): void => this.#put(Buffer.from(`data: ${json}\n\n`))
  together = (write: () => void): void => write()
  backlog = (): number => this.#bytes
  whenDrained = (then: () => void): void => {
    this.#drained.push(then)
  }
  ping = (): void => this.#put(Buffer.from(": still here\n\n"))

  /** What is pulled at once leaves as one piece. */
  pulled(events: ReadonlyArray<Uint8Array>): Uint8Array {
    const piece = Buffer.concat(events)
    this.#bytes -= piece.length
    if (this.#bytes <= 0) this.#tell()
    return piece
  }

  #tell(): void {
    const waiting = this.#drained
    this.#drained = []
    for (const then of waiting) then()
  }

  #put(event: Uint8Array): void {
    if (Queue.offerUnsafe(this.queue, event)) this.#bytes += event.length
  }
}

const events = Effect.fnUntraced(function* (identity: Identity, filter: LiveFilter, resume: LivePosition | undefined) {
  const subscriptions = yield* Subscriptions
  const tokens = yield* Tokens
  const metrics = yield* Metrics
  const stream = Stream.unwrap(
    Effect.gen(function* () {
      const wire = new EventWire(yield* Queue.unbounded<Uint8Array>())
      const at = subscriptions.position()
      const subscription = new Subscription({ wire, who: identity.name, wants: compileFilter(filter), at, onSkip: metrics.framesSkipped })
      if (!subscriptions.enter())
        return Stream.make(`data: ${error("full", "All places are taken: try again later")}\n\n`).pipe(Stream.encodeText)
      yield* Effect.addFinalizer(() => Effect.sync(() => subscriptions.leave(subscription)))
      wire.control(hello(at))
      yield* Effect.forkScoped(subscriptions.join(subscription, resume ?? at))
      const now = yield* Clock.currentTimeMillis
      const removed = Effect.delay(tokens.stands(identity), LOOK_AGAIN).pipe(Effect.repeat({ until: (stands) => !stands }))
      return Stream.fromQueue(wire.queue).pipe(
        Stream.mapArray((events) => [wire.pulled(events)]),
        Stream.interruptWhen(Effect.raceFirst(Effect.sleep(Math.max(0, identity.expiresAt - now)), removed)),
      )
    }),
  )
  return HttpServerResponse.stream(stream, {
    contentType: "text/event-stream",
    headers: { "cache-control": "no-store", "x-accel-buffering": "no" },
  })
})

export const LIVE_EVENTS_PATH = "/api/v1/live"

/** The live feed as server-sent events, for programs that would rather not speak WebSocket. */
export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const services = yield* Effect.context<Tokens | RateLimits | Settings | Subscriptions | Metrics>()
    yield* router.add(
      "GET",
      LIVE_EVENTS_PATH,
      Effect.gen(function* () {
        const request = yield* HttpServerRequest.HttpServerRequest
        if (secretInQuery(request.url)) return problem(400, SECRET_IN_QUERY_DETAIL)
        const bearer = /^bearer +(\S+)$/i.exec(request.headers["authorization"] ?? "")?.[1] ?? ""
        const identity = yield* authenticate(bearer)
        const params = yield* Effect.fromResult(parametersOf(request.url, PARAMETERS, LISTS))
        const resume = yield* resumeOf(request.headers["last-event-id"] ?? params.get("resume") ?? undefined)
        return yield* events(identity, yield* filterOf(params), resume)
      }).pipe(
        Effect.catchTag("Unauthorized", HttpServerRespondable.toResponse),
        Effect.catchTag("TooManyRequests", HttpServerRespondable.toResponse),
        Effect.catchTag("BadRequest", HttpServerRespondable.toResponse),
        Effect.provideContext(services),
      ),
    )
  }),
)
