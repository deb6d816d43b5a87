import { hash } from "../../Random.ts"

/** 11 characters that hold a position and a check: an id is understood without having been handed out before. */
export interface Codes {
  readonly code: (position: number) => string
  readonly position: (code: string) => number | null
}

const SPAN = 1n << 40n
const FACTOR = 0x5deece66dn
/** FACTOR's inverse modulo 2⁴⁰, by Newton's iteration. */
const INVERSE = Array.from({ length: 6 }).reduce<bigint>((x) => (x * (2n - FACTOR * x)) & (SPAN - 1n), 1n)

export const codes = (seed: number, salt: number): Codes => {
  const offset = BigInt(hash(seed, salt))
  const code = (position: number): string => {
    const bytes = Buffer.alloc(8)
    const mixed = (BigInt(position) * FACTOR + offset) & (SPAN - 1n)
    bytes.writeBigUInt64BE((BigInt(hash(seed, salt, position) & 0xffffff) << 40n) | mixed)
    return bytes.toString("base64url")
  }
  return {
    code,
    position: (text) => {
      if (!/^[\w-]{11}$/.test(text)) return null
      const mixed = Buffer.from(text, "base64url").readBigUInt64BE() & (SPAN - 1n)
      const position = Number(((mixed - offset + SPAN) * INVERSE) & (SPAN - 1n))
      return code(position) === text ? position : null
    },
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

export const token = (length: number, ...coordinates: ReadonlyArray<number>): string => {
  let text = ""
  for (let block = 0; text.length < length; block++) {
    let bits = hash(...coordinates, block)
    for (let i = 0; i < 5; i++, bits >>>= 6) text += ALPHABET[bits & 63]
  }
  return text.slice(0, length)
}

/** Channels are `UC` and 22 characters; their uploads are the playlist `UU` and the same. */
export const channelId = (...coordinates: ReadonlyArray<number>): string =>
  `UC${token(21, 0xc4a2, ...coordinates)}${"AQgw"[hash(...coordinates) & 3]}`
export const uploadsOf = (channel: string): string => `UU${channel.slice(2)}`
