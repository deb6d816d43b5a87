import { Effect, Stream } from "effect"
import type { FrameSocket, FrameSocketError } from "../../FrameSocket.ts"
import { SourceError } from "../../SourceAdapter.ts"
import { type Endpoint, FRAME_BYTES, type Hosts, urlOf } from "./Hosts.ts"

const CONNECT_TIMEOUT = 15_000
const MOST_WAITING = 2_000
/** Frames are few and come one by one: waiting a moment makes batches of them. */
const LINGER = 100

/** The cursor is older than what this host keeps. */
export const CURSOR_TOO_OLD = "CursorTooOld"

const knowsNoV2 = (endpoint: Endpoint, error: FrameSocketError) =>
  endpoint.protocol === "v2" &&
  (error.status === 404 || error.status === 405 || error.status === 501 || (error.status === 400 && !error.body.includes(CURSOR_TOO_OLD)))

/** Frames of one connection to an endpoint, from a cursor or the live tip; every `SourceError` has moved `hosts` on. */
export const connect = (
  socket: FrameSocket["Service"],
  hosts: Hosts,
  endpoint: Endpoint,
  cursor: number | null,
  collections: ReadonlyArray<string>,
): Stream.Stream<ReadonlyArray<string>, SourceError> =>
  socket
    .frames({
      url: urlOf(endpoint, cursor, collections),
      protocols: endpoint.protocol === "v2" ? ["xrpc.v1.json"] : [],
      maxFrameBytes: FRAME_BYTES * 2,
      maxWaiting: MOST_WAITING,
      lingerMs: LINGER,
      connectTimeoutMs: CONNECT_TIMEOUT,
    })
    .pipe(
      Stream.mapError((error) => {
        if (knowsNoV2(endpoint, error)) hosts.speaksV1(endpoint.host)
        else if (!error.body.includes(CURSOR_TOO_OLD)) hosts.failed()
        const said = error.body === "" ? "" : `: ${error.body.slice(0, 200)}`
        return new SourceError({ reason: error.reason === "timeout" ? "timeout" : "unavailable", message: `${error.message}${said}` })
      }),
    )

/** Fails when nothing comes for longer than `limit` says: a healthy socket that is silent. */
export const watched = (
  frames: Stream.Stream<ReadonlyArray<string>, SourceError>,
  hosts: Hosts,
  limit: () => number,
): Stream.Stream<ReadonlyArray<string>, SourceError> =>
  Stream.transformPull(frames, (pull) =>
    Effect.succeed(
      Effect.suspend(() => {
        const ms = limit()
        return Effect.timeoutOrElse(pull, {
          duration: ms,
          orElse: () => {
            hosts.failed()
            return new SourceError({ reason: "stalled", message: `the stream is open but silent for ${Math.round(ms / 1_000)} s` })
          },
        })
      }),
    ),
  )
