import { Tokenizer } from "htmlparser2"
import { HTML } from "./Elements.ts"

/** A tag as it was written. */
export interface Tag {
  readonly kind: "tag"
  /** Lower case, without a prefix of XHTML. */
  readonly name: string
  readonly isClosing: boolean
  readonly raw: string
  /** Whether an attribute has a value: what people write about in passing has none. */
  readonly isAttributed: boolean
  readonly href: string | null
  readonly alt: string | null
}

export interface Text {
  readonly kind: "text"
  /** With its entities. */
  readonly raw: string
}

export type Piece = Tag | Text | { readonly kind: "comment" }

/** The name of an element of HTML, whatever prefix XHTML has in this document. */
const unprefixed = (name: string): string => {
  const rest = name.slice(name.indexOf(":") + 1)
  return HTML.has(rest) ? rest : name
}

/** The text and the tags of HTML in their order, entities as they stand. Takes time that grows with the length, whatever it is given. */
export const piecesOf = (html: string): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  /** Everything before has become pieces. */
  let at = 0
  let opened = { name: "", isAttributed: false, href: null as string | null, alt: null as string | null }
  let attribute = ""
  let from = -1
  let to = -1
  const tag = (
    name: string,
    isClosing: boolean,
    end: number,
    more = { isAttributed: false, href: null as string | null, alt: null as string | null },
  ) => {
    pieces.push({ kind: "tag", name: unprefixed(name.toLowerCase()), isClosing, raw: html.slice(at, end), ...more })
    at = end
  }
  const opening = (end: number) =>
    tag(opened.name, false, end + 1, { isAttributed: opened.isAttributed, href: opened.href, alt: opened.alt })
  const comment = (end: number) => {
    pieces.push({ kind: "comment" })
    at = end + 1
  }
  const tokenizer = new Tokenizer(
    { decodeEntities: false },
    {
      ontext: (start, end) => {
        pieces.push({ kind: "text", raw: html.slice(start, end) })
        at = end
      },
      ontextentity: () => undefined,
      onopentagname: (start, end) => (opened = { name: html.slice(start, end), isAttributed: false, href: null, alt: null }),
      onattribname: (start, end) => {
        attribute = html.slice(start, Math.min(end, start + 10)).toLowerCase()
        from = -1
      },
      onattribdata: (start, end) => {
        if (from === -1) from = start
        to = end
      },
      onattribentity: () => undefined,
      onattribend: (quote) => {
        opened.isAttributed ||= quote !== 0
        const value = from === -1 ? "" : html.slice(from, Math.min(to, from + 2_000))
        if (attribute === "href") opened.href ??= value
        if (attribute === "alt") opened.alt ??= value
      },
      onopentagend: opening,
      onselfclosingtag: opening,
      onclosetag: (start, end) => {
        const closed = html.indexOf(">", end)
        tag(html.slice(start, end), true, closed === -1 ? html.length : closed + 1)
      },
      oncomment: (_, end) => comment(end),
      oncdata: (_, end) => comment(end),
      ondeclaration: (_, end) => comment(end),
      onprocessinginstruction: (_, end) => comment(end),
      onend: () => undefined,
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  // A tag without an end is text, unless it was begun in earnest.
  const rest = html.slice(at)
  if (rest !== "" && !/^<(?:[!?]|[^<]{0,2000}=)/.test(rest)) pieces.push({ kind: "text", raw: rest })
  return pieces
}

/** Which tags have a counterpart, by index. */
export const pairedOf = (pieces: ReadonlyArray<Piece>): ReadonlySet<number> => {
  const paired = new Set<number>()
  const open = new Map<string, Array<number>>()
  pieces.forEach((piece, i) => {
    if (piece.kind !== "tag") return
    const waiting = open.get(piece.name) ?? []
    open.set(piece.name, waiting)
    if (!piece.isClosing) waiting.push(i)
    else if (waiting.length > 0) paired.add(waiting.pop()!).add(i)
  })
  return paired
}
