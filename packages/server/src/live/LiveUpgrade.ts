import { type WebSocket, WebSocketServer } from "@effect/platform-node/NodeWS"
import { Settings } from "@signalflow/domain/settings/Settings"
import type { Metrics } from "@signalflow/platform/telemetry/Metrics"
import { Effect, FiberSet, Option, Result } from "effect"
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { clientKey } from "../access/ClientAddress.ts"
import { quotaHeaders, RateLimits } from "../access/RateLimits.ts"
import { type Identity, Tokens } from "../access/Tokens.ts"
import { refusal, refuseUpgrade } from "../http/RequestGuard.ts"
import { hostGuard, originAllowed } from "../http/HostGuard.ts"
import { converse } from "./LiveSocket.ts"
import type { Subscriptions } from "./Subscriptions.ts"
import { Waiting } from "./Waiting.ts"

/** The subprotocol, answered in place of the token that may stand beside it. */
export const PROTOCOL = "signalflow.v1"
const MESSAGE_LIMIT = 16 * 1024
/** Sockets that one address may open in a minute. */
const UPGRADES = 240

const PATH = /^\/ws\/signals\/?$/i
const SECRET_IN_QUERY = /^(access[_-]?token|token|access|jwt|auth|authorization|bearer|secret|api[_-]?key|code)$/i

const split = (url: string): { path: string; names: ReadonlyArray<string> } => {
  const [path = "", query = ""] = url.split("?", 2)
  return { path, names: [...new URLSearchParams(query).keys()] }
}

/** Whether a URL carries what must never stand in one: URLs are logged, kept and sent on. */
export const secretInQuery = (url: string): boolean => split(url).names.some((name) => SECRET_IN_QUERY.test(name))

export const SECRET_IN_QUERY_DETAIL =
  "A token in the URL ends up in logs: send it as the first message, as Sec-WebSocket-Protocol or as Authorization"

const credential = ({ headers }: IncomingMessage): string | undefined => {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? "")
  if (bearer !== null) return bearer[1]
  const [protocol, token] = (headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim())
  return protocol === PROTOCOL && token !== undefined && token !== "" ? token : undefined
}

/** Takes a connection over from HTTP at `/ws/signals/`, until the scope closes. */
export const liveUpgrade = Effect.gen(function* () {
  const settings = yield* Settings
  const tokens = yield* Tokens
  const limits = yield* RateLimits
  const guard = hostGuard(settings.ALLOWED_HOSTS)
  const run = yield* FiberSet.makeRuntime<Tokens | Subscriptions | Metrics>()
  const waiting = new Waiting()

  const server = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new WebSocketServer({
          noServer: true,
          clientTracking: false,
          perMessageDeflate: false,
          maxPayload: MESSAGE_LIMIT,
          handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
        }),
    ),
    (server) => Effect.sync(() => server.close()),
  )

  const accept = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    Effect.callback<Option.Option<WebSocket>>((resume) => {
      socket.once("close", () => resume(Effect.succeedNone))
      if (socket.destroyed) return resume(Effect.succeedNone)
      server.handleUpgrade(request, socket, head, (ws) => resume(Effect.succeedSome(ws)))
    })

  /** Who is let in, and how they leave the place of those without a token; undefined when the request was refused. */
  const admit = Effect.fn("LiveUpgrade.admit")(function* (request: IncomingMessage, socket: Duplex) {
    const address = clientKey(settings.TRUSTED_PROXIES, request.socket.remoteAddress, request.headers)
    const quota = yield* limits.take(`upgrade ${address}`, UPGRADES)
    if (!quota.allowed) {
      refuseUpgrade(socket, 429, `More than ${UPGRADES} connections in a minute from this address`, quotaHeaders(quota))
      return undefined
    }
    const token = credential(request)
    if (token !== undefined) {
      const verified = yield* Effect.result(tokens.verify(token))
      if (Result.isSuccess(verified)) return { identity: verified.success as Identity | undefined, settle: () => {} }
      refuseUpgrade(socket, 401, verified.failure.message, { "www-authenticate": "Bearer" })
      return undefined
    }
    const settle = waiting.enter(address)
    if (settle !== undefined) return { identity: undefined, settle }
    refuseUpgrade(socket, 503, "Too many connections have not shown a token yet: send it with the upgrade, or try again", {
      "retry-after": "5",
    })
    return undefined
  })

  const session = Effect.fnUntraced(function* (request: IncomingMessage, socket: Duplex, head: Buffer) {
    const admitted = yield* admit(request, socket)
    if (admitted === undefined) return
    const { identity, settle } = admitted
    yield* Effect.gen(function* () {
      const ws = yield* accept(request, socket, head)
      if (Option.isNone(ws)) return
      yield* converse(ws.value, socket, identity, settle).pipe(
        Effect.onInterrupt(() => Effect.sync(() => ws.value.close(1001, "the server is stopping"))),
        Effect.ensuring(Effect.sync(() => ws.value.close(1000))),
      )
    }).pipe(Effect.ensuring(Effect.sync(settle)))
  })

  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => socket.destroy())
    const refused = refusal(request, guard)
    if (refused !== undefined) return refuseUpgrade(socket, refused.status, refused.detail)
    const url = request.url ?? ""
    if (!PATH.test(split(url).path)) return refuseUpgrade(socket, 404, "There is no socket here: see /ws/signals/")
    if (!originAllowed(request.headers.origin, request.headers.host ?? "", settings.ALLOWED_HOSTS.length === 0)) {
      return refuseUpgrade(socket, 403, "Only pages of this server may open its socket")
    }
    if (secretInQuery(url)) return refuseUpgrade(socket, 400, SECRET_IN_QUERY_DETAIL)
    run(session(request, socket, head))
  }
})
