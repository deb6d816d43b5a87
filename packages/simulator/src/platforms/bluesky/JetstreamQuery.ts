import type { BlueskyFeed, JetstreamEvent } from "../../world/Feeds.ts"
import { DICTIONARY_ID } from "./JetstreamZstd.ts"

/** Rules of the `subscribe` endpoints, after github.com/bluesky-social/jetstream (`internal/subscribe`, `lexicons/`). */

export type Version = 1 | 2

export interface Subscription {
  readonly kinds: ReadonlySet<string> | null
  readonly dids: ReadonlySet<string> | null
  readonly collections: { readonly exact: ReadonlySet<string>; readonly prefixes: ReadonlyArray<string> } | null
  readonly maxMessageSizeBytes: number
  /** Whether frames come as binary messages, compressed. */
  readonly isCompressed: boolean
}

export interface Refusal {
  readonly error: "InvalidRequest" | "CursorTooOld" | "UnknownZstdDictionary"
  readonly message: string
}

const invalid = (message: string): Refusal => ({ error: "InvalidRequest", message })
export const isRefusal = (value: object): value is Refusal => "error" in value

const MOST_COLLECTIONS = 100
const MOST_DIDS = 10_000
const KINDS = new Set(["commit", "identity", "account", "sync"])
const V2 = new Set(["cursor", "kinds", "collections", "dids", "maxMessageSizeBytes", "zstdDictionary"])
const LEGACY: Record<string, string> = {
  wantedDids: "wantedDids is the legacy /subscribe parameter; use dids",
  wantedCollections: "wantedCollections is the legacy /subscribe parameter; use collections",
  requireHello: "requireHello is not supported on this endpoint; it is server-push only",
  compress: "compress is the legacy /subscribe parameter; use zstdDictionary",
}
const NSID = /^[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+\.[a-zA-Z][a-zA-Z0-9]{0,62}$/
const DID = /^did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]$/

const collectionFilter = (values: ReadonlyArray<string>, version: Version): Subscription["collections"] | Refusal => {
  if (values.length === 0) return null
  if (version === 2 && values.length > MOST_COLLECTIONS)
    return invalid(`too many collections values: ${values.length} > ${MOST_COLLECTIONS}`)
  const exact = new Set<string>()
  const prefixes = new Set<string>()
  for (const value of values) {
    if (value.endsWith(".*")) {
      if (version === 2 && !NSID.test(`${value.slice(0, -2)}.x`)) return invalid(`invalid collection wildcard: ${value}`)
      prefixes.add(value.slice(0, -1))
    } else if (NSID.test(value)) exact.add(value)
    else return invalid(`invalid collection: ${value}`)
  }
  if (exact.size + prefixes.size > MOST_COLLECTIONS) return invalid(`too many wanted collections: > ${MOST_COLLECTIONS}`)
  return { exact, prefixes: [...prefixes] }
}

const didFilter = (values: ReadonlyArray<string>, version: Version): ReadonlySet<string> | null | Refusal => {
  if (values.length === 0) return null
  const wrong = values.find((value) => !DID.test(value))
  if (wrong !== undefined) return invalid(`invalid DID: ${wrong}`)
  const dids = new Set(values)
  const count = version === 2 ? values.length : dids.size
  return count > MOST_DIDS ? invalid(`too many dids values: ${count} > ${MOST_DIDS}`) : dids
}

/** Anything that is no size means no limit: so do the real servers. */
const sizeLimit = (value: string | number | null): number => {
  const size = typeof value === "number" ? value : value !== null && /^\d+$/.test(value) ? Number(value) : 0
  return size > 0 && size <= 4_294_967_295 ? size : 0
}

export const filterFrom = (
  version: Version,
  given: { readonly collections: ReadonlyArray<string>; readonly dids: ReadonlyArray<string>; readonly size: string | number | null },
): Omit<Subscription, "kinds" | "isCompressed"> | Refusal => {
  const collections = collectionFilter(given.collections, version)
  if (collections !== null && isRefusal(collections)) return collections
  const dids = didFilter(given.dids, version)
  if (dids !== null && isRefusal(dids)) return dids
  return { collections, dids, maxMessageSizeBytes: sizeLimit(given.size) }
}

