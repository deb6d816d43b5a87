import { SignalEvent } from "@signalflow/domain/signals/SignalEvent"
import { Schema } from "effect"
import type { Converted } from "../../src/convert/Converted.ts"
import { parseFrame } from "../../src/sources/bluesky/Frame.ts"
import { convertFrame, type Selection } from "../../src/sources/bluesky/Convert.ts"
import { convertHit } from "../../src/sources/hackernews/Hit.ts"
import { convertItem } from "../../src/sources/hackernews/Convert.ts"
import { convertThing } from "../../src/sources/reddit/Convert.ts"
import { refusalOf } from "../../src/sources/youtube/Refusal.ts"
import { convertComment, convertThread, convertVideo, uploadsOf, videoIdOf } from "../../src/sources/youtube/Convert.ts"
import { asRecord } from "./Bodies.ts"
import type { Item, PlatformName } from "./Recognise.ts"

/** What the product made of an item, or of a part of it. */
export type Outcome =
  | { readonly _tag: "Decoded"; readonly as: "signal" | "removal" | "restored" | "video id" | "uploads" | "refusal" | "notice" }
  | { readonly _tag: "ByDesign"; readonly reason: string }
  | { readonly _tag: "Dropped"; readonly reason: string }

/** Later than every recording: a date of then must not count as one of the future. */
const observedAt = Math.max(Date.now(), Date.UTC(2027, 0, 1))
const how = { observedAt, mode: "replay", runId: "recordings" } as const
const everybody: Selection = { sample: 1, languages: new Set() }
const isEvent = Schema.is(SignalEvent)

/** What a source leaves out although it understands it. */
const BY_DESIGN: Readonly<Record<PlatformName, ReadonlySet<string>>> = {
  hackernews: new Set(["poll-option"]),
  bluesky: new Set(["not-a-post", "no-text", "account-status", "mature", "label", "labelled", "not-tracked"]),
  reddit: new Set(["promoted"]),
  youtube: new Set(["no-video", "without-snippet"]),
}

const outcome = (platform: PlatformName, converted: Converted): Outcome => {
  if (converted._tag === "Drop") {
    const { reason } = converted
    return { _tag: BY_DESIGN[platform].has(reason) ? "ByDesign" : "Dropped", reason }
  }
  const { event } = converted
  if (!isEvent(event)) return { _tag: "Dropped", reason: "made an event that the bus refuses" }
  return { _tag: "Decoded", as: event._tag === "Observed" ? "signal" : event._tag === "Removed" ? "removal" : "restored" }
}

const frame = (body: unknown): Outcome => {
  const read = parseFrame(JSON.stringify(body))
  if (read._tag === "Info" || read._tag === "Error") return { _tag: "Decoded", as: "notice" }
  return outcome("bluesky", convertFrame(read, everybody, how))
}

/** Search results and playlist items name videos; the others name channels and playlists. */
const listed = (body: unknown): Outcome => {
  if (videoIdOf(body) !== null) return { _tag: "Decoded", as: "video id" }
  const kind = asRecord(asRecord(body)?.["id"])?.["kind"]
  const elsewhere = kind === "youtube#channel" || kind === "youtube#playlist"
  const { snippet, contentDetails, id } = asRecord(body) ?? {}
  if (typeof id === "string" && snippet === undefined && contentDetails === undefined)
    return { _tag: "ByDesign", reason: "without-snippet" }
  return elsewhere ? { _tag: "ByDesign", reason: "no-video" } : { _tag: "Dropped", reason: "malformed" }
}

/** Of a channel the sources read where its videos are. */
const channel = (body: unknown): Outcome => {
  if (uploadsOf(body) !== null) return { _tag: "Decoded", as: "uploads" }
  const bare = asRecord(body)?.["contentDetails"] === undefined
  return bare ? { _tag: "ByDesign", reason: "without-contentDetails" } : { _tag: "Dropped", reason: "malformed" }
}

const refusal = (body: unknown): Outcome => {
  const code = asRecord(asRecord(body)?.["error"])?.["code"]
  const status = typeof code === "number" && code >= 400 && code < 500 ? code : 400
  return refusalOf({ status, body: JSON.stringify(body), message: "refused" }) === null
    ? { _tag: "Dropped", reason: "a refusal that is not understood" }
    : { _tag: "Decoded", as: "refusal" }
}

/** Recorded with other parts than the sources ask for. */
const isBare = (body: unknown) => typeof asRecord(body)?.["id"] === "string" && asRecord(body)!["snippet"] === undefined

/** What the product's own converters make of an item: one outcome, of a thread of comments one per comment. */
export const decode = ({ what, platform, body }: Item): ReadonlyArray<Outcome> => {
  const only = (converted: Converted) => [outcome(platform, converted)]
  if ((what === "video" || what === "comment" || what === "commentThread") && isBare(body))
    return [{ _tag: "ByDesign", reason: "without-snippet" }]
  switch (what) {
    case "item":
      return only(convertItem(body, how))
    case "hit":
      return only(convertHit(body, how))
    case "thing":
      return only(convertThing(body, how))
    case "video":
      return only(convertVideo(body, how))
    case "comment":
      return only(convertComment(body, how))
    case "commentThread":
      return convertThread(body, how).map(({ converted }) => outcome(platform, converted))
    case "frame":
      return [frame(body)]
    case "channel":
      return [channel(body)]
    case "searchResult":
    case "playlistItem":
      return [listed(body)]
    case "error":
      return [refusal(body)]
  }
}
