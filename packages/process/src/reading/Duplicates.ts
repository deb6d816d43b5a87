import { Digit, kinds, Mark, Other } from "./Characters.ts"
import { type Words, wordsOf } from "./Words.ts"

/** MinHash (Broder 1997) of 5-character shingles: 64 minima, 8 bits kept of each (b-bit minwise hashing, Li & König 2010). */
const HASHES = 64
const SHINGLE = 5
const MIN_SHINGLES = 3
const MAX_LETTERS = 2_000
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

const mix = (h: number): number => {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const byteOf = (minimum: number): string => HEX[mix(minimum) & 0xff]!

const multipliers = Int32Array.from({ length: HASHES }, (_, i) => mix(i * 2 + 1) | 1)
const offsets = Int32Array.from({ length: HASHES }, (_, i) => mix(i * 2 + 0x5bd1e995))

const letters = new Uint16Array(MAX_LETTERS)
const shingles = new Int32Array(MAX_LETTERS)

/** The first 2,000 lower-cased letters with one space between words; digits, marks, emoji, links and names of accounts left out. */
const writeLetters = (words: Words): number => {
  let length = 0
  for (const { form } of words.list) {
    const { lower } = form
    const start = length
    for (let i = 0; i < lower.length && length < MAX_LETTERS; i++) {
      const unit = lower.charCodeAt(i)
      const kind = kinds[unit]!
      if (kind !== Other && kind !== Digit && kind !== Mark) letters[length++] = unit
    }
    if (length > start && length < MAX_LETTERS) letters[length++] = 0x20
  }
  return length > 0 && letters[length - 1] === 0x20 ? length - 1 : length
}

/** `fingerprint` for a text whose words are known. */
export const fingerprintOf = (words: Words): string | null => {
  const length = writeLetters(words)
  if (length - SHINGLE + 1 < MIN_SHINGLES) return null
  const count = length - SHINGLE + 1
  for (let from = 0; from < count; from++) {
    let shingle = 0
    for (let i = from; i < from + SHINGLE; i++) shingle = Math.imul(shingle, 0x9e3779b1) + letters[i]!
    shingles[from] = mix(shingle)
  }
  let hex = ""
  // Four minima at a time: their chains of comparisons overlap in the processor, which halves the time.
  for (let i = 0; i < HASHES; i += 4) {
    const [o0, o1, o2, o3] = [offsets[i]!, offsets[i + 1]!, offsets[i + 2]!, offsets[i + 3]!]
    const [m0, m1, m2, m3] = [multipliers[i]!, multipliers[i + 1]!, multipliers[i + 2]!, multipliers[i + 3]!]
    let [l0, l1, l2, l3] = [0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff]
    for (let j = 0; j < count; j++) {
      const shingle = shingles[j]!
      l0 = Math.min(l0, Math.imul(shingle ^ o0, m0))
      l1 = Math.min(l1, Math.imul(shingle ^ o1, m1))
      l2 = Math.min(l2, Math.imul(shingle ^ o2, m2))
      l3 = Math.min(l3, Math.imul(shingle ^ o3, m3))
    }
    hex += byteOf(l0) + byteOf(l1) + byteOf(l2) + byteOf(l3)
  }
  return hex
}

/** 128 hexadecimal digits, two for each of 64 minima, alike for near-copies; null for a text of fewer than seven letters. */
export const fingerprint = (text: string): string | null => fingerprintOf(wordsOf(text))

/** Estimated Jaccard similarity of two texts' shingles, 0 to 1. Chance agreement of 8 bits is taken out. */
export const similarity = (a: string, b: string): number => {
  if (a.length !== HASHES * 2 || b.length !== HASHES * 2) return 0
  let same = 0
  for (let i = 0; i < a.length; i += 2) if (a.charCodeAt(i) === b.charCodeAt(i) && a.charCodeAt(i + 1) === b.charCodeAt(i + 1)) same++
  return Math.max(0, (same / HASHES - 1 / 256) / (1 - 1 / 256))
}

/** Keys of the 16 bands of four minima: texts that share one are candidates for `similarity`. */
export const bands = (fingerprint: string): ReadonlyArray<string> =>
  Array.from({ length: 16 }, (_, i) => `${i}:${fingerprint.slice(i * 8, i * 8 + 8)}`)
