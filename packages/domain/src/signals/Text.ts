/** Longest title and body that a signal carries, in UTF-16 code units. */
export const TITLE_LIMIT = 1_000
export const BODY_LIMIT = 20_000

// oxlint-disable-next-line no-control-regex -- these are the characters that must go
const unstorable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

/** Text that every store accepts: no NUL or control characters, no lone surrogates, at most `limit` code units. */
export const storable = (text: string, limit: number): string => {
  const isCut = text.length > limit
  const kept = (isCut ? text.slice(0, limit) : text).replace(unstorable, "").toWellFormed()
  if (!isCut) return kept
  // A cut may leave half of a pair. Not an expression: one that looks for an end retries at every beginning.
  let end = kept.length
  while (end > 0 && kept[end - 1] === "\ufffd") end--
  return kept.slice(0, end)
}

/** `text` as an http(s) URL of at most 2,048 characters, or null. */
export const httpUrl = (text: string | null | undefined): string | null => {
  if (text === null || text === undefined || text.length > 2_048 || !/^https?:\/\//i.test(text)) return null
  return URL.canParse(text) ? storable(text, 2_048) : null
}
