import { decode } from "html-entities"
import { Tokenizer } from "htmlparser2"
import { type Element, nameIn, type Scope } from "./Element.ts"
import { Unreadable } from "./Unreadable.ts"

const MOST_DEPTH = 100
/** Elements of one item that are kept. */
const MOST_CHILDREN = 300
const ROOTS = new Set(["rss", "feed", "rdf:rdf"])
const WEB = new Set(["html", "head", "body"])
const ITEMS = new Set(["item", "entry"])
const KEPT = new Set("href rel type url ispermalink rdf:about about src role xml:base label medium mode".split(" "))
/** Their elements are markup, not parts of the format. */
const TEXTS = new Set(
  "title subtitle summary content description content:encoded xhtml:body media:title media:description itunes:summary itunes:title".split(
    " ",
  ),
)

/** Parts of an item that are no markup: where one begins, a text that nobody closed has ended. */
const PARTS = new Set(
  "description pubdate guid dc:date dc:creator content:encoded enclosure comments published updated media:content media:group itunes:summary".split(
    " ",
  ),
)
/** A document type that only declares characters, as those of old feeds do. They are not expanded. */
const PLAIN_DOCTYPE =
  /^DOCTYPE[^[<>]{0,500}\[(?:\s|<!ENTITY\s{1,9}[\w.-]{1,60}\s{1,9}(?:"(?:[^"&<>%]|&#\w{1,8};)*"|'(?:[^'&<>%]|&#\w{1,8};)*')\s{0,9}>)*\]\s{0,99}>/i

interface Open {
  readonly element: Element
  readonly written: string
  readonly scope: Scope | null
  /** Where what it holds begins. */
  readonly from: number
  /** Belongs to no item and no part of the channel that is read, or to markup. */
  readonly isIgnored: boolean
}

export interface XmlFeed {
  readonly root: Element
  /** Elements of the channel beside its items. */
  readonly channel: Element
}

export interface WebPage {
  /** Feeds that it links to, as written. */
  readonly alternates: ReadonlyArray<string>
}

const attributed = (written: ReadonlyArray<readonly [string, string]>): ReadonlyMap<string, string> => {
  const kept = new Map<string, string>()
  for (const [name, value] of written) if (KEPT.has(name) && !kept.has(name)) kept.set(name, decode(value, { scope: "strict" }).trim())
  return kept
}

const scopeOf = (outer: Scope | null, written: ReadonlyArray<readonly [string, string]>): Scope | null => {
  const prefixes = new Map<string, string>()
  for (const [name, value] of written) {
    if (name === "xmlns") prefixes.set("", value)
    else if (name.startsWith("xmlns:")) prefixes.set(name.slice(6), value)
  }
  return prefixes.size === 0 ? outer : { prefixes, outer }
}

const baseOf = (outer: string | null, base: string | undefined, url: string): string | null =>
  base !== undefined && URL.canParse(base, outer ?? url) ? new URL(base, outer ?? url).href : outer

const isAlternate = (attributes: ReadonlyMap<string, string>) =>
  /(?:^|\s)alternate(?:\s|$)/i.test(attributes.get("rel") ?? "") &&
  /^application\/(?:rss|atom|rdf|feed|json)\b/i.test(attributes.get("type") ?? "")

/**
 * Reads RSS, RDF or Atom, as it is written on the web: with words before it, ampersands on their own, entities of HTML, elements that nobody closed.
 * Each item is handed on as it ends. One pass, no recursion; nothing that the document declares is expanded. Answers null where there is no feed.
 */
export const readXml = (text: string, url: string, onItem: (item: Element, root: Element) => void): XmlFeed | WebPage | null => {
  let root: Element | null = null
  let channel: Element | null = null
  let isClosed = false
  let isWeb = false
  let items = 0
  const alternates: Array<string> = []
  const stack: Array<Open> = []
  /** Children of the item, or of the channel, that is being read. */
  let children = 0

  let name = ""
  /** Where the tag that is being read begins. */
  let begun = 0
  let from = -1
  let to = -1
  let attribute = ""
  let written: Array<readonly [string, string]> = []

  const before = (tag: string) => {
    if (ROOTS.has(tag)) return true
    if (WEB.has(tag)) isWeb = true
    const attributes = tag === "link" ? attributed(written) : null
    if (attributes !== null && isAlternate(attributes) && alternates.length < 20) alternates.push(attributes.get("href") ?? "")
    return false
  }

  /** Ends what an element of this name shows to be over, though it was not closed. */
  const endImplied = (tag: string) => {
    let at = -1
    if (ITEMS.has(tag)) at = stack.findIndex(({ element }) => element.name === tag)
    else if (PARTS.has(tag) || tag === "link") {
      at = stack.findIndex(({ element, isIgnored }) => !isIgnored && TEXTS.has(element.name))
      const name = stack[at]?.element.name
      if (name === tag || (tag === "link" && name !== "title")) at = -1
    }
    if (at > 0) endFrom(at, begun)
  }

  const open = (end: number, closesItself: boolean) => {
    if (root !== null && stack.length > 1) endImplied(nameIn(scopeOf(stack.at(-1)?.scope ?? null, written), name))
    const outer = stack.at(-1)
    const scope = scopeOf(outer?.scope ?? null, written)
    const tag = nameIn(scope, name)
    if (root === null ? !before(tag) : isClosed) return
    if (stack.length >= MOST_DEPTH) throw new Unreadable(`nested deeper than ${MOST_DEPTH} elements`)
    const attributes = attributed(written)
    const base = baseOf(outer?.element.base ?? null, attributes.get("xml:base"), url)
    const element: Element = { name: tag, attributes, children: [], base, text: "", markup: null }
    const isItem = ITEMS.has(tag) && outer !== undefined && !stack.some((it) => ITEMS.has(it.element.name))
    let isIgnored = false
    if (outer === undefined) root = channel = element
    else if (isItem) children = 0
    else if (tag === "channel" && outer.element === root) channel = element
    else if (outer.isIgnored || TEXTS.has(outer.element.name) || ++children > MOST_CHILDREN) isIgnored = true
    else outer.element.children.push(element)
    if (closesItself) {
      if (isItem) item(element)
      return
    }
    stack.push({ element, written: name.toLowerCase(), scope, from: end + 1, isIgnored })
  }

  const item = (element: Element) => {
    items++
    children = 0
    onItem(element, root!)
  }

  const close = (written: string, start: number) => {
    let at = stack.length - 1
    while (at >= 0 && stack[at]!.written !== written) at--
    if (at !== -1) endFrom(at, start)
  }

  const endFrom = (at: number, start: number) => {
    // Markup ends with the first text around it; what it left open ends there, too.
    for (let i = stack.length - 1; i >= at; i--) {
      const { element, from, isIgnored } = stack[i]!
      if (element.markup !== null && !isIgnored) element.markup = text.slice(from, start)
      if (ITEMS.has(element.name) && !stack.slice(0, i).some((it) => ITEMS.has(it.element.name))) item(element)
    }
    stack.length = at
    if (at === 0) isClosed = true
  }

  const say = (words: string) => {
    const top = stack.at(-1)
    if (top !== undefined && !top.isIgnored) top.element.text += words
  }

  const tokenizer = new Tokenizer(
    { xmlMode: true, decodeEntities: false },
    {
      ontext: (start, end) => stack.length > 0 && say(decode(text.slice(start, end), { scope: "strict" })),
      ontextentity: () => undefined,
      oncdata: (start, end, offset) => say(text.slice(start, end - offset)),
      onopentagname: (start, end) => {
        name = text.slice(start, end)
        begun = start - 1
        written = []
        const holder = stack.findLast(({ isIgnored }) => !isIgnored)
        if (holder !== undefined && TEXTS.has(holder.element.name)) holder.element.markup ??= ""
      },
      onattribname: (start, end) => {
        attribute = end - start > 100 ? "" : text.slice(start, end).toLowerCase()
        from = -1
      },
      onattribdata: (start, end) => {
        if (from === -1) from = start
        to = end
      },
      onattribentity: () => undefined,
      onattribend: () => {
        if (from !== -1 && (KEPT.has(attribute) || attribute.startsWith("xmlns")))
          written.push([attribute, text.slice(from, Math.min(to, from + 4_000))])
      },
      onopentagend: (end) => open(end, false),
      onselfclosingtag: (end) => open(end, true),
      onclosetag: (start, end) => close(text.slice(start, end).toLowerCase(), start - 2),
      ondeclaration: (start, end) => {
        // Own entities are what XML bombs and readers of local files are made of, and no feed needs them.
        const declaration = text.slice(start, end)
        if (/^DOCTYPE/i.test(declaration) && declaration.includes("[") && !PLAIN_DOCTYPE.test(text.slice(start, start + 20_000)))
          throw new Unreadable("a document type with declarations of its own: refused")
        if (/^DOCTYPE\s+html/i.test(declaration)) isWeb = true
      },
      oncomment: () => undefined,
      onprocessinginstruction: () => undefined,
      onend: () => undefined,
    },
  )
  tokenizer.write(text)
  tokenizer.end()
  if (root === null || channel === null) return isWeb ? { alternates } : null
  if (!isClosed && items === 0) throw new Unreadable("a feed that cannot be read: it ends in the middle")
  return { root, channel }
}
