import { placedAt } from "./Dates.ts"
import type { Entry } from "./Entry.ts"
import { allOf, type Element, firstOf, plainly } from "./Element.ts"
import { type FeedText, firstText, isWholeHtml, lineOf } from "./Text.ts"

const isHtml = (element: Element, root: Element): boolean => {
  if (element.markup !== null) return true
  const type = element.attributes.get("type")
  // Atom says what is HTML; RSS does not, and is.
  return root.name === "feed" && !element.name.includes(":") ? /html/i.test(type ?? "") : type !== "plain" || element.name !== "media:title"
}

/** Text of an element; that of Atom 0.3 may be Base64. */
export const textOfElement = (element: Element | null, root: Element): FeedText => {
  if (element === null) return { value: "", html: false }
  const written = element.markup ?? element.text
  const value = element.attributes.get("mode") === "base64" ? Buffer.from(written, "base64").toString() : written
  return { value, html: isHtml(element, root) || (element.attributes.get("type") === undefined && isWholeHtml(value)) }
}

/** Whether an element of Atom holds text, and not a picture or another file. */
const isText = ({ attributes }: Element): boolean => {
  const type = attributes.get("type") ?? ""
  return !type.includes("/") || /^text\/|[/+]xml\b|html/i.test(type)
}

/** Links to no page: parts of this one, mail, scripts, names. */
const NO_PAGE = /^(?:#|(?!https?:)[a-z][a-z0-9+.-]*:(?!\d))/i

const based = (link: string | undefined, element: Element): string | null => {
  // Escaped once too often: no address has this in it.
  const written = (link?.trim() ?? "").replaceAll("&amp;", "&")
  if (written === "" || NO_PAGE.test(written)) return null
  const whole = /^www\./i.test(written) ? `https://${written}` : written
  return element.base !== null && URL.canParse(whole, element.base) ? new URL(whole, element.base).href : whole
}

/** The page that an element of Atom or RSS links to. */
export const linkOf = (element: Element): string | null => {
  const links = allOf(element, "link")
  const written = links.find((link) => link.text.trim() !== "")
  const page = written === undefined ? null : based(written.text, written)
  if (page !== null) return page
  const alternates = links.filter(({ attributes }) => /^(?:alternate)?$/i.test(attributes.get("rel") ?? "") && attributes.has("href"))
  const link = alternates.find(({ attributes }) => /html/i.test(attributes.get("type") ?? "html")) ?? alternates[0]
  return link === undefined ? null : based(link.attributes.get("href"), link)
}

const descendants = (element: Element, name: string): Element | null => {
  const groups = [...allOf(element, "media:group"), ...allOf(element, "media:content")]
  for (const group of [element, ...groups, ...groups.flatMap((it) => allOf(it, "media:content"))]) {
    const found = group.children.find((child) => child.name === name)
    if (found !== undefined && (found.text.trim() !== "" || found.attributes.size > 0)) return found
  }
  return null
}

/** What an item brings along instead of a page. */
const enclosed = (item: Element): string | null => {
  const link = allOf(item, "link").find(({ attributes }) => /^(?:enclosure|related|via)$/i.test(attributes.get("rel") ?? ""))
  const enclosure = item.children.find(({ name }) => name === "enclosure")
  const media = descendants(item, "media:player") ?? descendants(item, "media:content")
  for (const [element, value] of [
    [link, link?.attributes.get("href")],
    [enclosure, enclosure?.attributes.get("url")],
    [media, media?.attributes.get("url")],
  ] as const)
    if (element != null && value !== undefined && value !== "") return based(value, element)
  return null
}

const guidOf = (item: Element): Element | null => firstOf(item, "guid", "id", "dc:identifier")

/** A guid is a permalink unless it says otherwise; those that are numbers or names seldom say so. */
const permalinkOf = (guid: Element | null): string | null => {
  if (guid === null || guid.name !== "guid" || /^false$/i.test(guid.attributes.get("ispermalink") ?? "")) return null
  return /^(?:https?:\/\/|\/|www\.)/i.test(guid.text.trim()) ? based(guid.text, guid) : null
}

/** Of `mail@example.com (Name)`, `Name <mail@example.com>` and plain names, the name. */
export const nameOf = (written: string): string | null => {
  const text = lineOf({ value: written, html: false }, 300)
  const inBrackets = /^\S+@\S+\s+\(([^()]+)\)$/.exec(text)?.[1]
  const beforeMail = /^([^<>]+?) ?<[^<>\s]+@[^<>\s]+>$/.exec(text)?.[1]
  const name = lineOf({ value: inBrackets ?? beforeMail ?? text, html: true }, 300).replace(/^"(.+)"$/, "$1")
  return name === "" || /^(?:unknown|anonymous|none|null|undefined|n\/a|-+|no-?reply@\S+)$/i.test(name) ? null : name
}

const authorIn = (element: Element): string | null => {
  for (const child of element.children) {
    if (!["dc:creator", "author", "itunes:author", "media:credit"].includes(child.name)) continue
    const name = firstOf(child, "name", "itunes:name", "foaf:name", "rdf:value")
    const written = name?.text ?? (child.children.length === 0 ? (child.markup ?? child.text) : "")
    const found = nameOf(written)
    if (found !== null) return found
  }
  return null
}

const DATES = [
  "pubdate",
  "published",
  "issued",
  "dcterms:issued",
  "dc:date",
  "date",
  "dcterms:created",
  "created",
  "updated",
  "modified",
  "dcterms:modified",
]

const dateIn = (item: Element): string | null => {
  const written = DATES.flatMap((name) => firstOf(item, name)?.text.trim() ?? [])
  return written.find((text) => placedAt(text) !== null) ?? written[0] ?? null
}

const BODIES = ["content:encoded", "content", "xhtml:body", "xhtml:div", "description", "summary", "dc:description"]
const MEDIA_BODIES = ["media:description", "itunes:summary", "googleplay:description", "itunes:subtitle", "media:text"]

export const entryOf = (item: Element, root: Element): Entry => {
  const title = firstOf(item, "title", "dc:title", "itunes:title") ?? descendants(item, "media:title")
  const all = [...BODIES.map((name) => firstOf(item, name)), ...MEDIA_BODIES.map((name) => descendants(item, name))]
  const bodies = all.filter((element) => element !== null && isText(element))
  const guid = guidOf(item)
  const original = firstOf(item, "feedburner:origlink")
  return {
    guid: guid?.text.trim() ?? item.attributes.get("rdf:about") ?? item.attributes.get("about") ?? null,
    link: (original && based(original.text, original)) ?? linkOf(item) ?? permalinkOf(guid) ?? enclosed(item),
    title: firstText([textOfElement(title, root)], "title"),
    body: firstText(
      bodies.map((element) => textOfElement(element, root)),
      "body",
    ),
    author: authorIn(item),
    published: dateIn(item),
    at: null,
    source: plainly(item),
  }
}

/** Whom Atom lets all entries be by. */
export const feedAuthorOf = (channel: Element): string | null => (channel.name === "feed" ? authorIn(channel) : null)
