import { Platform } from "@signalflow/domain/signals/Platform"
import { type Mode, SCHEMA_VERSION, type Signal, signalId } from "@signalflow/domain/signals/Signal"
import type { RemovalKind } from "@signalflow/domain/signals/SignalEvent"
import { BODY_LIMIT, httpUrl, storable } from "@signalflow/domain/signals/Text"
import { isTimestamp } from "@signalflow/domain/Time"
import { Option, Schema } from "effect"
import { type Converted, drop, event } from "../../convert/Converted.ts"
import { part, text as textField, texts } from "../../convert/Lenient.ts"
import { readFacets, tagged, tagsOf } from "./Facets.ts"
import type { Frame } from "./Frame.ts"
import { isLabelled } from "./Labels.ts"

export const platform = Platform.make("bluesky")
export const POSTS = "app.bsky.feed.post"

export interface Selection {
  /** Share of authors that is read, 0–1. */
  readonly sample: number
  /** Primary language subtags that are read; empty = all. */
  readonly languages: ReadonlySet<string>
}

export interface Observation {
  readonly mode: Mode
  readonly runId: string
}

const Record = Schema.Struct({
  text: Schema.String,
  createdAt: textField,
  langs: texts,
  reply: part(Schema.Struct({ parent: Schema.Struct({ uri: Schema.String }) })),
  embed: Schema.optionalKey(Schema.Unknown),
  facets: Schema.optionalKey(Schema.Unknown),
  tags: Schema.optionalKey(Schema.Unknown),
  labels: Schema.optionalKey(Schema.Unknown),
})
type Record = typeof Record.Type
const decodeRecord = Schema.decodeUnknownOption(Record)

const External = Schema.Struct({ external: Schema.Struct({ uri: Schema.String, title: textField }) })
const decodeExternal = Schema.decodeUnknownOption(External)
const decodeMedia = Schema.decodeUnknownOption(Schema.Struct({ media: External }))
/** FNV-1a with a final mix, as a share 0–1: the same author is in the sample always, on every machine. */
export const authorShare = (did: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < did.length; i++) h = Math.imul(h ^ did.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

const primary = (tag: string) => tag.split("-", 1)[0]!.toLowerCase()

const LANGUAGE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/
const LONGEST_LANGUAGE = 16

const languageOf = (tag: string | undefined) => (tag === undefined ? null : tag.length > LONGEST_LANGUAGE ? primary(tag) : tag)

const spoken = (langs: ReadonlyArray<string> | null | undefined, wanted: ReadonlySet<string>) =>
  wanted.size === 0 || langs === undefined || langs === null || langs.length === 0 || langs.some((tag) => wanted.has(primary(tag)))

/** `at://<did>/app.bsky.feed.post/<rkey>` as a signal id, or null. */
export const idOfUri = (uri: string) => {
  const parts = /^at:\/\/(did:[a-z]+:[A-Za-z0-9._:%-]{1,240})\/app\.bsky\.feed\.post\/([A-Za-z0-9._~:-]{1,512})$/.exec(uri)
  return parts === null ? null : signalId(platform, `${parts[1]}/${parts[2]}`)
}

const external = (embed: unknown) =>
  Option.orElse(decodeExternal(embed), () => Option.map(decodeMedia(embed), ({ media }) => media)).pipe(
    Option.map((found) => found.external),
    Option.getOrNull,
  )

/** The author's clock may lie: what it says is used only where it lies in the past of the moment of receipt. */
const publishedAt = (createdAt: string | null | undefined, received: number): number => {
  const claimed = createdAt === undefined || createdAt === null || createdAt.length > 64 ? Number.NaN : Date.parse(createdAt)
  return isTimestamp(claimed) ? Math.min(claimed, received) : received
}

const observed = (frame: Frame & { readonly _tag: "Commit" }, record: Record, observation: Observation): Converted => {
  const observedAt = Math.floor(frame.timeUs / 1_000)
  const link = external(record.embed)
  const text = storable(record.text.trim() === "" ? (link?.title ?? "").trim() : record.text.trim(), BODY_LIMIT)
  if (text === "") return drop("no-text")
  const facets = readFacets(record.facets)
  const body = storable(tagged(text, [...facets.tags, ...tagsOf(record.tags)]), BODY_LIMIT)
  const language = languageOf(record.langs?.find((tag) => LANGUAGE.test(tag)))
  const signal: Signal = {
    id: signalId(platform, `${frame.did}/${frame.rkey}`),
    platform,
    kind: "post",
    parentId: record.reply === undefined || record.reply === null ? null : idOfUri(record.reply.parent.uri),
    community: null,
    author: frame.did,
    title: "",
    body,
    url: httpUrl(link?.uri) ?? httpUrl(facets.link),
    permalink: `https://bsky.app/profile/${frame.did}/post/${frame.rkey}`,
    language,
    score: null,
    comments: null,
    upvoteRatio: null,
    reposts: null,
    views: null,
    publishedAt: publishedAt(record.createdAt, observedAt),
    observedAt,
    flair: null,
    meta: { schemaVersion: SCHEMA_VERSION, producer: "ingest/bluesky", runId: observation.runId, mode: observation.mode },
  }
  return event({ _tag: "Observed", signal })
}

const REMOVALS: Readonly<globalThis.Record<string, RemovalKind>> = {
  deleted: "deleted",
  takendown: "deleted",
  suspended: "hidden",
  deactivated: "hidden",
}

/** What a frame says about posts and their authors. Not for frames that carry no event (info, error). */
export const convertFrame = (frame: Frame, selection: Selection, observation: Observation): Converted => {
  if (frame._tag === "Unreadable") return drop(frame.reason)
  if (frame._tag !== "Commit" && frame._tag !== "Account") return drop("not-a-post")
  if (authorShare(frame.did) >= selection.sample) return drop("not-sampled")
  const at = Math.floor(frame.timeUs / 1_000)
  if (frame._tag === "Account") {
    const target = { _tag: "Author", platform, author: frame.did } as const
    if (frame.active) return event({ _tag: "Restored", target, at })
    const kind = frame.status === null ? "hidden" : REMOVALS[frame.status]
    if (kind === undefined) return drop("account-status")
    return event({ _tag: "Removed", target, kind, at, why: `account ${frame.status ?? "inactive"}` })
  }
  if (frame.collection !== POSTS) return drop("not-a-post")
  if (frame.operation === "delete") {
    const id = signalId(platform, `${frame.did}/${frame.rkey}`)
    return event({ _tag: "Removed", target: { _tag: "Signal", id }, kind: "deleted", at, why: "deleted by its author" })
  }
  if (frame.operation !== "create" && frame.operation !== "update") return drop("unknown-kind")
  const record = decodeRecord(frame.record)
  if (Option.isNone(record)) return drop("malformed")
  if (isLabelled(record.value.labels)) {
    if (frame.operation === "create") return drop("labelled")
    const id = signalId(platform, `${frame.did}/${frame.rkey}`)
    return event({ _tag: "Removed", target: { _tag: "Signal", id }, kind: "hidden", at, why: "labelled by its author" })
  }
  if (!spoken(record.value.langs, selection.languages)) return drop("language")
  return observed(frame, record.value, observation)
}
