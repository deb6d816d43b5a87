import { Effect, Stream } from "effect"
import type { FrameSocket, FrameSocketError } from "../../upstream/FrameSocket.ts"
import { SourceError } from "../../SourceAdapter.ts"
import { type Endpoint, FRAME_BYTES, type Hosts, urlOf } from "./Hosts.ts"
import { type Dictionaries, type Dictionary, UNKNOWN_DICTIONARY } from "./Zstd.ts"

const CONNECT_TIMEOUT = 15_000
const MOST_WAITING = 2_000
/** Frames are few and come one by one: waiting a moment makes batches of them. */
const LINGER = 100

/** The cursor is older than what this host keeps. */
export const CURSOR_TOO_OLD = "CursorTooOld"

const knowsNoV2 = (endpoint: Endpoint, { status, body }: FrameSocketError) =>
  endpoint.protocol === "v2" &&
  (status === 404 || status === 405 || status === 501 || (status === 400 && !body.includes(CURSOR_TOO_OLD) && !refusesDictionary(body)))

const refusesDictionary = (body: string) => body.includes(UNKNOWN_DICTIONARY)

/** What a connection needs: shared by the feeds of one target. */
export interface Wire {
  readonly socket: FrameSocket["Service"]
  readonly hosts: Hosts
  readonly dictionaries: Dictionaries
}

/** Frames of one connection to an endpoint, from a cursor or the live tip; every `SourceError` has moved `hosts` on. */
export const connect = (
  { socket, hosts, dictionaries }: Wire,
  endpoint: Endpoint,
  cursor: number | null,
  collections: ReadonlyArray<string>,
): Stream.Stream<ReadonlyArray<string>, SourceError> => {
  const { host, protocol } = endpoint
  const frames = (dictionary: Dictionary | null) =>
    socket.frames({
      url: urlOf(endpoint, cursor, collections, dictionary?.id ?? null),
      protocols: protocol === "v2" ? ["xrpc.v1.json"] : [],
      maxFrameBytes: FRAME_BYTES * 2,
      maxWaiting: MOST_WAITING,
      lingerMs: LINGER,
      connectTimeoutMs: CONNECT_TIMEOUT,
      ...(dictionary === null ? {} : { decode: dictionary.decode }),
    })
  const orElse =
    (dictionary: Dictionary | null, next: (refused: Dictionary) => Stream.Stream<ReadonlyArray<string>, FrameSocketError>) =>
    (error: FrameSocketError) =>
      dictionary !== null && error.status === 400 && refusesDictionary(error.body) ? next(dictionary) : Stream.fail(error)
  const plain = Stream.unwrap(Effect.map(dictionaries.refused(host), () => frames(null)))
  const renewed = (refused: Dictionary) =>
    Stream.unwrap(
      Effect.map(dictionaries.after(host, refused.id), (current) =>
        Stream.catch(
          frames(current),
          orElse(current, () => plain),
        ),
      ),
    )
  return Stream.unwrap(
    Effect.map(protocol === "v2" ? dictionaries.of(host) : Effect.succeed(null), (dictionary) =>
      Stream.catch(frames(dictionary), orElse(dictionary, renewed)),
    ),
  ).pipe(
    Stream.mapError((error) => {
      if (knowsNoV2(endpoint, error)) hosts.speaksV1(host)
      else if (!error.body.includes(CURSOR_TOO_OLD)) hosts.failed()
      const said = error.body === "" ? "" : `: ${error.body.slice(0, 200)}`
      return new SourceError({ reason: error.reason === "timeout" ? "timeout" : "unavailable", message: `${error.message}${said}` })
    }),
  )
}

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
