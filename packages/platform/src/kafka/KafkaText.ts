const UTF16_MARK = Buffer.from([0xff, 0xfe])

/** UTF-8; text with a lone surrogate, which UTF-8 cannot hold, is UTF-16 behind a mark that no UTF-8 begins with. */
export const encodeText = (text: string): Buffer =>
  text.isWellFormed() ? Buffer.from(text, "utf8") : Buffer.concat([UTF16_MARK, Buffer.from(text, "utf16le")])

export const decodeText = (bytes: Buffer): string =>
  bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString("utf16le", 2) : bytes.toString("utf8")
