import { Effect, Layer, Stream } from "effect"
import { Cursors } from "../../../src/stores/Cursors.ts"
import { FrameSocket, FrameSocketError, type FrameSocketOptions } from "../../../src/upstream/FrameSocket.ts"
import { Health } from "../../../src/health/SourceHealth.ts"
import * as Ingestion from "../../../src/Ingestion.ts"
import { bluesky } from "../../../src/sources/bluesky/Bluesky.ts"
import { type Answer, type recordingBus, scripted } from "../../Harness.ts"

export const now = Date.UTC(2026, 10, 22)
export const EAST = "wss://jetstream.us-east.bsky.network"
export const WEST = "wss://jetstream.us-west.bsky.network"
export const iso = (us: number) => `${new Date(Math.floor(us / 1_000)).toISOString().slice(0, -1)}${String(us % 1_000).padStart(3, "0")}Z`

export const frame = (kind: string, seq: number, us: number, more: object) =>
  JSON.stringify({
    $type: "message",
    payload: {
      $type: `network.bsky.jetstream.subscribeEvents#${kind}`,
      seq,
      did: "did:plc:ada",
      time: iso(us),
      witnessedAt: iso(us),
      ...more,
    },
  })
export const post = (n: number, us: number, seq = n) =>
  frame("commit", seq, us, {
    operation: "create",
    collection: "app.bsky.feed.post",
    rkey: `r${n}`,
    cid: `c${n}`,
    record: { text: `Post ${n}` },
  })

export const refused = (status: number, body = "") =>
  Stream.fail(new FrameSocketError({ reason: "refused", message: `answered ${status}`, status, body }))
export const closed = Stream.fail(new FrameSocketError({ reason: "closed", message: "closed (1006)", status: null, body: "" }))
export const silent = Stream.never

export type Play = (options: {
  readonly url: URL
  readonly cursor: number | null
  readonly host: string
  readonly v1: boolean
  readonly n: number
  readonly decode: FrameSocketOptions["decode"]
}) => Stream.Stream<ReadonlyArray<string>, FrameSocketError>

/** Ingestion over connections that a script plays, with the list of URLs that were opened. */
export const start = (play: Play, bus: ReturnType<typeof recordingBus>, answer: (url: URL) => Answer = () => undefined) => {
  const opened: Array<URL> = []
  const socket = FrameSocket.layerTest((options: FrameSocketOptions) => {
    const url = new URL(options.url)
    opened.push(url)
    const cursor = url.searchParams.get("cursor")
    return play({
      url,
      host: `${url.protocol}//${url.host}`,
      cursor: cursor === null ? null : Number(cursor),
      v1: url.pathname === "/subscribe",
      n: opened.length,
      decode: options.decode,
    })
  })
  const run = Effect.forkScoped(Ingestion.runWith([bluesky])).pipe(
    Effect.provide(Layer.mergeAll(scripted(answer).layer, bus.layer, socket)),
  )
  return { opened, run }
}

export const bodies = (bus: ReturnType<typeof recordingBus>) =>
  bus.events().flatMap((event) => (event._tag === "Observed" ? [event.signal.body] : []))
export const healthNow = Effect.flatMap(Health, (health) => Effect.map(health.all, (all) => all[0]!))
export const stored = Effect.flatMap(Cursors, (cursors) => cursors.load("bluesky", "posts"))
