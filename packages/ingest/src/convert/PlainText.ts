import { storable } from "@signalflow/domain/signals/Text"
import { decode } from "html-entities"
import { CELLS, FORMATTING, HIDDEN, HTML, LINES, PARAGRAPHS, VOIDS } from "./Elements.ts"
import { pairedOf, type Piece, piecesOf, type Tag } from "./Markup.ts"

/** Entities decoded once, white space at the ends gone, storable. For titles, which carry entities but no tags. */
export const unescaped = (text: string, limit: number): string => storable(decode(text.slice(0, limit * 8)).trim(), limit)

/** The elements of Hacker News. */
const WRITTEN = new Set("p br pre code i b em strong u a div span ul ol li blockquote".split(" "))
const MOST_LINK = 2_000

type IsMarkup = (tag: Tag, index: number) => boolean

/** The text of an anchor; where the page shortened a URL to `http://…/long...`, the whole URL. */
const anchorText = (href: string, text: string): string => {
  const shown = text.trim().replace(/(?:\.\.\.|…)$/, "")
  if (shown === "" || href.length >= MOST_LINK) return text
  if (href.startsWith(shown)) return href
  return /^https?:/i.test(decode(href)) ? `${text} (${href})` : text
}

/** Collects text; `flows` = white space is one space, as in HTML outside of `pre`. */
class Lines {
  readonly #flows: boolean
  #parts: Array<string> = []
  #last = "\n"
  #anchor: { readonly at: number; readonly href: string } | null = null
  preformatted = 0

  constructor(flows: boolean) {
    this.#flows = flows
  }

