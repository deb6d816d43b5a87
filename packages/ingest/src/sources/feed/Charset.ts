import { mostPlausible } from "./Plausible.ts"

/** Bytes that are looked at, from the first that is not ASCII, to learn how the rest is written. */
const SAMPLE = 16_000

/** Names of other systems for charsets that browsers know by another one. */
const ALIASES: Readonly<Record<string, string>> = {
  cp936: "gb18030",
  ms936: "gb18030",
  cp949: "euc-kr",
  ms949: "euc-kr",
  uhc: "euc-kr",
  cp950: "big5",
  ms950: "big5",
  cp932: "shift_jis",
  "eucjp-ms": "euc-jp",
  eucjpms: "euc-jp",
  cp51932: "euc-jp",
  mac: "macintosh",
  macroman: "macintosh",
}

const encodingOf = (label: string): string | null => {
  const name = label.toLowerCase().replace(/^(?:windows|win|cp|ms)[-_]?(125\d|874)$/, "windows-$1")
  try {
    return new TextDecoder(ALIASES[name] ?? name).encoding
  } catch {
    return null
  }
}

interface Sure {
  readonly encoding: string
  readonly bytes: Buffer
}

/** What a mark says, unless the bytes behind it are those of another encoding: `<?` in UTF-16 would be a rare Chinese character. */
const markOf = (bytes: Buffer): Sure | null => {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: "utf-8", bytes: bytes.subarray(3) }
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe
  if (!isLittle && !(bytes[0] === 0xfe && bytes[1] === 0xff)) return null
  const isWide = !/^[<{[]\s*[\x21-\x7e]/.test(bytes.toString("latin1", 2, 20))
  return { encoding: isWide ? `utf-16${isLittle ? "l" : "b"}e` : "utf-8", bytes: bytes.subarray(2) }
}

/** UTF-32, which no decoder of the platform reads, by its mark or by the zero bytes around the first mark of XML or JSON. */
const utf32 = (bytes: Buffer): string | null => {
  const head = bytes.toString("latin1", 0, 8)
  const isLittle = /^(?:\xff\xfe\0\0|[<{[]\0\0\0)[^\0]/.test(head)
  if (!isLittle && !/^(?:\0\0\xfe\xff|\0\0\0[<{[])\0/.test(head)) return null
  const parts: Array<string> = []
  for (let at = 0; at + 4 <= bytes.length;) {
    const points: Array<number> = []
    for (; points.length < 4_096 && at + 4 <= bytes.length; at += 4) {
      const point = isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
      points.push(point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0xfffd : point)
    }
    parts.push(String.fromCodePoint(...points))
  }
  return parts.join("").replace(/^\ufeff/, "")
}

/** UTF-16 by the zero bytes that the marks of XML and JSON have in it. */
const wideOf = (bytes: Buffer): string | null => {
  const start = /^(?:[<{[]\0[^\0]\0|\0[<{[]\0[^\0])/.exec(bytes.toString("latin1", 0, 4))?.[0]
  if (start !== undefined) return start.startsWith("\0") ? "utf-16be" : "utf-16le"
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
export const decodeText = (body: Buffer, contentType: string | undefined): string => {
  const wide = utf32(body)
  if (wide !== null) return wide
  const marked = markOf(body)
  const bytes = marked?.bytes ?? body
  const sure = marked === null ? wideOf(bytes) : marked.encoding === "utf-8" ? null : marked.encoding
  if (sure !== null) return new TextDecoder(sure).decode(bytes)
  const head = bytes.toString("latin1", 0, 4_000)
  const claims = [/charset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(contentType ?? "")?.[1], declaredIn(head)].flatMap((label) => {
    const encoding = label === undefined ? null : encodingOf(label)
    return encoding === null || EMPTY_CLAIMS.has(encoding) ? [] : [encoding]
  })
  // Seven-bit Japanese is valid UTF-8 as well.
  if (claims.includes("iso-2022-jp") && bytes.includes("\x1b$", 0, "latin1")) return new TextDecoder("iso-2022-jp").decode(bytes)
  const { valid, invalid } = countUtf8(bytes)
  if (invalid === 0) return bytes.toString("utf8")
  // By chance, bytes of another charset are seldom UTF-8: two in three are none where they are meant.
  if (valid >= invalid * (claims.length > 0 ? 10 : 2)) return mixed(bytes)
  const first = Math.max(0, bytes.findIndex((byte) => byte > 0x7f) - 1)
  const sample = bytes.subarray(first, first + SAMPLE)
  const encoding = mostPlausible(sample, claims, languageIn(head))
  return new TextDecoder(encoding).decode(bytes)
}
