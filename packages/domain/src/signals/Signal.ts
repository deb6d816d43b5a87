import { Effect, Schema } from "effect"
import { Platform } from "./Platform.ts"
import { BODY_LIMIT, TITLE_LIMIT } from "./Text.ts"
import { Timestamp } from "../Time.ts"

/** Version of the records on the bus. A consumer stalls on a newer one: an old replica in an upgrade. */
export const SCHEMA_VERSION = 1

/** `<platform>:<native id>`. */
export const SignalId = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9]{0,31}:[^\s\p{Cc}]{1,900}$/u)).pipe(Schema.brand("SignalId"))
export type SignalId = typeof SignalId.Type

export const signalId = (platform: string, nativeId: string | number): SignalId => SignalId.make(`${platform}:${nativeId}`)

/** What the platform itself calls it. */
export const nativeOf = (id: SignalId): string => id.slice(id.indexOf(":") + 1)

/** The author that an id names, as those of Bluesky do (`bluesky:<did>/<rkey>`); null = it names nobody. */
export const authorIn = (id: SignalId | null): string | null => {
  if (id === null) return null
  const native = nativeOf(id)
  const slash = native.indexOf("/")
  return slash <= 0 ? null : native.slice(0, slash)
}

export const SignalKind = Schema.Literals(["post", "story", "comment", "video"])
export type SignalKind = typeof SignalKind.Type

export const Mode = Schema.Literals(["new", "refresh", "backfill", "replay"])
export type Mode = typeof Mode.Type

export const SignalMeta = Schema.Struct({
  schemaVersion: Schema.Int,
  producer: Schema.String.check(Schema.isMaxLength(100)),
  runId: Schema.String.check(Schema.isMaxLength(100)),
  mode: Mode,
})

const text = (limit: number) => Schema.String.check(Schema.isMaxLength(limit))
const count = Schema.NullOr(Schema.Int)

/** Where the platform shows it: http or https, or empty. One that is neither reads as empty, and costs nothing else of its signal. */
export const Permalink = text(2_048)
  .check(Schema.isPattern(/^(https?:\/\/.*)?$/is))
  .pipe(Schema.catchDecoding(() => Effect.succeedSome("")))

/** One thing that somebody published, as it stood at `observedAt`. Counts are null where the platform has no such count. Times are unix milliseconds. */
export const Signal = Schema.Struct({
  id: SignalId,
  platform: Platform,
  kind: SignalKind,
  parentId: Schema.NullOr(SignalId),
  community: Schema.NullOr(text(200)),
  author: Schema.NullOr(text(300)),
  title: text(TITLE_LIMIT),
  body: text(BODY_LIMIT),
  url: Schema.NullOr(text(2_048).check(Schema.isPattern(/^https?:\/\//i))),
  permalink: Permalink,
  language: Schema.NullOr(text(16)),
  score: count,
  comments: count,
  upvoteRatio: Schema.NullOr(Schema.Finite),
  reposts: count,
  views: count,
  publishedAt: Timestamp,
  observedAt: Timestamp,
  flair: Schema.NullOr(text(200)),
  meta: SignalMeta,
})
export type Signal = typeof Signal.Type
