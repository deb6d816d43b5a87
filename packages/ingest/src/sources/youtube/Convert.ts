import { Platform } from "@signalflow/domain/signals/Platform"
import { SCHEMA_VERSION, type Signal, signalId, type SignalKind } from "@signalflow/domain/signals/Signal"
import { BODY_LIMIT, storable, TITLE_LIMIT } from "@signalflow/domain/signals/Text"
import { isTimestamp } from "@signalflow/domain/Time"
import { Option, Schema } from "effect"
import { list, natural, part, text } from "../../convert/Lenient.ts"
import { type Converted, drop, event, type Observation } from "../../convert/Converted.ts"

export const platform = Platform.make("youtube")

/** Native ids as they go into URLs and signal ids. */
const NativeId = Schema.String.check(Schema.isPattern(/^[\w.=-]{1,200}$/))
const id = part(NativeId)
/** Statistics are numbers written as strings; comments have numbers. */
const count = natural()
const views = natural(Number.MAX_SAFE_INTEGER)

const Video = Schema.Struct({
  id: NativeId,
  snippet: Schema.Struct({
    publishedAt: Schema.String,
    channelId: text,
    channelTitle: text,
    title: text,
    description: text,
    defaultAudioLanguage: text,
    defaultLanguage: text,
  }),
  statistics: part(Schema.Struct({ viewCount: views, likeCount: count, commentCount: count })),
})

const Comment = Schema.Struct({
  id: NativeId,
  snippet: Schema.Struct({
    videoId: id,
    parentId: id,
    channelId: text,
    textDisplay: text,
    textOriginal: text,
    authorDisplayName: text,
    authorChannelId: part(Schema.Struct({ value: text })),
    likeCount: count,
    publishedAt: Schema.String,
  }),
})

const Thread = Schema.Struct({
  snippet: Schema.Struct({ videoId: id, topLevelComment: Schema.Unknown, totalReplyCount: count }),
  replies: part(Schema.Struct({ comments: list })),
})

const decodeVideo = Schema.decodeUnknownOption(Video)
const decodeComment = Schema.decodeUnknownOption(Comment)
const decodeThread = Schema.decodeUnknownOption(Thread)

const DAY = 86_400_000
const clean = (given: string | null | undefined, limit: number): string => storable((given ?? "").slice(0, limit * 2).trim(), limit)
const languageOf = (given: string | null | undefined): string | null =>
  given !== null && given !== undefined && given.length <= 16 && /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(given) && given !== "zxx"
    ? given
    : null

type Facts = Pick<
  Signal,
  "parentId" | "community" | "author" | "title" | "body" | "language" | "score" | "comments" | "views" | "permalink"
>

const observed = (id: string, kind: SignalKind, published: string, facts: Facts, how: Observation): Converted => {
  const publishedAt = Date.parse(published)
  if (!isTimestamp(publishedAt) || publishedAt > how.observedAt + DAY) return drop("bad-time")
  // A comment may be a sticker without words; a video always has a title.
  if (kind === "video" && facts.title === "") return drop("no-text")
  const signal: Signal = {
    id: signalId(platform, id),
    platform,
    kind,
    ...facts,
    url: null,
    upvoteRatio: null,
    reposts: null,
    publishedAt,
    observedAt: how.observedAt,
    flair: null,
    meta: { schemaVersion: SCHEMA_VERSION, producer: "ingest/youtube", runId: how.runId, mode: how.mode },
  }
  return event({ _tag: "Observed", signal })
}

/** A `youtube#video` with its snippet and statistics. A count that its channel hides is null; without `commentCount` comments are off. */
export const convertVideo = (body: unknown, how: Observation): Converted => {
  const decoded = decodeVideo(body)
  if (Option.isNone(decoded)) return drop("malformed")
  const { id, snippet, statistics } = decoded.value
  const channel = clean(snippet.channelTitle, 200) || clean(snippet.channelId, 200) || null
  const facts: Facts = {
    parentId: null,
    community: channel,
    author: channel,
    title: clean(snippet.title, TITLE_LIMIT),
    body: clean(snippet.description, BODY_LIMIT),
    language: languageOf(snippet.defaultAudioLanguage) ?? languageOf(snippet.defaultLanguage),
    score: statistics?.likeCount ?? null,
    comments: statistics?.commentCount ?? null,
    views: statistics?.viewCount ?? null,
    permalink: `https://www.youtube.com/watch?v=${id}`,
  }
  return observed(id, "video", snippet.publishedAt, facts, how)
}

