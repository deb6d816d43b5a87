import { Option, Schema } from "effect"
import { part, text } from "../../convert/Lenient.ts"

interface Position {
  /** Number of the event on this host; v1 has none. */
  readonly seq: number | null
  /** When the host witnessed the event, unix microseconds: the portable position. */
  readonly timeUs: number
}

export type Frame =
  | (Position & {
      readonly _tag: "Commit"
      readonly did: string
      readonly operation: string
      readonly collection: string
      readonly rkey: string
      readonly record: unknown
      readonly cid: string | null
    })
  | (Position & { readonly _tag: "Account"; readonly did: string; readonly active: boolean; readonly status: string | null })
  /** What an author is called from now on; null = a handle that does not lead back to the author. */
  | (Position & { readonly _tag: "Identity"; readonly did: string; readonly handle: string | null })
  /** Changes of a repository and the like: they only show that the stream lives. */
  | (Position & { readonly _tag: "Other"; readonly kind: string })
  | { readonly _tag: "Info"; readonly name: string; readonly message: string }
  | { readonly _tag: "Error"; readonly name: string; readonly message: string }
  | { readonly _tag: "Unreadable"; readonly reason: "malformed" | "unknown-kind" }

const unreadable = (reason: "malformed" | "unknown-kind"): Frame => ({ _tag: "Unreadable", reason })

const micros = Schema.Int.check(Schema.isBetween({ minimum: 1e15, maximum: 4.2e15 }))
const seq = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const did = Schema.String.check(Schema.isPattern(/^did:[a-z]+:[A-Za-z0-9._:%-]{1,240}$/))
const commit = {
  operation: Schema.String,
  collection: Schema.String,
  rkey: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._~:-]{1,512}$/)),
  record: Schema.optionalKey(Schema.Unknown),
  cid: text,
}
const account = { active: Schema.Boolean, status: text }

const HANDLE = /^(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

const identity = part(Schema.Struct({ handle: text }))

/** A handle as its protocol allows it, in lower case. */
const handleOf = (given: { readonly handle?: string | null } | null | undefined): string | null => {
  const handle = given?.handle ?? ""
  return HANDLE.test(handle) && handle.toLowerCase() !== "handle.invalid" ? handle.toLowerCase() : null
}

const V1Commit = Schema.Struct({ did, time_us: micros, commit: Schema.Struct(commit) })
const V1Account = Schema.Struct({ did, time_us: micros, account: Schema.Struct(account) })
const V1Identity = Schema.Struct({ did, time_us: micros, identity })
const times = { time: Schema.String, witnessedAt: Schema.optionalKey(Schema.String) }
const V2Commit = Schema.Struct({ seq, did, ...times, ...commit })
const V2Account = Schema.Struct({ seq, did, ...times, account: Schema.Struct(account) })
const V2Identity = Schema.Struct({ seq, did, ...times, identity })
const V2Other = Schema.Struct({ seq, ...times })

const decodeV1Commit = Schema.decodeUnknownOption(V1Commit)
const decodeV1Account = Schema.decodeUnknownOption(V1Account)
const decodeV1Identity = Schema.decodeUnknownOption(V1Identity)
const decodeV2Commit = Schema.decodeUnknownOption(V2Commit)
const decodeV2Account = Schema.decodeUnknownOption(V2Account)
const decodeV2Identity = Schema.decodeUnknownOption(V2Identity)
const decodeV2Other = Schema.decodeUnknownOption(V2Other)
const isMicros = Schema.is(micros)

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/

/** RFC 3339 with microseconds, as unix microseconds, or null. */
export const microsOf = (text: string): number | null => {
  const parts = TIME.exec(text)
  if (parts === null) return null
  const us = Date.parse(`${parts[1]}${parts[3]}`) * 1_000 + Number((parts[2] ?? "").padEnd(6, "0").slice(0, 6))
  return isMicros(us) ? us : null
}

const v2Time = (payload: { readonly time: string; readonly witnessedAt?: string }) => microsOf(payload.witnessedAt ?? payload.time)

const asRecord = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null
const asText = (value: unknown) => (typeof value === "string" ? value.slice(0, 300) : "")

const v1 = (body: Record<string, unknown>): Frame => {
  switch (body["kind"]) {
    case "commit":
      return Option.match(decodeV1Commit(body), {
        onNone: () => unreadable("malformed"),
        onSome: ({ did, time_us, commit }): Frame => ({
          _tag: "Commit",
          seq: null,
          timeUs: time_us,
          did,
          ...commit,
          record: commit.record,
          cid: commit.cid ?? null,
        }),
      })
    case "account":
      return Option.match(decodeV1Account(body), {
        onNone: () => unreadable("malformed"),
        onSome: ({ did, time_us, account }): Frame => ({
          _tag: "Account",
          seq: null,
          timeUs: time_us,
          did,
          active: account.active,
          status: account.status ?? null,
        }),
      })
    case "identity":
      return Option.match(decodeV1Identity(body), {
        onNone: () => unreadable("malformed"),
        onSome: ({ did, time_us, identity }): Frame => ({ _tag: "Identity", seq: null, timeUs: time_us, did, handle: handleOf(identity) }),
      })
    default:
      return unreadable("unknown-kind")
  }
}

const v2 = (payload: Record<string, unknown>): Frame => {
  const type = asText(payload["$type"])
  const kind = type.slice(type.lastIndexOf("#") + 1)
  const at = <A extends { readonly seq: number; readonly time: string; readonly witnessedAt?: string }>(
    decoded: Option.Option<A>,
    frame: (value: A, position: Position) => Frame,
  ): Frame => {
    if (Option.isNone(decoded)) return unreadable("malformed")
    const timeUs = v2Time(decoded.value)
    return timeUs === null ? unreadable("malformed") : frame(decoded.value, { seq: decoded.value.seq, timeUs })
  }
  switch (kind) {
    case "commit":
      return at(decodeV2Commit(payload), ({ did, operation, collection, rkey, record, cid }, position) => ({
        _tag: "Commit",
        ...position,
        did,
        operation,
        collection,
        rkey,
        record,
        cid: cid ?? null,
      }))
    case "account":
      return at(decodeV2Account(payload), ({ did, account }, position) => ({
        _tag: "Account",
        ...position,
        did,
        active: account.active,
        status: account.status ?? null,
      }))
    case "identity":
      return at(decodeV2Identity(payload), ({ did, identity }, position) => ({
        _tag: "Identity",
        ...position,
        did,
        handle: handleOf(identity),
      }))
    case "sync":
      return at(decodeV2Other(payload), (_, position) => ({ _tag: "Other", kind, ...position }))
    case "info":
      return { _tag: "Info", name: asText(payload["name"]), message: asText(payload["message"]) }
    default:
      return unreadable("unknown-kind")
  }
}

/** Reads a frame of either version of Jetstream. */
export const parseFrame = (text: string): Frame => {
  let body: Record<string, unknown> | null
  try {
    body = asRecord(JSON.parse(text))
  } catch {
    return unreadable("malformed")
  }
  if (body === null) return unreadable("malformed")
  const payload = asRecord(body["payload"])
  if (body["$type"] === "message") return payload === null ? unreadable("malformed") : v2(payload)
  if (body["$type"] === "error" || typeof body["error"] === "string")
    return { _tag: "Error", name: asText(payload?.["error"] ?? body["error"]), message: asText(payload?.["message"] ?? body["message"]) }
  return v1(body)
}
