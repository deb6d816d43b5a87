import type { Faults } from "../../faults/Faults.ts"
import type { YouTubeFeed } from "../../world/Feeds.ts"
import { json, type Protocol, type Reply } from "../../Protocol.ts"
import { uploadsOf } from "./VideoIds.ts"
import * as Errors from "./YouTubeErrors.ts"
import { API_KEY, quota, type YouTubeOptions } from "./YouTubeQuota.ts"
import { METHODS, read, tokenOf, type Question } from "./YouTubeParameters.ts"
import {
  channelResource,
  channelResult,
  commentResource,
  etagOf,
  playlistItemResource,
  searchResource,
  threadResource,
  videoResource,
} from "./YouTubeResources.ts"

export { API_KEY, type YouTubeOptions } from "./YouTubeQuota.ts"

const MOST_IDS = 50
const MOST_FOUND = 500
const MOST_UPLOADS = 20_000

interface Call extends Question {
  readonly feed: YouTubeFeed
}

const list = (kind: string, items: ReadonlyArray<unknown>, info: Readonly<Record<string, unknown>>): Reply =>
  json({ kind: `youtube#${kind}ListResponse`, etag: etagOf(items), ...info, items })

const defined = <A>(values: ReadonlyArray<A | null>): ReadonlyArray<A> => values.filter((each) => each !== null)
const ids = (query: URLSearchParams, name = "id") => [...new Set((query.get(name) ?? "").split(",").filter((each) => each !== ""))]

/** One page of `all`, written by `write`. A page that begins past the end is empty. */
const paged = <A>(
  kind: string,
  all: ReadonlyArray<A>,
  { size, offset }: Call,
  write: (each: A, index: number) => unknown,
  more = {},
): Reply => {
  const next = offset + size < all.length && size > 0 ? { nextPageToken: tokenOf(offset + size) } : {}
  const previous = offset > 0 ? { prevPageToken: tokenOf(Math.max(0, offset - size)) } : {}
  const items = all.slice(offset, offset + size).map((each, index) => write(each, offset + index))
  return list(kind, items, { ...next, ...previous, ...more, pageInfo: { totalResults: all.length, resultsPerPage: size } })
}

const channelsList = ({ feed, query, parts, size }: Call): Reply => {
  const wanted = ids(query)
  const handle = (query.get("forHandle") ?? query.get("forUsername"))?.replace(/^@?/, "@").toLowerCase()
  const found = feed.channels.filter(({ id, handle: own }) => (handle === undefined ? wanted.includes(id) : own === handle))
  const pageInfo = { totalResults: found.length, resultsPerPage: size }
  // Where nothing is found there are no `items` at all.
  if (found.length === 0) return json({ kind: "youtube#channelListResponse", etag: etagOf([]), pageInfo })
  return list(
    "channel",
    found.map((each) => channelResource(each, feed.uploads(each.id, MOST_UPLOADS).length, parts)),
    { pageInfo },
  )
}

const playlistItemsList = (call: Call): Reply => {
  const { feed, query, parts } = call
  const channel = feed.channels.find(({ id }) => uploadsOf(id) === query.get("playlistId"))
  if (channel === undefined) return Errors.playlistNotFound()
  return paged("playlistItem", feed.uploads(channel.id, MOST_UPLOADS), call, (id, n) => playlistItemResource(feed.video(id)!, n, parts))
}

const videosList = (call: Call): Reply => {
  const { feed, query, parts } = call
  const chart = query.get("chart")
  if (chart !== null) {
    if (chart !== "mostPopular") return Errors.invalidValue("chart", chart, "Allowed values: [mostPopular]")
    const category = query.get("videoCategoryId")
    const popular = defined(feed.popular().map(feed.video)).filter(
      (each) => category === null || category === "0" || each.category === category,
    )
    return paged("video", popular, call, (video) => videoResource(video, parts))
  }
  const wanted = ids(query)
  if (wanted.length > MOST_IDS) return Errors.tooManyIds()
  const found = defined(wanted.map(feed.video))
  return list(
    "video",
    found.map((video) => videoResource(video, parts)),
    { pageInfo: { totalResults: found.length, resultsPerPage: found.length } },
  )
}

const plainText = (query: URLSearchParams): boolean | Reply => {
  const format = query.get("textFormat") ?? "html"
  if (format !== "html" && format !== "plainText") return Errors.invalidValue("textFormat", format, "Allowed values: [html, plainText]")
  return format === "plainText"
}

