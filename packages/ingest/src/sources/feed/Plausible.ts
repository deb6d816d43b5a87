import { COMMON_SIMPLIFIED, COMMON_TRADITIONAL, DECLARED, SINGLE, type Single } from "./CharsetLetters.ts"

const KANA = /[\u3040-\u30ff]/u
const HANGUL = /[\uac00-\ud7a3]/u
const HAN = /[\u4e00-\u9fff]/u
const WIDE_MARKS = /[\u2010-\u203b\u3000-\u303f\uff01-\uff5e]/u

const nearHigh = (bytes: Buffer): Buffer => {
  // Only what is not ASCII can tell, with the letters beside it.
  const kept: Array<number> = []
  for (let i = 0; i < bytes.length && kept.length < 4_000; i++) {
    const near = (bytes[i]! | (bytes[i + 1] ?? 0) | (bytes[i - 1] ?? 0)) > 0x7f
    if (near) kept.push(bytes[i]!)
    else if (kept.at(-1) !== 0x20) kept.push(0x20)
  }
  return Buffer.from(kept)
}

const isLetter = (character: string) => /\p{L}|\p{M}/u.test(character)
const isUpper = (character: string) => /\p{Lu}/u.test(character)
const LATIN = /\p{Script=Latin}/u
const PUNCTUATION = new Set("“”‘’„«»–—…•·°§©®™€£№¿¡\u00a0\u200e\u200f\u200c")

/** Points per character that is not ASCII, about -2 to 1. */
const scoreSingle = (encoding: string, { letters, languages }: Single, bytes: Buffer, language: string): number => {
  const ranks = new Map([...letters].map((letter, rank) => [letter, 1 - (rank / letters.length) * 0.5]))
  const text = [...new TextDecoder(encoding).decode(bytes)]
  const cased = text.filter((character) => character > "\u007f" && isLetter(character))
  // Headlines in capitals alone: there, an upper-case letter inside a word is no sign of anything.
  const isCapitals = cased.length > 3 && cased.filter(isUpper).length > cased.length * 0.8
  let points = 0
  let counted = 0
  text.forEach((character, i) => {
    if (character < "\u0080") return
    counted++
    const before = text[i - 1] ?? " "
    const after = text[i + 1] ?? " "
    if (/[\u0080-\u009f\ufffd]/.test(character)) points -= 2
    else if (isLetter(character)) {
      const rank = ranks.get(character) ?? ranks.get(character.toLowerCase()) ?? -0.5
      if (rank > 0 && isUpper(character) && isLetter(before)) points += isCapitals ? rank - 0.15 : rank * 0.3
      else points += rank
      // An upper-case letter after a lower-case one: case is turned round. Two alphabets in one word: neither is meant.
      if (isUpper(character) && isLetter(before) && !isUpper(before)) points -= 1
      if (isUpper(character)) points -= 0.1
      const isLatin = LATIN.test(character)
      if (!isLatin && (/[a-z]/i.test(before) || /[a-z]/i.test(after))) points -= 1.5
      // Accented letters stand alone or in pairs among plain ones.
      if (isLatin && before > "\u007f" && after > "\u007f" && isLetter(before) && isLetter(after)) points -= 0.8
    } else if (isLetter(before) && isLetter(after)) points -= character === "’" || character === "·" ? 0 : 1.5
    else points += PUNCTUATION.has(character) ? 0.4 : -0.4
  })
  if (counted === 0) return 0
  return points / counted + (language !== "" && languages.split(" ").includes(language) ? 0.5 : 0)
}

interface Wide {
  readonly encoding: string
  readonly languages: string
  /** Share of the characters that are usual, 0 to 1. */
  readonly usual: (characters: ReadonlyArray<string>) => number
}

const share = (characters: ReadonlyArray<string>, test: (character: string) => boolean) =>
  characters.filter(test).length / characters.length

const japanese = (characters: ReadonlyArray<string>) => {
  const kana = share(characters, (character) => KANA.test(character))
  return kana < 0.15
    ? 0.2 * kana
    : Math.min(1, 0.6 + kana) * share(characters, (c) => KANA.test(c) || HAN.test(c) || c < "\u4e00" || c > "\uff00")
}

