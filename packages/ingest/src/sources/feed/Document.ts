import { type AtomFeed, DetectError, type JsonFeed, parseFeed, type RdfFeed, type RssFeed } from "feedsmith"
import { SourceError } from "../../SourceAdapter.ts"

/** Text of a feed, whose format says whether it is HTML. */
export interface FeedText {
  readonly value: string
  readonly html: boolean
}

/** What the formats agree on. */
export interface Entry {
  readonly guid: string | null
  readonly link: string | null
  readonly title: FeedText
  readonly body: FeedText
  readonly author: string | null
  readonly published: string | null
  /** The item as the parser gave it. */
  readonly source: unknown
}

export interface FeedDocument {
  readonly title: FeedText
  readonly link: string | null
  readonly entries: ReadonlyArray<Entry>
}

const html = (value: string | undefined): FeedText => ({ value: value ?? "", html: true })
const plain = (value: string | undefined): FeedText => ({ value: value ?? "", html: false })

const rssEntry = (item: RssFeed.Item<string>): Entry => ({
  guid: item.guid?.value ?? null,
  link: item.link ?? (item.guid?.isPermaLink === false ? null : (item.guid?.value ?? null)),
  title: html(item.title),
  body: html(item.content?.encoded ?? item.description),
  author: item.dc?.creators?.[0] ?? item.authors?.[0]?.name ?? null,
  published: item.pubDate ?? item.dc?.dates?.[0] ?? null,
  source: item,
})

const rdfEntry = (item: RdfFeed.Item<string>): Entry => ({
  guid: item.rdf?.about ?? null,
  link: item.link ?? null,
  title: html(item.title),
  body: html(item.content?.encoded ?? item.description),
  author: item.dc?.creators?.[0] ?? null,
  published: item.dc?.dates?.[0] ?? null,
  source: item,
})

const atomText = (text: { readonly value?: string; readonly type?: string } | undefined): FeedText =>
  /html/i.test(text?.type ?? "") ? html(text?.value) : plain(text?.value)

const atomLink = (links: ReadonlyArray<AtomFeed.Link<string>> | undefined): string | null =>
  links?.find(({ rel }) => rel === undefined || rel === "alternate")?.href ?? null

const atomEntry =
  (feed: AtomFeed.Feed<string>) =>
  (entry: AtomFeed.Entry<string>): Entry => ({
    guid: entry.id ?? null,
    link: atomLink(entry.links),
    title: atomText(entry.title),
    body: atomText(entry.content?.value === undefined ? entry.summary : entry.content),
    author: (entry.authors ?? feed.authors)?.[0]?.name ?? null,
    published: entry.published ?? entry.updated ?? null,
    source: entry,
  })

const jsonEntry =
  (feed: JsonFeed.Feed<string>) =>
  (item: JsonFeed.Item<string>): Entry => ({
    guid: item.id ?? null,
    link: item.url ?? item.external_url ?? null,
    title: plain(item.title),
    body: item.content_html === undefined ? plain(item.content_text ?? item.summary) : html(item.content_html),
    author: (item.authors ?? feed.authors)?.[0]?.name ?? null,
    published: item.date_published ?? null,
    source: item,
  })

const malformed = (message: string) => new SourceError({ reason: "malformed", message })

/** Own entities are what XML bombs and readers of local files are made of, and no feed needs them. */
const declaresEntities = (text: string): boolean => /<!DOCTYPE[^>[]*\[/i.test(text.slice(0, text.search(/<[a-z]/i)))

/** The feed that a text holds, RSS 0.9 to 2.0, RDF, Atom or JSON Feed; throws a `SourceError` that says what is wrong. */
export const parseDocument = (text: string, host: string): FeedDocument => {
  if (declaresEntities(text)) throw malformed(`${host} sent a document type with declarations of its own: refused`)
  try {
    const { format, feed } = parseFeed(text)
    if (format === "atom")
      return { title: atomText(feed.title), link: atomLink(feed.links), entries: (feed.entries ?? []).map(atomEntry(feed)) }
    if (format === "json")
      return { title: plain(feed.title), link: feed.home_page_url ?? null, entries: (feed.items ?? []).map(jsonEntry(feed)) }
    const entries = format === "rdf" ? (feed.items ?? []).map(rdfEntry) : (feed.items ?? []).map(rssEntry)
    return { title: html(feed.title), link: feed.link ?? null, entries }
  } catch (error) {
    const what = error instanceof DetectError ? "something that is neither RSS, Atom nor JSON Feed" : "a feed that cannot be read"
    throw malformed(`${host} sent ${what} (${text.length} characters)`)
  }
}