  push(text: string): void {
    const flowing = this.#flows && this.preformatted === 0
    const said = flowing ? text.replace(/\s+/g, " ").slice(/\s$/.test(this.#last) && /^\s/.test(text) ? 1 : 0) : text
    if (said === "") return
    this.#parts.push(said)
    this.#last = said.at(-1)!
  }

  /** Begins a line, unless this is the beginning of one. */
  end(): void {
    if (this.#last !== "\n") this.break("\n")
  }

  break(ends: string): void {
    this.#parts.push(ends)
    this.#last = "\n"
  }

  open(href: string | null): void {
    this.close()
    if (href !== null) this.#anchor = { at: this.#parts.length, href }
  }

  close(): void {
    if (this.#anchor === null) return
    const { at, href } = this.#anchor
    this.#anchor = null
    const text = this.#parts.splice(at).join("")
    if (text !== "") this.#parts.push(anchorText(href, text))
  }

  toString(): string {
    this.close()
    return this.#parts.join("")
  }
}

/** How white space and links are treated. */
interface Layout {
  readonly flows: boolean
  readonly links: boolean
}

const WRITTEN_OUT: Layout = { flows: false, links: true }
const PAGE: Layout = { flows: true, links: true }
const TITLE: Layout = { flows: true, links: false }

const breakAt = (lines: Lines, { name, isClosing }: Tag, { flows }: Layout): void => {
  if (name === "br" || (LINES.has(name) && !flows)) {
    if (!isClosing) lines.break("\n")
  } else if (LINES.has(name)) lines.end()
  else if (PARAGRAPHS.has(name)) {
    if (name !== "p" || !isClosing || flows) lines.break("\n\n")
  } else if (CELLS.has(name)) lines.push(" ")
}

const layOut = (pieces: ReadonlyArray<Piece>, layout: Layout, isMarkup: IsMarkup): string => {
  const lines = new Lines(layout.flows)
  let hidden: string | null = null
  pieces.forEach((piece, index) => {
    if (hidden !== null) {
      if (piece.kind === "tag" && piece.isClosing && piece.name === hidden) hidden = null
      return
    }
    if (piece.kind === "comment") return
    if (piece.kind === "text" || !isMarkup(piece, index)) return lines.push(piece.raw)
    const { name, isClosing } = piece
    if (name === "pre") lines.preformatted = isClosing ? 0 : 1
    if (HIDDEN.has(name)) hidden = isClosing ? null : name
    else if (name === "a" && isClosing) lines.close()
    else if (name === "a") lines.open(layout.links ? piece.href : null)
    else if (name === "img") lines.push((piece.alt ?? "").length < 10 ? (piece.alt ?? "") : "")
    else breakAt(lines, piece, layout)
  })
  return lines.toString()
}

const tidy = (raw: string, limit: number): string => {
  const text = decode(raw)
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
  return storable(text.trim(), limit)
}

/**
 * HTML of a comment as plain text: paragraphs become blank lines, links keep their text and URL, entities are decoded once, after the tags are
 * gone, so that an escaped `&lt;p&gt;` stays the text it is. Unknown tags stay as they are: they are text that somebody wrote.
 */
export const plainText = (html: string, limit: number): string =>
  tidy(
    layOut(piecesOf(html.slice(0, limit * 4)), WRITTEN_OUT, ({ name }) => WRITTEN.has(name)),
    limit,
  )

const ends = (text: string | undefined): boolean => text === undefined || text === "" || /\s$/.test(text)
const begins = (text: string | undefined): boolean => text === undefined || text === "" || /^\s/.test(text)

/** Whether a tag formats words, and is not one that somebody writes about: it has a counterpart, an attribute, or touches the word it belongs to. */
const formats = (pieces: ReadonlyArray<Piece>, paired: ReadonlySet<number>): IsMarkup => {
  const rawOf = (i: number) => {
    const piece = pieces[i]
    return piece === undefined || piece.kind === "comment" ? undefined : piece.raw
  }
  return ({ name, isClosing, isAttributed }, i) => {
    if (isAttributed && HTML.has(name)) return true
    if (!FORMATTING.has(name)) return false
    if (paired.has(i) || VOIDS.has(name)) return true
    return isClosing ? !ends(rawOf(i - 1)) && begins(rawOf(i + 1)) : ends(rawOf(i - 1)) && /^[\p{L}\p{N}]/u.test(rawOf(i + 1) ?? "")
  }
}

const isCustom = (name: string) => name.includes("-") || name.includes(":")

/** Whether somebody marked this up, or wrote plain text with angle brackets in it. */
const isMarkedUp = (pieces: ReadonlyArray<Piece>, paired: ReadonlySet<number>, inLine: IsMarkup): boolean =>
  pieces.some((piece, i) => {
    if (piece.kind !== "tag") return piece.kind === "comment"
    const { name, isAttributed } = piece
    if (isAttributed && isCustom(name)) return true
    return HTML.has(name) && (paired.has(i) || VOIDS.has(name) || inLine(piece, i))
  })

/** A feed in a feed: the marks of CDATA, escaped with what they hold. */
const unwrapped = (html: string) => (html.includes("<![CDATA[") ? html.replaceAll("<![CDATA[", "").replaceAll("]]>", "") : html)

const MOST = 200_000

/** HTML of a page as plain text. Tags of HTML are gone, scripts and styles with what they hold; what is no tag of HTML is text that somebody wrote. */
export const pageText = (html: string, limit: number): string => {
  const source = unwrapped(html.slice(0, MOST))
  const pieces = piecesOf(source)
  // Descriptions are HTML by custom, not by rule: line ends of one without any element are its own.
  if (pieces.every(({ kind }) => kind === "text")) return tidy(source, limit)
  const paired = pairedOf(pieces)
  const inLine = formats(pieces, paired)
  if (!isMarkedUp(pieces, paired, inLine)) return tidy(layOut(pieces, WRITTEN_OUT, inLine), limit)
  const isMarkup: IsMarkup = ({ name, isAttributed }, i) => HTML.has(name) || isCustom(name) || isAttributed || paired.has(i)
  return tidy(layOut(pieces, PAGE, isMarkup), limit)
}

/** HTML of a title in one line: formatting is gone, every word stays, also one in angle brackets. */
export const lineText = (html: string, limit: number): string => {
  const pieces = piecesOf(unwrapped(html.slice(0, limit * 20)))
  const text = decode(layOut(pieces, TITLE, formats(pieces, pairedOf(pieces))))
  return oneLine(text, limit)
}

/** Plain text in one line. */
export const oneLine = (text: string, limit: number): string =>
  storable(
    storable(text, limit * 20)
      .replace(/\s+/g, " ")
      .trim(),
    limit,
  ).trim()
