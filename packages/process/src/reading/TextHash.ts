/** Each byte as two digits. */
const HEX: ReadonlyArray<string> = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

const hex = (h: number): string => HEX[h >>> 24]! + HEX[(h >>> 16) & 255]! + HEX[(h >>> 8) & 255]! + HEX[h & 255]!

/** 64 bits as 16 hexadecimal digits: two FNV-1a of different bases over UTF-16 units, each mixed at the end. Not for secrets. */
export const textHash = (text: string): string => {
  let a = 0x811c9dc5
  let b = 0x9747b28c
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x85ebca6b)
    b ^= b >>> 15
  }
  a = Math.imul(a ^ (a >>> 16) ^ b, 0x85ebca6b)
  b = Math.imul(b ^ (b >>> 13) ^ a, 0xc2b2ae35)
  return hex(a ^ (a >>> 13)) + hex(b ^ (b >>> 16))
}
