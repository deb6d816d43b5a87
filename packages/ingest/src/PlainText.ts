import { storable } from "@signalflow/domain/Text"
import { decode } from "html-entities"

/** Entities decoded once, white space at the ends gone, storable. For titles, which carry entities but no tags. */
export const unescaped = (text: string, limit: number): string => storable(decode(text.slice(0, limit * 8)).trim(), limit)

// No part of these can run past the next tag: time stays linear in the length of the text.
const anchor = /<a\s[^<>]*?href="([^"<>]*)"[^<>]*>([^<]*)<\/a>/gi
const tag = /<(\/?)(p|br|pre|code|i|b|em|strong|u|a|div|span|ul|ol|li|blockquote)(?:\s[^<>]*)?\/?>/gi

/** The text of an anchor; where the page shortened a URL to `http://…/long...`, the whole URL. */
const anchorText = (href: string, text: string): string => {
  const shown = text.replace(/(\.\.\.|…)$/, "")
  if (href.startsWith(shown)) return href
  return /^https?:/i.test(decode(href)) ? `${text} (${href})` : text
}

const BLOCK = new Set(["p", "pre", "div", "ul", "ol", "blockquote"])

/**
 * HTML of a comment as plain text: paragraphs become blank lines, links keep their text and URL, entities are decoded once, after the tags are
 * gone, so that an escaped `&lt;p&gt;` stays the text it is. Unknown tags stay as they are: they are text that somebody wrote.
 */
export const plainText = (html: string, limit: number): string => {
  const bounded = html.slice(0, limit * 4)
  const withoutTags = bounded
    .replace(anchor, (_, href: string, text: string) => anchorText(href, text))
    .replace(tag, (_, closing: string, name: string) => {
      const lower = name.toLowerCase()
      if (lower === "br" || lower === "li") return closing === "" ? "\n" : ""
      if (BLOCK.has(lower)) return lower === "p" && closing !== "" ? "" : "\n\n"
      return ""
    })
  const lines = decode(withoutTags).split("\n")
  const text = lines
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
  return storable(text.trim(), limit)
}
