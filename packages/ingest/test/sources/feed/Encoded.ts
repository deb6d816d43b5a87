/** Bytes of a text in a charset, the reverse of what `TextDecoder` does; of one or two bytes a character. */
export const encoded = (text: string, encoding: string): Buffer => {
  const decoder = new TextDecoder(encoding)
  const table = new Map<string, ReadonlyArray<number>>()
  const pairs = /shift|euc|gb|big5/.test(encoding)
  for (let lead = 0; lead < 256; lead++) {
    if (!pairs || lead < 0x80) table.set(decoder.decode(Uint8Array.of(lead)), [lead])
    if (!pairs || lead <= 0x80) continue
    for (let trail = 0x40; trail < 0xff; trail++) {
      const character = decoder.decode(Uint8Array.of(lead, trail))
      if ([...character].length === 1 && character !== "\ufffd" && !table.has(character)) table.set(character, [lead, trail])
    }
  }
  return Buffer.from(
    [...text].flatMap((character) => {
      const bytes = table.get(character)
      if (bytes === undefined) throw new Error(`${encoding} has no ${character}`)
      return bytes
    }),
  )
}
