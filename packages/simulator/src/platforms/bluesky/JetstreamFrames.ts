import type { JetstreamEvent } from "../../world/Feeds.ts"

const METHOD = "network.bsky.jetstream.subscribeEvents"

const precise = (time: number): string =>
  `${new Date(Math.floor(time / 1000)).toISOString().slice(0, -1)}${String(time % 1000).padStart(3, "0")}Z`

const message = (fragment: string, payload: object): string =>
  JSON.stringify({ $type: "message", payload: { $type: `${METHOD}#${fragment}`, ...payload } })

/** One `xrpc.v1.json` text frame. */
export const frameV2 = (event: JetstreamEvent): string => {
  const time = precise(event.time)
  const shared = { did: event.did, seq: event.seq, time, witnessedAt: time }
  if (event.kind === "commit") return message("commit", { ...shared, ...event.commit() })
  if (event.kind === "identity") return message("identity", { ...shared, identity: event.identity })
  return message("account", { ...shared, account: event.account })
}

export const infoFrame = (name: string, text: string): string => message("info", { name, message: text })

/** The connection ends after it. */
export const errorFrame = (error: string, text: string): string => JSON.stringify({ $type: "error", error, message: text })

export const frameV1 = (event: JetstreamEvent): string => {
  const shared = { did: event.did, time_us: event.time, kind: event.kind }
  if (event.kind === "commit") return JSON.stringify({ ...shared, commit: event.commit() })
  if (event.kind === "identity") return JSON.stringify({ ...shared, identity: event.identity })
  return JSON.stringify({ ...shared, account: event.account })
}

/** What a broken or newer server might send. None of them can be read as an event, so nothing in the truth depends on them. */
const UNREADABLE: ReadonlyArray<string> = [
  '{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#commit","did":"did:plc:trun',
  "null",
  "[]",
  "",
  "\u0000\u0001 not json",
  message("mystery", { did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", seq: 1, time: "2026-01-01T00:00:00.000000Z" }),
  message("commit", { seq: 1, time: "2026-01-01T00:00:00.000000Z", operation: "create", collection: "app.bsky.feed.post" }),
  JSON.stringify({ did: 7, time_us: "soon", kind: "commit", commit: null }),
  JSON.stringify({ did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", time_us: 1, kind: "mystery" }),
]

export const unreadable = (n: number): string => UNREADABLE[n % UNREADABLE.length]!