export const readV1 = (query: URLSearchParams): Subscription | Refusal => {
  if (query.get("compress") === "true") return invalid("compression is not supported here: remove compress=true")
  const filter = filterFrom(1, {
    collections: query.getAll("wantedCollections"),
    dids: query.getAll("wantedDids"),
    size: query.get("maxMessageSizeBytes"),
  })
  return isRefusal(filter) ? filter : { ...filter, kinds: null, isCompressed: false }
}

/** Stricter than the real server in one point: it ignores parameters that it does not know, here they are refused, so that a slip shows. */
export const readV2 = (query: URLSearchParams): Subscription | Refusal => {
  for (const name of query.keys()) {
    if (name in LEGACY) return invalid(LEGACY[name]!)
    if (!V2.has(name)) return invalid(`unknown parameter ${name}`)
  }
  const kinds = query.getAll("kinds")
  if (kinds.length > 4) return invalid(`too many kinds values: ${kinds.length} > 4`)
  const strange = kinds.find((kind) => !KINDS.has(kind))
  if (strange !== undefined) return invalid(`unknown kind "${strange}" (valid: commit, identity, account, sync)`)
  const dictionary = query.get("zstdDictionary")
  if (dictionary !== null && !/^[1-9]\d*$/.test(dictionary)) return invalid("zstdDictionary must be a positive integer")
  if (dictionary !== null && Number(dictionary) !== DICTIONARY_ID)
    return { error: "UnknownZstdDictionary", message: `unknown zstd dictionary ${dictionary}; the current one is ${DICTIONARY_ID}` }
  const filter = filterFrom(2, {
    collections: query.getAll("collections"),
    dids: query.getAll("dids"),
    size: query.get("maxMessageSizeBytes"),
  })
  if (isRefusal(filter)) return filter
  if (filter.collections !== null && kinds.length > 0 && !kinds.includes("commit"))
    return invalid("collections filter can never apply: kinds excludes commit")
  return { ...filter, kinds: kinds.length === 0 ? null : new Set(kinds), isCompressed: dictionary !== null }
}

/** Likes and reposts are many: only who names them gets them (the real servers send everything when nothing is named). */
const ASKED_ONLY = new Set(["app.bsky.feed.like", "app.bsky.feed.repost"])

export const wants = (subscription: Subscription, event: JetstreamEvent): boolean => {
  if (subscription.kinds !== null && !subscription.kinds.has(event.kind)) return false
  if (subscription.dids !== null && !subscription.dids.has(event.did)) return false
  if (event.kind !== "commit") return true
  const { collections } = subscription
  if (collections === null) return !ASKED_ONLY.has(event.collection)
  return collections.exact.has(event.collection) || collections.prefixes.some((prefix) => event.collection.startsWith(prefix))
}

/** Below this a cursor is a sequence number, from it on unix microseconds. */
const FIRST_TIME = 1e15
const V1_LOOKBACK_US = 36 * 3600 * 1e6

export interface Start {
  readonly seq: number
  readonly info: { readonly name: "OutdatedCursor" | "FutureCursor"; readonly message: string } | null
}

/** Where a cursor begins: inclusive. `now` in unix microseconds. */
export const start = (version: Version, raw: string | null, feed: BlueskyFeed, now: number): Start | Refusal => {
  const next = feed.nextSeq()
  if (raw === null || raw === "") return { seq: next, info: null }
  if (!/^\d{1,18}$/.test(raw)) return invalid(`invalid cursor: "${raw}"`)
  const cursor = Number(raw)
  const oldest = version === 2 ? feed.floorTime() : Math.max(feed.floorTime(), now - V1_LOOKBACK_US)
  const floor = feed.seqAt(oldest)
  if (cursor < FIRST_TIME) {
    if (cursor > next) {
      const message = `cursor ${cursor} is beyond the next seq ${next}; starting at the live tip`
      return { seq: next, info: version === 2 ? { name: "FutureCursor", message } : null }
    }
    if (cursor >= floor) return { seq: cursor, info: null }
    if (version === 1) return { seq: floor, info: null }
    return {
      error: "CursorTooOld",
      message: `cursor too old: cursor ${cursor} below lookback floor ${floor}; re-backfill from your last seq`,
    }
  }
  if (cursor > now) return { seq: next, info: null }
  if (cursor >= oldest) return { seq: feed.seqAt(cursor), info: null }
  const message = `cursor ${cursor} is older than what is kept; resuming from seq ${floor}`
  return { seq: floor, info: version === 2 ? { name: "OutdatedCursor", message } : null }
}
