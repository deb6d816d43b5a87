import { dayFirst, placedAt } from "./Dates.ts"
import { firstOf } from "./Element.ts"
import type { Entry, FeedDocument } from "./Entry.ts"
import { entryOf, feedAuthorOf, linkOf, textOfElement } from "./Items.ts"
import { readJson } from "./JsonItems.ts"
import { lineOf } from "./Text.ts"
import { Unreadable } from "./Unreadable.ts"
import { readXml } from "./XmlFeed.ts"

/** A batch holds at most 500 events; of a longer document the newest items are read. */
const MOST_ITEMS = 500

/** The newest items; what has no date comes first, in the order of the document. */
const newest = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  if (entries.length <= MOST_ITEMS) return entries
  const order = (entry: Entry) => entry.at ?? Infinity
  return entries.toSorted((a, b) => (order(a) === order(b) ? 0 : order(b) - order(a))).slice(0, MOST_ITEMS)
}

/** Whether `3/4/2025` is the third of April in this feed: one date that can only be one of both tells for all, else the language. */
const putsDayFirst = ({ entries, language }: Pick<FeedDocument, "entries" | "language">): boolean => {
  for (const { published } of entries) {
    const told = dayFirst(published)
    if (told !== null) return told
  }
  return language !== null && !/^en(?:[-_]us)?$/i.test(language)
}

const NO_FEED = "something that is neither RSS, Atom nor JSON Feed"

/** Documents that people take for feeds. */
const otherOf = (text: string): string => {
  const root = /^[^<]{0,1000}(?:<[?!][^>]{0,1000}>[^<]{0,1000}){0,9}<(opml|urlset|sitemapindex)\b/i.exec(text)?.[1]?.toLowerCase()
  if (root === "opml") return `${NO_FEED}: a list of feeds (OPML); add the feeds in it one by one`
  if (root !== undefined) return `${NO_FEED}: a sitemap; add the feed of the site`
  if (/^[\s\ufeff]*[[{]/.test(text)) return `${NO_FEED}: JSON without the items of a feed`
  return text.trim() === "" ? `${NO_FEED}: an empty document` : NO_FEED
}

const webPage = (text: string, alternates: ReadonlyArray<string>, url: string): Unreadable => {
  const title = lineOf({ value: /<title[^<>]{0,200}>([^<]{1,200})</i.exec(text.slice(0, 50_000))?.[1] ?? "", html: true }, 80)
  const page = title === "" ? "a web page" : `a web page (${JSON.stringify(title)})`
  const feeds = [...new Set(alternates.flatMap((link) => (URL.canParse(link, url) ? [new URL(link, url).href.slice(0, 300)] : [])))]
  if (feeds.length === 0) return new Unreadable(`${NO_FEED}: ${page}, and it links to no feed`)
  const others = feeds.length === 1 ? "" : ` (or ${feeds.slice(1, 3).join(", ")})`
  return new Unreadable(`${NO_FEED}: ${page}; the feed that it links to is ${feeds[0]}${others}`)
}

const read = (text: string, url: string): Omit<FeedDocument, "tooMany"> => {
  const json = /^[\s\ufeff]*[[{]/.test(text) ? readJson(text.replace(/^[\s\ufeff]+/, "")) : null
  if (json !== null) return json
  const entries: Array<Entry> = []
  const found = readXml(text, url, (item, root) => {
    entries.push(entryOf(item, root))
  })
  if (found === null) throw new Unreadable(otherOf(text))
  if ("alternates" in found) {
    const other = otherOf(text)
    throw other === NO_FEED ? webPage(text, found.alternates, url) : new Unreadable(other)
  }
  const { root, channel } = found
  const feedAuthor = feedAuthorOf(channel)
  return {
    title: lineOf(textOfElement(firstOf(channel, "title", "dc:title", "itunes:title"), root), 200),
    link: linkOf(channel),
    language: firstOf(channel, "language", "dc:language")?.text.trim() ?? null,
    entries: feedAuthor === null ? entries : entries.map((entry) => ({ ...entry, author: entry.author ?? feedAuthor })),
  }
}

/** The feed that a text holds, RSS 0.9 to 2.0, RDF, Atom or JSON Feed; throws an `Unreadable` that says what is wrong. */
export const parseDocument = (text: string, host: string, url = `https://${host}/`): FeedDocument => {
  try {
    const document = read(text, url)
    const isDayFirst = putsDayFirst(document)
    const entries = newest(document.entries.map((entry) => ({ ...entry, at: placedAt(entry.published, isDayFirst) })))
    return { ...document, entries, tooMany: document.entries.length - entries.length }
  } catch (error) {
    const what = error instanceof Unreadable ? error.message : "a feed that cannot be read"
    throw new Unreadable(`${host} sent ${what} (${text.length} characters)`)
  }
}
