import { storable } from "@signalflow/domain/Text"
import { plainText } from "../../PlainText.ts"
import type { FeedText } from "./Document.ts"

const MOST = 200_000
const HIDDEN = new Map(["script", "style", "template", "iframe", "svg", "noscript"].map((name) => [name, new RegExp(`</${name}`, "gi")]))
const COMMENT = "<!--"
const KEPT = new Set(["a", "br", "p", "li", "pre", "blockquote", "div", "ul", "ol"])
const BLOCK = new Set("h1 h2 h3 h4 h5 h6 section article header footer figure figcaption table tr hr dl dt dd main aside".split(" "))

const element = /<!--|<(\/?)([a-z][a-z0-9:-]*)(?:\s[^<>]*)?\/?>/gi

/** White space as HTML means it: one space, none at the start of a line. */
const flowing = (parts: ReadonlyArray<string>): string =>
  parts
    .join("")
    .replace(/\s+/g, " ")
    .replace(/(<\/?(?:br|p|li|pre|div|ul|ol|blockquote)>) /g, "$1")

/** Where what begins here ends, or -1. */
const endOf = (text: string, from: number, pattern: RegExp): number => {
  pattern.lastIndex = from
  return pattern.exec(text)?.index ?? -1
}

/**
 * The HTML of a page in the few elements that `plainText` knows: scripts, styles and comments are gone with what they hold, other elements leave
 * their text. One pass; entities are not touched.
 */
export const simplified = (source: string): string => {
  const text = source.slice(0, MOST)
  const parts: Array<string> = []
  let from = 0
  element.lastIndex = 0
  for (let match = element.exec(text); match !== null; match = element.exec(text)) {
    parts.push(text.slice(from, match.index))
    from = element.lastIndex
    const closing = match[1] === "/"
    const name = match[2]?.toLowerCase() ?? COMMENT
    const hidden = closing ? undefined : HIDDEN.get(name)
    if (name === COMMENT || hidden !== undefined) {
      const end = hidden === undefined ? text.indexOf("-->", from) : endOf(text, from, hidden)
      if (end === -1) return flowing(parts)
      from = hidden === undefined ? end + 3 : end
      element.lastIndex = from
    } else if (name === "a") parts.push(match[0])
    else if (KEPT.has(name)) parts.push(`<${match[1]}${name}>`)
    else if (BLOCK.has(name)) parts.push(closing ? "" : "<p>")
  }
  parts.push(text.slice(from))
  return flowing(parts)
}

/** Plain text of at most `limit` characters; entities are decoded once, and only where the format says that this is HTML. */
export const textOf = ({ value, html }: FeedText, limit: number): string => {
  if (!html) return storable(value.slice(0, limit * 4).trim(), limit)
  // Descriptions of RSS are HTML by custom, not by rule: line ends of one without any element are its own.
  return plainText(/<[a-z!/]/i.test(value) ? simplified(value) : value, limit)
}

/** The same in one line, for titles and names. */
export const lineOf = (text: FeedText, limit: number): string => storable(textOf(text, limit * 4).replace(/\s+/g, " "), limit).trim()
