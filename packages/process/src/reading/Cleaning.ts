/** What the reference sentiment engine misreads on the web, put into the form that it reads. Linear in the length of the text. */

const namedEntities: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", " "],
  ["hellip", "…"],
  ["mdash", "—"],
  ["ndash", "–"],
  ["lsquo", "‘"],
  ["rsquo", "’"],
  ["ldquo", "“"],
  ["rdquo", "”"],
  ["hearts", "♥"],
  ["excl", "!"],
  ["quest", "?"],
])

const codePoint = (digits: string): string | undefined => {
  const point = /^x/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number(digits)
  return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : undefined
}

/** HTML entities as the characters that they stand for. */
export const decodeEntities = (text: string): string =>
  text.replace(
    /&(?:#(\d{1,7}|x[\da-f]{1,6})|([a-z]{2,6}));/gi,
    (whole, digits?: string, name?: string) => (digits === undefined ? namedEntities.get(name!.toLowerCase()) : codePoint(digits)) ?? whole,
  )

/** Quotation marks and full-width forms to ASCII; joiners, variation selectors, skin tones and invisible characters away. */
const plainCharacters = (text: string): string =>
  text
    .normalize("NFC")
    .replace(/[\u2018\u2019\u201b\u02bc\u00b4]/g, "'")
    .replace(/[\u201c\u201d\u201f]/g, '"')
    .replace(/\u2026/g, "... ")
    .replace(/[\u2010\u2011]/g, "-")
    .replace(/\u2661/g, "\u2665")
    .replace(/[\uff01-\uff5e]/g, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0))
    .replace(/\u00ad|\u200b|\u200d|\u2060|\ufe0e|\ufe0f|\ufeff|\ud83c[\udffb-\udfff]/g, "")

/** `:)))))`, `XDDD`, `<333`: a face is as long as the writer's mood; the lexicon has the short one. */
const LONG_FACE = /(?:[:;=][-'^o]{0,2}([)(\]*DPp])\1+|[xX]-?([dDpP])\2+|<3{2,}|(?:<3){2,}|=\(+)(?!\S)/g

const shortFaces = (text: string): string =>
  text.replace(LONG_FACE, (face, mouth: string | undefined, open: string | undefined, at: number) => {
    if (at > 0 && !/\s/.test(text[at - 1]!)) return face
    if (face.startsWith("<3")) return face.replace(/<3+/g, "<3 ").trimEnd()
    if (face.startsWith("=(")) return ":("
    return face.slice(0, face.indexOf(mouth ?? open!, 1) + 1)
  })

/** Code and quoted lines are not the author's words; of a link only the words count. A back-tick inside a word is an apostrophe. */
const withoutMarkdown = (text: string): string =>
  text
    .replace(/```[\s\S]*?```/g, " ")
    .replace(/(?<![\w`])`[^`\n]+`(?![\w`])/g, " ")
    .replace(/(?<=[a-z])`(?=[a-z])/gi, "'")
    .replace(/!?\[([^[\]]*)\]\([^()\s]*\)/g, "$1")
    .replace(/^[ \t]{0,8}>[ \t]?(?=[\p{L}\p{N}"'*_([])[^\n]*$/gmu, " ")

const isEnding = (unit: number) => unit === 0x21 || unit === 0x3f || unit === 0x2e || unit === 0x2c || unit === 0x29

const withoutUrls = (text: string): string =>
  text.replace(/\b(?:https?:\/\/|www\.)(?:(?![\u2600-\u27bf\u{1f000}-\u{1faff}])[^\s<>"])+/giu, (url) => {
    let end = url.length
    while (isEnding(url.charCodeAt(end - 1))) end--
    return ` ${url.slice(end)}`
  })

/** The text as the sentiment engine should see it: HTML already turned to plain text by who fetched it, the rest done here. */
export const clean = (text: string): string => {
  let cleaned = text
  if (cleaned.includes("&")) cleaned = decodeEntities(cleaned)
  // oxlint-disable-next-line no-control-regex
  if (/[^\x00-\x7f]/.test(cleaned)) cleaned = plainCharacters(cleaned)
  cleaned = shortFaces(cleaned)
  if (/[`>]|\]\(/.test(cleaned)) cleaned = withoutMarkdown(cleaned)
  if (/:\/\/|www\./i.test(cleaned)) cleaned = withoutUrls(cleaned)
  return cleaned
}
