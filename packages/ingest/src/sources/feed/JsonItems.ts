import type { Entry, FeedDocument } from "./Entry.ts"
import { nameOf } from "./Items.ts"
import { firstText, lineOf } from "./Text.ts"
import { Unreadable } from "./Unreadable.ts"

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null
const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "")
const orNull = (text: string): string | null => (text.trim() === "" ? null : text.trim())

/** `authors` of version 1.1, `author` of 1.0, and the bare name that some write. */
const authorOf = (of: Fields): string | null => {
  for (const author of [...listOf(of["authors"]), of["author"]]) {
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

/** The feed that a JSON text holds, or null. */
export const readJson = (text: string): Omit<FeedDocument, "tooMany"> | null => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Unreadable("a feed that cannot be read: it begins as JSON and is none")
  }
  const feed = fieldsOf(value)
  if (feed === null || !Array.isArray(feed["items"])) return null
  const feedAuthor = authorOf(feed)
  const entries = feed["items"].flatMap((item) => {
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
