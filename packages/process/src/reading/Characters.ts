/** What kind of character a UTF-16 code unit is, by table. Surrogates are `Other`: letters beyond the basic plane end a word. */
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
export const KINDS = 14

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

const kindOf = (unit: number): number => {
  const character = String.fromCharCode(unit)
  if (mark.test(character)) return unit >= 0xfe00 && unit <= 0xfe0f ? Other : Mark
  if (digit.test(character)) return Digit
  if (!letter.test(character)) return Other
  return scripts.find(([, from, to]) => unit >= from && unit <= to)?.[0] ?? OtherLetter
}

export const kinds: Uint8Array = Uint8Array.from({ length: 0x10000 }, (_, unit) => kindOf(unit))

/** A letter, digit or mark. */
export const isWordUnit = (unit: number): boolean => kinds[unit]! !== Other

export const isLetterKind = (kind: number): boolean => kind >= Latin
