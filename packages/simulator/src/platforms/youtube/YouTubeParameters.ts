import type { Reply } from "../../Protocol.ts"
import * as Errors from "./YouTubeErrors.ts"
import { CHANNEL_PARTS, COMMENT_PARTS, PLAYLIST_ITEM_PARTS, THREAD_PARTS, VIDEO_PARTS, type Parts } from "./YouTubeResources.ts"

const COMMON = ["key", "part", "alt", "fields", "prettyPrint", "quotaUser", "callback", "access_token", "maxResults", "pageToken", "hl"]
export interface Method {
  readonly parts: ReadonlyArray<string>
  readonly parameters: ReadonlyArray<string>
  readonly page: { readonly low: number; readonly usual: number; readonly high: number }
  /** One of these must be there, and only one. */
  readonly filters: ReadonlyArray<string>
}

export const METHODS: Record<string, Method> = {
  channels: {
    parts: CHANNEL_PARTS,
    parameters: ["id", "forHandle", "forUsername", "mine"],
    page: { low: 0, usual: 5, high: 50 },
    filters: ["id", "forHandle", "forUsername"],
  },
  playlistItems: {
    parts: PLAYLIST_ITEM_PARTS,
    parameters: ["id", "playlistId", "videoId"],
    page: { low: 0, usual: 5, high: 50 },
    filters: ["playlistId"],
  },
  videos: {
    parts: VIDEO_PARTS,
    parameters: ["id", "chart", "regionCode", "videoCategoryId", "maxWidth", "maxHeight"],
    page: { low: 1, usual: 5, high: 50 },
    filters: ["id", "chart"],
  },
  commentThreads: {
    parts: THREAD_PARTS,
    parameters: ["id", "videoId", "allThreadsRelatedToChannelId", "order", "searchTerms", "textFormat", "moderationStatus"],
    page: { low: 1, usual: 20, high: 100 },
    filters: ["id", "videoId", "allThreadsRelatedToChannelId"],
  },
  comments: {
    parts: COMMENT_PARTS,
    parameters: ["id", "parentId", "textFormat"],
    page: { low: 1, usual: 20, high: 100 },
    filters: ["id", "parentId"],
  },
  search: {
    parts: ["id", "snippet"],
    parameters: [
      "q", "channelId", "type", "order", "publishedAfter", "publishedBefore", "regionCode", "relevanceLanguage", "safeSearch", "eventType", "topicId",
      "videoCategoryId", "videoDuration", "videoDefinition", "videoCaption", "videoDimension", "videoEmbeddable", "videoLicense", "videoSyndicated", "videoType", "channelType", "location", "locationRadius",
    ], // prettier-ignore
    page: { low: 0, usual: 5, high: 50 },
    filters: [],
  },
}

/** What a call asks for, read from its parameters. */
export interface Question {
  readonly query: URLSearchParams
  readonly parts: Parts
  readonly size: number
  readonly offset: number
}

export const tokenOf = (offset: number): string => Buffer.from(`EAAa:${offset}`).toString("base64url")
const offsetOf = (token: string | null): number | null => {
  if (token === null || token === "") return 0
  const offset = /^EAAa:(\d{1,6})$/.exec(Buffer.from(token, "base64url").toString("latin1"))?.[1]
  return offset === undefined || tokenOf(Number(offset)) !== token ? null : Number(offset)
}

/** What is wrong with the parameters, or what they ask for. */
export const read = (method: Method, query: URLSearchParams): Reply | Question => {
  for (const name of query.keys()) if (!COMMON.includes(name) && !method.parameters.includes(name)) return Errors.unknownParameter(name)
  const given = query.get("part") ?? ""
  if (given === "") return Errors.missingParameter("part")
  const parts = new Set(given.split(",").map((part) => part.trim()))
  for (const part of parts) if (!method.parts.includes(part)) return Errors.unknownPart(part)
  const filters = method.filters.filter((name) => (query.get(name) ?? "") !== "")
  if (method.filters.length > 0 && filters.length === 0) return Errors.noFilter(method.filters)
  if (filters.length > 1) return Errors.incompatible(filters)
  const { low, usual, high } = method.page
  const size = query.get("maxResults") ?? String(usual)
  if (!/^\d{1,9}$/.test(size) || Number(size) < low || Number(size) > high)
    return Errors.invalidValue("maxResults", size, `Values must be within the range: [${low}, ${high}]`)
  const offset = offsetOf(query.get("pageToken"))
  return offset === null ? Errors.invalidPageToken() : { query, parts, size: Number(size), offset }
}
