/**
 * What kind of character a UTF-16 code unit is, by table. The first half of a letter beyond the basic plane is a letter and the second
 * its mark; the first half of an emoji is `Other`.
 */
export const Other = 0
export const Digit = 1
/** Belongs to the letter before it. */
export const Mark = 2
export const Latin = 3
export const Cyrillic = 4
export const Greek = 5
export const Hebrew = 6
export const Arabic = 7
export const Devanagari = 8
export const Thai = 9
export const Hangul = 10
export const Kana = 11
export const Han = 12
export const OtherLetter = 13
/** Lao, Khmer and Burmese, which like Thai put no spaces between words. */
export const Unspaced = 14
export const KINDS = 15

const scripts: ReadonlyArray<readonly [script: number, from: number, to: number]> = [
  [Latin, 0x41, 0x24f],
  [Latin, 0x1e00, 0x1eff],
  [Latin, 0xff21, 0xff5a],
  [Cyrillic, 0x400, 0x52f],
  [Greek, 0x370, 0x3ff],
  [Greek, 0x1f00, 0x1fff],
  [Hebrew, 0x590, 0x5ff],
  [Arabic, 0x600, 0x77f],
  [Arabic, 0xfb50, 0xfdff],
  [Arabic, 0xfe70, 0xfefc],
  [Devanagari, 0x900, 0x97f],
  [Thai, 0xe00, 0xe7f],
  [Unspaced, 0xe80, 0xeff],
  [Unspaced, 0x1000, 0x109f],
  [Unspaced, 0x1780, 0x17ff],
  [Unspaced, 0xa9e0, 0xa9ff],
  [Unspaced, 0xaa60, 0xaa7f],
  [Hangul, 0x1100, 0x11ff],
  [Hangul, 0xac00, 0xd7af],
  [Kana, 0x3040, 0x30ff],
  [Kana, 0xff66, 0xff9f],
  [Han, 0x3005, 0x3007],
  [Han, 0x3400, 0x4dbf],
  [Han, 0x4e00, 0x9fff],
  [Han, 0xf900, 0xfaff],
]

const letter = /^\p{L}$/u
const mark = /^\p{M}$/u
const digit = /^\p{Nd}$/u

const surrogateKind = (unit: number): number => {
  if (unit >= 0xdc00) return Mark
  if (unit >= 0xd840 && unit <= 0xd888) return Han
  // Musical signs, emoji and planes without letters.
  return (unit >= 0xd834 && unit <= 0xd837) || unit === 0xd83c || unit >= 0xd83d ? Other : OtherLetter
}

const kindOf = (unit: number): number => {
  if (unit >= 0xd800 && unit <= 0xdfff) return surrogateKind(unit)
  const character = String.fromCharCode(unit)
  if (mark.test(character)) return (unit >= 0xfe00 && unit <= 0xfe0f) || (unit >= 0x20d0 && unit <= 0x20ff) ? Other : Mark
  if (digit.test(character)) return Digit
  if (!letter.test(character)) return Other
  return scripts.find(([, from, to]) => unit >= from && unit <= to)?.[0] ?? OtherLetter
}

export const kinds: Uint8Array = Uint8Array.from({ length: 0x10000 }, (_, unit) => kindOf(unit))

/** A letter, digit or mark. */
export const isWordUnit = (unit: number): boolean => kinds[unit]! !== Other

/** Of a script that puts no spaces between words. */
export const isUnspacedKind = (kind: number): boolean => kind === Thai || kind === Kana || kind === Han || kind === Unspaced

export const isLetterKind = (kind: number): boolean => kind >= Latin
