// oxlint-disable-next-line no-control-regex -- a terminal must not obey what somebody posted
export const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, " ")

/** JSON escapes the lower control characters by itself, and not these. */
export const plainJson = (json: string): string =>
  json.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** A column of a line; a dash where there is nothing. */
export const cell = (text: string | null, width: number): string =>
  plain(text ?? "-")
    .slice(0, width)
    .padEnd(width)