const threadsList = (call: Call): Reply => {
  const { feed, query, parts, size } = call
  const plain = plainText(query)
  if (typeof plain !== "boolean") return plain
  const order = query.get("order") ?? "time"
  if (order !== "time" && order !== "relevance") return Errors.invalidValue("order", order, "Allowed values: [time, relevance]")
  const words = (query.get("searchTerms") ?? "").toLowerCase()
  const videoId = query.get("videoId")
  const channelId = query.get("allThreadsRelatedToChannelId")
  const video = videoId === null ? null : feed.video(videoId)
  if (videoId !== null && video === null) return Errors.videoNotFound()
  if (video?.comments === null) return Errors.commentsDisabled()
  const all =
    video !== null
      ? feed.threads(video.id)
      : channelId !== null
        ? feed.uploads(channelId, 50).flatMap(feed.threads)
        : defined(ids(query).slice(0, MOST_IDS).map(feed.comment)).filter(({ parent }) => parent === null)
  const fitting = all.filter(({ text }) => text.toLowerCase().includes(words))
  const ordered = order === "time" ? fitting : fitting.toSorted((a, b) => b.likes + b.replies - a.likes - a.replies)
  const write = (top: (typeof all)[number]) =>
    threadResource(top, feed.replies(top.id), feed.video(top.video)?.channel.id ?? "", plain, parts)
  const reply = paged("commentThread", ordered, call, write)
  // Here `totalResults` is what is on this page.
  const page = JSON.parse(String(reply.body)) as { items: ReadonlyArray<unknown>; prevPageToken?: string }
  delete page.prevPageToken
  return json({ ...page, pageInfo: { totalResults: page.items.length, resultsPerPage: size } })
}

const commentsList = (call: Call): Reply => {
  const { feed, query, parts } = call
  const plain = plainText(query)
  if (typeof plain !== "boolean") return plain
  const parent = query.get("parentId")
  const all = parent === null ? defined(ids(query).slice(0, MOST_IDS).map(feed.comment)) : feed.replies(parent)
  return paged("comment", all, call, (each) => commentResource(each, feed.video(each.video)?.channel.id ?? "", plain, parts))
}

const searchList = (call: Call): Reply => {
  const { feed, query, parts } = call
  const date = (name: string, fallback: number) => (query.get(name) === null ? fallback : Date.parse(query.get(name)!))
  const [since, until] = [date("publishedAfter", 0), date("publishedBefore", Infinity)]
  if (Number.isNaN(since)) return Errors.invalidValue("publishedAfter", query.get("publishedAfter")!, "Values must be RFC 3339 date-times.")
  if (Number.isNaN(until))
    return Errors.invalidValue("publishedBefore", query.get("publishedBefore")!, "Values must be RFC 3339 date-times.")
  const order = query.get("order") ?? "relevance"
  if (!["date", "rating", "relevance", "title", "videoCount", "viewCount"].includes(order))
    return Errors.invalidValue("order", order, "Allowed values: [date, rating, relevance, title, videoCount, viewCount]")
  const words = (query.get("q") ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
  const fits = (text: string) => words.every((word) => text.toLowerCase().includes(word))
  const region = { regionCode: query.get("regionCode") ?? "US" }
  if (query.get("type") === "channel") {
    const found = feed.channels.filter(({ title, about }) => fits(`${title} ${about}`))
    return paged("search", found, call, (each) => channelResult(each, parts), region)
  }
  const found = defined(feed.uploads(query.get("channelId"), MOST_UPLOADS, since).map(feed.video)).filter(
    ({ title, description, tags, published }) => published < until && fits(`${title} ${description} ${tags.join(" ")}`),
  )
  const ordered = order === "date" ? found : found.toSorted((a, b) => b.views - a.views)
  return paged("search", ordered.slice(0, MOST_FOUND), call, (each) => searchResource(each, parts), region)
}

const CALLS: Record<string, (call: Call) => Reply> = {
  channels: channelsList,
  playlistItems: playlistItemsList,
  videos: videosList,
  commentThreads: threadsList,
  comments: commentsList,
  search: searchList,
}

/** The Data API v3 (https://developers.google.com/youtube/v3/docs) under `/youtube/v3`. */
export const youTube = (open: () => YouTubeFeed, faults: Faults, now: () => number, options: YouTubeOptions = {}): Protocol => {
  const budget = quota(faults, now, options)
  return {
    name: "youtube",
    http: (url, { headers }) => {
      const name = /^\/youtube\/v3\/(\w+)$/.exec(url.pathname)?.[1] ?? ""
      const [method, answer] = [METHODS[name], CALLS[name]]
      if (method === undefined || answer === undefined) return null
      if ((headers["x-goog-api-key"] ?? url.searchParams.get("key")) !== (options.key ?? API_KEY)) return Errors.keyInvalid()
      if (!budget.spend(name === "search")) return Errors.quotaExceeded()
      const call = read(method, url.searchParams)
      return "status" in call ? call : answer({ feed: open(), ...call })
    },
  }
}
