import type { HackerNewsFeed } from "../../world/Feeds.ts"
import type { Protocol, Reply } from "../../Protocol.ts"
import { hashText } from "../../Random.ts"

const PATH = "/feeds/stories.rss"
/** A site that wants to be read seldom shows its last days; this one shows what a few minutes of a busy test bring. */
const SHOWN = 300

const escaped = (text: string): string =>
  text.replace(/[<>&"]/g, (char) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[char]!)

/** What a reader knows an entry by. */
export const guidOf = (id: number): string => `https://news.example/item?id=${id}`

const unchanged = (etag: string): Reply => ({ status: 304, body: "", type: "text/plain", headers: { etag } })

/** An RSS 2.0 feed of the newest stories, with validators for conditional requests (RFC 9110, section 13). */
export const syndication = (feed: HackerNewsFeed): Protocol => ({
  name: "feed",
  http: ({ pathname }, { headers }) => {
    if (pathname !== PATH) return null
    const stories = feed
      .ranked("new")
      .slice(0, SHOWN)
      .flatMap((id) => feed.item(id) ?? [])
    const items = stories.map(({ id, title = "", text = "", time, by }) => {
      const link = escaped(guidOf(id))
      const author = by === undefined ? "" : `<dc:creator>${escaped(by)}</dc:creator>`
      const about = text === "" ? "" : `<description>${escaped(text)}</description>`
      return `<item><title>${escaped(title)}</title><link>${link}</link><guid>${link}</guid><pubDate>${new Date(time * 1_000).toUTCString()}</pubDate>${author}${about}</item>`
    })
    const etag = `"${hashText(items.join("")).toString(16)}"`
    if (headers["if-none-match"] === etag) return unchanged(etag)
    const body = `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Stories</title><link>https://news.example/</link><description>Newest stories</description>${items.join("")}</channel></rss>`
    return { status: 200, body, type: "application/rss+xml", headers: { etag } }
  },
})
