import { createHash } from "node:crypto"
import type { Entry } from "./Entry.ts"
import type { Known } from "./Position.ts"

export const digest = (text: string, bytes: number): string =>
  createHash("sha256").update(text).digest().subarray(0, bytes).toString("base64url")

const PLACEHOLDER =
  /^(?:[\p{P}\p{S}\s]*|0+|null|nil|none|undefined|unknown|n\/?a|nan|true|false|guid|id|link|url|\[object object\]|0{8}(?:-0{4}){3}-0{12}|https?:\/\/(?:localhost|example\.(?:com|org|net))?\/?#?)$/iu

const given = (value: string | null): string | null => (value === null || PLACEHOLDER.test(value.trim()) ? null : value.trim())

/** By what an item can be known, the best first: what its feed calls it, its page, its texts. */
const namesOf = ({ guid, link, title, body, published }: Entry): ReadonlyArray<string> => {
  const id = given(guid)
  const page = given(link)
  const text = title === "" ? body : title
  return [
    ...(id === null ? [] : [id]),
    ...(page === null || page === id ? [] : [id === null ? page : `${id}\n${page}`]),
    ...(text === "" ? [] : [text, `${title}\n${body}`, `${title}\n${body}\n${published ?? ""}`]),
  ]
}

/** Of an item in this feed; null = it has nothing to be known by. */
export const nativeId = (target: string, entry: Entry): string | null => {
  const [name] = namesOf(entry)
  return name === undefined ? null : digest(`${target}\n${name}`, 16)
}

/** Whether two items with one name are one item that the document holds twice. */
const isSame = (a: Entry, b: Entry): boolean =>
  a.link === b.link && ((a.link !== null && given(a.guid) !== null) || (a.title === b.title && (a.link !== null || a.body === b.body)))

/**
 * The native id of each item of a document, null where it has none; the same after every edit where the feed gives an id. An id or a page that several
 * items share names none of them: then what is behind it counts. `versions` are what people read of each, by which an item is found again whose id changed.
 */
export const identities = (
  target: string,
  entries: ReadonlyArray<Entry>,
  versions: ReadonlyArray<string>,
  seen: ReadonlyMap<string, Known> | null,
): ReadonlyArray<string | null> => {
  const names = entries.map(namesOf)
  const holders = new Map<string, Array<number>>()
  names.forEach((list, i) => {
    for (const name of list) {
      const others = holders.get(name)
      if (others === undefined) holders.set(name, [i])
      else others.push(i)
    }
  })
  const isShared = new Map<string, boolean>()
  for (const [name, [first, ...others]] of holders) {
    // All items under one name, on one page: the name is the feed's.
    const isEverywhere = others.length + 1 === entries.length && others.some((i) => versions[i] !== versions[first!])
    isShared.set(name, others.some((i) => !isSame(entries[first!]!, entries[i]!)) || isEverywhere)
  }
  const known = new Set(seen?.keys())
  const idOf = (name: string) => digest(`${target}\n${name}`, 16)
  const taken = new Set<string>()
  const found = names.map((list, i) => {
    const best = list.find((name) => isShared.get(name) !== true) ?? list.at(-1)
    if (best === undefined) return null
    const ids = list.map(idOf)
    const own = idOf(best)
    // A name that was its own before others came to share it, or the other way round.
    const rank = list.indexOf(best)
    const finer = ids.find((id, at) => at > rank && known.has(id))
    if (finer !== undefined || known.has(own)) return finer ?? own
    const before = ids.find((id, at) => at < rank && seen?.get(id)?.version === versions[i])
    return before ?? own
  })
  for (const id of found) if (id !== null) taken.add(id)
  const lost = new Map<string, string>()
  for (const [id, { version }] of seen ?? []) if (!taken.has(id)) lost.set(version, id)
  // Feeds that give the same item another id each time: same page, same words.
  return found.map((id, i) => (id === null || known.has(id) || given(entries[i]!.link) === null ? id : (lost.get(versions[i]!) ?? id)))
}