const chinese = (common: ReadonlySet<string>) => (characters: ReadonlyArray<string>) => {
  const han = share(characters, (character) => HAN.test(character))
  return han * Math.min(1, share(characters, (character) => common.has(character)) * 1.6 + 0.1)
}

const WIDE: ReadonlyArray<Wide> = [
  { encoding: "shift_jis", languages: "ja", usual: japanese },
  { encoding: "euc-jp", languages: "ja", usual: japanese },
  {
    encoding: "euc-kr",
    languages: "ko",
    usual: (characters) => {
      const hangul = share(characters, (character) => HANGUL.test(character))
      return hangul > 0.85 ? hangul : hangul * 0.3
    },
  },
  { encoding: "gb18030", languages: "zh", usual: chinese(COMMON_SIMPLIFIED) },
  { encoding: "big5", languages: "zh", usual: chinese(COMMON_TRADITIONAL) },
]

const isWide = (encoding: string) => encoding === "gbk" || WIDE.some((wide) => wide.encoding === encoding)

const scoreWide = ({ encoding, languages, usual }: Wide, bytes: Buffer, language: string): number => {
  const text = new TextDecoder(encoding).decode(bytes)
  const characters = [...text].filter((character) => character > "\u007f")
  if (characters.length === 0) return -2
  const broken = share(characters, (character) => character === "\ufffd" || (character >= "\ue000" && character <= "\uf8ff"))
  // Half-width kana are what single bytes become in Shift_JIS.
  const halves = share(characters, (character) => character >= "\uff61" && character <= "\uff9f")
  return usual(characters) * 1.4 - broken * 8 - halves * 1.5 - 0.2 + (languages === language ? 0.5 : 0)
}

/** Whether bytes are what they are called, character by character: also rare ones, and a few of them. */
const isFaultless = (encoding: string, bytes: Buffer): boolean =>
  [...new TextDecoder(encoding).decode(bytes, { stream: true })].every(
    (character) =>
      character < "\u0080" || KANA.test(character) || HANGUL.test(character) || HAN.test(character) || WIDE_MARKS.test(character),
  )

const CLAIM_BONUS = 0.5
/** What servers and libraries write when they have not looked. */
const DEFAULT_BONUS = 0.15

/** The charset that fits bytes which are not UTF-8. A claim counts for much, but not for more than what they would read like. */
export const mostPlausible = (sample: Buffer, claims: ReadonlyArray<string>, language: string): string => {
  const near = nearHigh(sample)
  const claimed = claims.map((claim) => (claim === "gbk" ? "gb18030" : claim === "koi8-r" ? "koi8-u" : claim))
  let best = { encoding: "windows-1252", score: -Infinity }
  const offer = (encoding: string, score: number) => {
    const rank = claimed.indexOf(encoding)
    const bonus = encoding === "windows-1252" ? DEFAULT_BONUS : CLAIM_BONUS
    const total = score + (rank === 0 ? bonus : rank > 0 ? bonus * 0.8 : encoding === "windows-1252" ? 0.05 : 0)
    if (total > best.score) best = { encoding, score: total }
  }
  for (const [encoding, single] of Object.entries(SINGLE)) offer(encoding, scoreSingle(encoding, single, near, language))
  for (const [encoding, single] of Object.entries(DECLARED))
    if (claimed.includes(encoding)) offer(encoding, scoreSingle(encoding, single, near, language))
  for (const wide of WIDE) {
    const score = scoreWide(wide, sample, language)
    offer(wide.encoding, claimed.includes(wide.encoding) && isFaultless(wide.encoding, sample) ? Math.max(score, 0.6) : score)
  }
  // Charsets that there is no table for are believed unless they cannot be meant.
  for (const encoding of claimed) {
    if (encoding in SINGLE || encoding in DECLARED || isWide(encoding)) continue
    const text = new TextDecoder(encoding).decode(near)
    const strange = [...text].filter((character) => /[\u0080-\u009f\ufffd]/.test(character)).length
    offer(encoding, 0.3 - strange / Math.max(1, text.length))
  }
  return best.encoding
}
