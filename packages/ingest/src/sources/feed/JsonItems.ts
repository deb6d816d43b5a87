import type { Entry, FeedDocument } from "./Entry.ts"
import { nameOf } from "./Items.ts"
import { firstText, lineOf } from "./Text.ts"
import { Unreadable } from "./Unreadable.ts"

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null
/** A list, also where one value stands for it. */
const listOf = (value: unknown): ReadonlyArray<unknown> =>
  Array.isArray(value) ? value : value === null || value === undefined ? [] : [value]
/** A text, also where it is a number or the first of a list. */
const textOf = (value: unknown): string => {
  const one: unknown = Array.isArray(value) ? value[0] : value
  return typeof one === "string" ? one : typeof one === "number" ? String(one) : ""
}
const orNull = (text: string): string | null => (text.trim() === "" ? null : text.trim())

/** `authors` of version 1.1, `author` of 1.0, and the bare name that some write. */
const authorOf = (of: Fields): string | null => {
  for (const author of [...listOf(of["authors"]), ...listOf(of["author"])]) {
    const name = nameOf(textOf(fieldsOf(author)?.["name"] ?? author))
    if (name !== null) return name
  }
  return null
}

const entryOf = (item: Fields, feedAuthor: string | null): Entry => {
  const attachment = fieldsOf(listOf(item["attachments"])[0])
  const plain = (name: string) => ({ value: textOf(item[name]), html: false })
  return {
    guid: orNull(textOf(item["id"])),
    link: orNull(textOf(item["url"])) ?? orNull(textOf(item["external_url"])) ?? orNull(textOf(attachment?.["url"])),
    title: firstText([plain("title")], "title"),
    body: firstText([{ value: textOf(item["content_html"]), html: true }, plain("content_text"), plain("summary")], "body"),
    author: authorOf(item) ?? feedAuthor,
    published: orNull(textOf(item["date_published"])) ?? orNull(textOf(item["date_modified"])),
    at: null,
    source: item,
  }
}

const itemsOf = (feed: Fields): ReadonlyArray<unknown> | null => {
  const { items } = feed
  if (Array.isArray(items)) return items
  // Without a list: a feed only if it says that it is one.
  if (!/jsonfeed\.org/i.test(textOf(feed["version"]))) return null
  const one = fieldsOf(items)
  if (one === null) return []
  return ["id", "url", "title", "content_html", "content_text"].some((name) => name in one) ? [one] : Object.values(one)
}

/** JSON as it is written by hand: with line ends and tabs inside its texts. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return JSON.parse(text.replaceAll(/\p{Cc}/gu, " "))
  }
}

/** The feed that a JSON text holds, or null. */
export const readJson = (text: string): Omit<FeedDocument, "tooMany"> | null => {
  let value: unknown
  try {
    value = parsed(text)
  } catch {
    throw new Unreadable("a feed that cannot be read: it begins as JSON and is none")
  }
  const feed = fieldsOf(value)
  const items = feed === null ? null : itemsOf(feed)
  if (feed === null || items === null) return null
  const feedAuthor = authorOf(feed)
  const entries = items.flatMap((item) => {
    const fields = fieldsOf(item)
    return fields === null ? [] : [entryOf(fields, feedAuthor)]
  })
  return {
    title: lineOf({ value: textOf(feed["title"]), html: false }, 200),
    link: orNull(textOf(feed["home_page_url"])),
    language: orNull(textOf(feed["language"])),
    entries,
  }
}