/** Where a comment stands; what it says itself goes before. */
export interface Place {
  readonly videoId?: string
  readonly community?: string | null
  readonly replies?: number | null
}

/** A `youtube#comment`: a reply carries its `parentId`, the top of a thread is a comment on the video. Its text was asked for as plain text. */
export const convertComment = (body: unknown, how: Observation, place: Place = {}): Converted => {
  const decoded = decodeComment(body)
  if (Option.isNone(decoded)) return drop("malformed")
  const { id, snippet } = decoded.value
  const videoId = snippet.videoId ?? place.videoId
  const parent = snippet.parentId ?? videoId
  const facts: Facts = {
    parentId: parent === undefined || parent === null ? null : signalId(platform, parent),
    community: (place.community ?? clean(snippet.channelId, 200)) || null,
    author: clean(snippet.authorDisplayName, 300) || clean(snippet.authorChannelId?.value, 300) || null,
    title: "",
    body: clean(snippet.textOriginal ?? snippet.textDisplay, BODY_LIMIT),
    language: null,
    score: snippet.likeCount ?? null,
    comments: (snippet.parentId ?? null) === null ? (place.replies ?? null) : null,
    views: null,
    permalink: `https://www.youtube.com/watch?${videoId === undefined ? "" : `v=${videoId}&`}lc=${id}`,
  }
  return observed(id, "comment", snippet.publishedAt, facts, how)
}

/** One part of a thread, with the body that it was made from. */
export interface Part {
  readonly body: unknown
  readonly converted: Converted
}

/** A `youtube#commentThread`: its top comment, then the replies that came along, oldest first. */
export const convertThread = (body: unknown, how: Observation, community: string | null = null): ReadonlyArray<Part> => {
  const decoded = decodeThread(body)
  if (Option.isNone(decoded)) return [{ body, converted: drop("malformed") }]
  const { snippet, replies } = decoded.value
  const place = { ...(typeof snippet.videoId === "string" ? { videoId: snippet.videoId } : {}), community }
  const top = convertComment(snippet.topLevelComment, how, { ...place, replies: snippet.totalReplyCount ?? null })
  const parts: Array<Part> = [{ body: snippet.topLevelComment, converted: top }]
  for (const reply of [...(replies?.comments ?? [])].reverse()) parts.push({ body: reply, converted: convertComment(reply, how, place) })
  return parts
}

const Named = Schema.Struct({ videoId: NativeId })
/** A search result names a video by its id, a playlist item in either of its parts. */
const Listed = Schema.Union([
  Schema.Struct({ contentDetails: Named }),
  Schema.Struct({ id: Named }),
  Schema.Struct({ snippet: Schema.Struct({ resourceId: Named }) }),
])
const decodeListed = Schema.decodeUnknownOption(Listed)

/** Id of the video that a playlist item or a search result names, or null. */
export const videoIdOf = (body: unknown): string | null =>
  Option.match(decodeListed(body), {
    onNone: () => null,
    onSome: (item) => ("id" in item ? item.id : "snippet" in item ? item.snippet.resourceId : item.contentDetails).videoId,
  })

const Uploads = Schema.Struct({
  contentDetails: Schema.Struct({
    relatedPlaylists: Schema.Struct({ uploads: Schema.String.check(Schema.isPattern(/^[\w-]{1,100}$/)) }),
  }),
})
const decodeUploads = Schema.decodeUnknownOption(Uploads)

/** Id of the playlist that a `youtube#channel` puts its videos into, or null. */
export const uploadsOf = (body: unknown): string | null =>
  Option.match(decodeUploads(body), { onNone: () => null, onSome: ({ contentDetails }) => contentDetails.relatedPlaylists.uploads })
