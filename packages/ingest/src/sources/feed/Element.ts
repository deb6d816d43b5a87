/** An element of a feed with what may matter of it. */
export interface Element {
  /** `title`, `media:title`, …: lower case, with the prefix that its namespace usually has. */
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: Array<Element>
  /** What relative links in it start from, as far as `xml:base` says. */
  readonly base: string | null
  /** Its own text, decoded. */
  text: string
  /** What stands between its tags, where elements are among it. */
  markup: string | null
}

const NAMESPACES: Readonly<Record<string, string>> = {
  "http://www.w3.org/2005/atom": "",
  "http://purl.org/atom/ns#": "",
  "http://purl.org/rss/1.0/": "",
  "http://my.netscape.com/rdf/simple/0.9/": "",
  "http://channel.netscape.com/rdf/simple/0.9/": "",
  "http://backend.userland.com/rss2": "",
  "http://purl.org/dc/elements/1.1/": "dc:",
  "http://purl.org/dc/elements/1.0/": "dc:",
  "http://purl.org/dc/terms/": "dcterms:",
  "http://purl.org/rss/1.0/modules/content/": "content:",
  "http://search.yahoo.com/mrss/": "media:",
  "http://www.rssboard.org/media-rss": "media:",
  "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
  "http://www.w3.org/1999/xhtml": "xhtml:",
  "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
  "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
}

/** Without what people add or leave out: the letter of https, the last slash. */
const bareUri = (uri: string) =>
  uri
    .trim()
    .toLowerCase()
    .replace(/^https:/, "http:")
    .replace(/[/#]$/, "")

const USUAL = new Map(Object.entries(NAMESPACES).map(([uri, prefix]) => [bareUri(uri), prefix]))

/** Declarations of prefixes, innermost first. */
export interface Scope {
  readonly prefixes: ReadonlyMap<string, string>
  readonly outer: Scope | null
}

const declared = (prefix: string, scope: Scope | null): string | undefined => {
  for (let at = scope; at !== null; at = at.outer) {
    const uri = at.prefixes.get(prefix)
    if (uri !== undefined) return uri
  }
  return undefined
}

/** The name of an element under the prefix that its namespace usually has; an unknown namespace leaves it as it is written. */
export const nameIn = (scope: Scope | null, written: string): string => {
  const lower = written.toLowerCase()
  const colon = lower.indexOf(":")
  const uri = declared(colon === -1 ? "" : lower.slice(0, colon), scope)
  const usual = uri === undefined ? undefined : USUAL.get(bareUri(uri))
  return usual === undefined ? lower : usual + lower.slice(colon + 1)
}

/** The first element of these names that says anything, in the order of the names. */
export const firstOf = (element: Element, ...names: ReadonlyArray<string>): Element | null => {
  for (const name of names)
    for (const child of element.children) if (child.name === name && (child.markup ?? child.text).trim() !== "") return child
  return null
}

export const allOf = (element: Element, name: string): ReadonlyArray<Element> => element.children.filter((child) => child.name === name)

/** For the raw topic: texts by name, attributes beside them. */
export const plainly = (element: Element): unknown => {
  const text = (element.markup ?? element.text).trim()
  if (element.attributes.size === 0 && element.children.length === 0) return text
  const fields = new Map<string, unknown>()
  for (const [name, value] of element.attributes) fields.set(`@${name}`, value)
  for (const child of element.children) {
    const value = plainly(child)
    const before = fields.get(child.name)
    fields.set(child.name, before === undefined ? value : Array.isArray(before) ? [...before.slice(0, 20), value] : [before, value])
  }
  if (text !== "") fields.set("#text", text)
  return Object.fromEntries(fields)
}
