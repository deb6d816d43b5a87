import { mostPlausible } from "./Plausible.ts"

/** Bytes that are looked at, from the first that is not ASCII, to learn how the rest is written. */
const SAMPLE = 16_000

const encodingOf = (label: string): string | null => {
  try {
    return new TextDecoder(label).encoding
  } catch {
    return null
  }
}

const markOf = (bytes: Buffer): string | null => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le"
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be"
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? "utf-8" : null
}

/** UTF-16 by the zero bytes that the marks of XML and JSON have in it. */
const wideOf = (bytes: Buffer): string | null => {
  const end = Math.min(bytes.length, 2_000) & ~1
  let even = 0
  let odd = 0
  for (let i = 0; i < end; i += 2) {
    if (bytes[i] === 0) even++
    if (bytes[i + 1] === 0) odd++
  }
  const pairs = end / 2
  if (pairs < 4 || Math.max(even, odd) < pairs * 0.1) return null
  if (odd > even * 10) return "utf-16le"
  return even > odd * 10 ? "utf-16be" : null
}

/** Length of the UTF-8 sequence that begins here, 0 = none does. */
const sequenceAt = (bytes: Buffer, at: number): number => {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  const length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0
  for (let i = 1; i < length; i++) if ((bytes[at + i] ?? 0) >> 6 !== 2) return 0
  return length
}

const countUtf8 = (bytes: Buffer): { readonly valid: number; readonly invalid: number } => {
  let valid = 0
  let invalid = 0
  for (let at = 0; at < bytes.length;) {
    const length = sequenceAt(bytes, at)
    if (length > 1) valid++
    else if (length === 0) invalid++
    at += length || 1
  }
  return { valid, invalid }
}

const windows1252 = new TextDecoder("windows-1252")

/** UTF-8 with a few bytes of a single-byte charset in it, as when texts of two programs meet in one file. */
const mixed = (bytes: Buffer): string => {
  const parts: Array<string> = []
  let from = 0
  for (let at = 0; at < bytes.length;) {
    const length = sequenceAt(bytes, at)
    if (length === 0) {
      parts.push(bytes.toString("utf8", from, at), windows1252.decode(bytes.subarray(at, at + 1)))
      from = at + 1
    }
    at += length || 1
  }
  parts.push(bytes.toString("utf8", from))
  return parts.join("")
}

const declaredIn = (head: string): string | undefined => /<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{1,40})/.exec(head)?.[1]

/** The language that the document says it is in: two or three letters, or empty. */
const languageIn = (head: string): string =>
  (/<(?:dc:)?language>\s*([a-z]{2,3})\b/i.exec(head) ?? /xml:lang\s*=\s*["']([a-z]{2,3})\b/i.exec(head))?.[1]?.toLowerCase() ?? ""

/** Charsets that say nothing about bytes which are neither ASCII nor UTF-8. */
const EMPTY_CLAIMS = new Set(["utf-8", "utf-16le", "utf-16be", "replacement", "x-user-defined"])

/** The text of a document. Bytes are believed before what the header or the declaration calls them, wherever they tell. */
export const decodeText = (bytes: Buffer, contentType: string | undefined): string => {
  const sure = markOf(bytes) ?? wideOf(bytes)
  if (sure !== null) return new TextDecoder(sure).decode(bytes)
  const head = bytes.toString("latin1", 0, 4_000)
  const claims = [/charset\s*=\s*"?\s*([\w.:-]{1,40})/i.exec(contentType ?? "")?.[1], declaredIn(head)].flatMap((label) => {
    const encoding = label === undefined ? null : encodingOf(label)
    return encoding === null || EMPTY_CLAIMS.has(encoding) ? [] : [encoding]
  })
  // Seven-bit Japanese is valid UTF-8 as well.
  if (claims.includes("iso-2022-jp") && bytes.includes("\x1b$", 0, "latin1")) return new TextDecoder("iso-2022-jp").decode(bytes)
  const { valid, invalid } = countUtf8(bytes)
  if (invalid === 0) return bytes.toString("utf8")
  if (valid > invalid * 10) return mixed(bytes)
  const first = Math.max(0, bytes.findIndex((byte) => byte > 0x7f) - 1)
  const sample = bytes.subarray(first, first + SAMPLE)
  const encoding = mostPlausible(sample, claims, languageIn(head))
  return new TextDecoder(encoding).decode(bytes)
}
