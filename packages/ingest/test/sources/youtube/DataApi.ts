import { type Answer, json, scripted } from "../../Harness.ts"

export interface FakeVideo {
  readonly id: string
  readonly publishedAt: number
  views?: number
  likes?: number
  /** Shown count of comments; by default that of its threads. Null = none is shown. */
  count?: number | null
  gone?: boolean
  channel?: string
}

export interface FakeComment {
  readonly id: string
  readonly publishedAt: number
  text?: string
  likes?: number
  replies?: Array<FakeComment>
}

export const fault = (status: number, reason: string, message = reason): Response =>
  json({ error: { code: status, message, errors: [{ message, domain: "youtube", reason }] } }, { status })

const iso = (time: number) => new Date(time).toISOString()

const ALLOWED: Record<string, ReadonlyArray<string>> = {
  videos: ["part", "id", "chart", "regionCode", "maxResults", "pageToken", "key"],
  channels: ["part", "id", "forHandle", "key"],
  playlistItems: ["part", "playlistId", "maxResults", "pageToken", "key"],
  search: ["part", "type", "order", "maxResults", "q", "key"],
  comments: ["part", "id", "parentId", "textFormat", "maxResults", "pageToken", "key"],
  commentThreads: ["part", "videoId", "order", "textFormat", "maxResults", "pageToken", "key"],
}

/** The Data API for what is in `world`, page by page; refuses what it does not know. `intercept` answers instead. */
export class DataApi {
  readonly videos = new Map<string, FakeVideo>()
  readonly threads = new Map<string, Array<FakeComment>>()
  chart: Array<string> = []
  uploads: Array<string> = []
  found: Array<string> = []
  pageSize = 100
  intercept: (method: string, url: URL) => Answer = () => undefined
  /** Changes a resource on its way out. */
  spoil: (item: unknown) => unknown = (item) => item
  readonly calls: Array<{ readonly method: string; readonly params: URLSearchParams }> = []
  readonly upstream = scripted((url) => {
    const method = url.pathname.replace("/youtube/v3/", "")
    this.calls.push({ method, params: url.searchParams })
    return this.intercept(method, url) ?? this.#answer(method, url.searchParams)
  })

  video(id: string, publishedAt: number, more: Partial<FakeVideo> = {}): string {
    this.videos.set(id, { id, publishedAt, ...more })
    return id
  }

  count(method?: string): number {
    return this.calls.filter((call) => method === undefined || call.method === method).length
  }

  #answer(method: string, params: URLSearchParams): Answer {
    if (params.get("key") !== "the-key") return fault(400, "keyInvalid", "API key not valid. Please pass a valid API key.")
    for (const name of params.keys()) if (ALLOWED[method]?.includes(name) !== true) return fault(400, "unknownParameter", name)
    switch (method) {
      case "videos":
        return params.get("chart") === null
          ? this.#byId(params.get("id")!.split(","))
          : this.#page(method, this.chart, params, this.#resource)
      case "channels":
        return json({
          kind: "youtube#channelListResponse",
          ...(params.get("id") === "UCone" || params.get("forHandle") === "@one"
            ? { items: [{ id: "UCone", contentDetails: { relatedPlaylists: { uploads: "UUone" } } }] }
            : {}),
        })
      case "playlistItems":
        if (params.get("playlistId") !== "UUone") return fault(404, "playlistNotFound")
        return this.#page(method, this.uploads, params, (videoId) => ({
          kind: "youtube#playlistItem",
          id: `p${videoId}`,
          contentDetails: { videoId },
        }))
      case "search":
        return this.#page(method, this.found, params, (videoId) => ({
          kind: "youtube#searchResult",
          id: { kind: "youtube#video", videoId },
        }))
      case "comments":
        return this.#comments(params)
      case "commentThreads": {
        const videoId = params.get("videoId")!
        if (this.videos.get(videoId) === undefined) return fault(404, "videoNotFound")
        const threads = [...(this.threads.get(videoId) ?? [])].sort((a, b) => b.publishedAt - a.publishedAt)
        return this.#page(method, threads, params, (thread) => this.#thread(videoId, thread))
      }
    }
    return undefined
  }

  /** Comments by their ids, or the replies of one, a page at a time. */
  #comments(params: URLSearchParams): Answer {
    const parent = params.get("parentId")
    const every = [...this.threads].flatMap(([video, threads]) =>
      threads.flatMap((top) => [{ video, of: top, to: undefined }, ...(top.replies ?? []).map((of) => ({ video, of, to: top.id }))]),
    )
    const ids = new Set((params.get("id") ?? "").split(","))
    const found = parent === null ? every.filter(({ of }) => ids.has(of.id)) : every.filter(({ to }) => to === parent)
    if (parent !== null) return this.#page("comment", found, params, ({ video, of, to }) => this.#comment(video, of, to))
    if (ids.size > 50) return fault(400, "invalidFilters")
    return json({ kind: "youtube#commentListResponse", items: found.map(({ of }) => ({ kind: "youtube#comment", id: of.id })) })
  }

  #byId(ids: ReadonlyArray<string>): Answer {
    if (ids.length > 50) return fault(400, "invalidFilters")
    const items = ids.filter((id) => this.videos.has(id) && this.videos.get(id)!.gone !== true).map((id) => this.spoil(this.#resource(id)))
    return json({ kind: "youtube#videoListResponse", items })
  }

  #page<A>(method: string, all: ReadonlyArray<A>, params: URLSearchParams, resource: (of: A) => unknown): Answer {
    const from = Number(params.get("pageToken") ?? 0)
    const to = from + Math.min(this.pageSize, Number(params.get("maxResults")))
    const kind = `youtube#${method === "videos" ? "video" : method}ListResponse`
    const next = to < all.length ? { nextPageToken: String(to) } : {}
    return json({ kind, items: all.slice(from, to).map((of) => this.spoil(resource(of))), ...next })
  }

  readonly #resource = (id: string): unknown => {
    const { publishedAt, views = 10, likes = 1, count, channel = "Channel One" } = this.videos.get(id)!
    const comments = count === undefined ? (this.threads.get(id) ?? []).reduce((n, { replies = [] }) => n + 1 + replies.length, 0) : count
    return {
      kind: "youtube#video",
      id,
      snippet: { publishedAt: iso(publishedAt), channelId: "UCone", channelTitle: channel, title: `Video ${id}`, description: "About it" },
      statistics: { viewCount: String(views), likeCount: String(likes), ...(comments === null ? {} : { commentCount: String(comments) }) },
    }
  }

  #comment(videoId: string, { id, publishedAt, text = `Text of ${id}`, likes = 0 }: FakeComment, parentId?: string): unknown {
    const parent = parentId === undefined ? {} : { parentId }
    const snippet = { videoId, textDisplay: text, authorDisplayName: "@ada", likeCount: likes, publishedAt: iso(publishedAt), ...parent }
    return { kind: "youtube#comment", id, snippet }
  }

  #thread(videoId: string, thread: FakeComment): unknown {
    const all = (thread.replies ?? []).map((reply) => this.#comment(videoId, reply, thread.id))
    const replies = all.slice(0, 5)
    const snippet = { videoId, topLevelComment: this.#comment(videoId, thread), totalReplyCount: all.length }
    return { kind: "youtube#commentThread", id: thread.id, snippet, ...(replies.length === 0 ? {} : { replies: { comments: replies } }) }
  }
}
