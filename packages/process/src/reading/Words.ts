import { canonical } from "@signalflow/domain/query/Canonical"
import { BoundedMap } from "./BoundedMap.ts"
import { Digit, Han, Hangul, Hebrew, isLetterKind, isUnspacedKind, isWordUnit, kinds, KINDS, Latin, Mark, Other } from "./Characters.ts"
import { languagesOf } from "./FunctionWords.ts"
import { isParticle } from "./Particles.ts"
import { plain } from "./Plain.ts"
import { segmentsOf } from "./Segments.ts"
import { valences } from "./vader/VaderLexicon.ts"

/** How a word is written. */
export type Case = "lower" | "capitalised" | "upper" | "mixed" | "none"

/** What is known of a word wherever it stands. */
export interface Form {
  readonly lower: string
  /** Case, possessive and simple plural folded. */
  readonly canonical: string
  readonly case: Case
  /** Languages that have it as a function word: bits of `latinLanguages`. */
  readonly languages: number
  /** How much it speaks for each of these languages. */
  readonly languageWeight: number
  /** Of no language's function words, but in the lexicon of English sentiment. */
  readonly isEnglishFeeling: boolean
  /** Has letters or an elision that English lacks. */
  readonly isMarked: boolean
  readonly hasLetter: boolean
  readonly hasDigit: boolean
  /** A function word of a language that is not written in Latin letters. */
  readonly isParticle: boolean
  /** Of a script that puts no spaces between words: cut out of its sentence. */
  readonly isRun: boolean
  /** Two characters are a word: Chinese, Japanese, Korean; two letters, not marks, of a script whose letters are syllables. */
  readonly isDense: boolean
}

export interface Word {
  readonly kind: "word" | "hashtag" | "ticker"
  /** Without its `#` or `$`. */
  readonly text: string
  readonly form: Form
  /** Something more than spaces and hyphens stands between the word before and this one. */
  readonly isApart: boolean
  readonly startsSentence: boolean
}

export interface Words {
  readonly list: ReadonlyArray<Word>
  /** Letters by kind of `Characters`, links and names of accounts left out. */
  readonly letters: Uint32Array
}

const MAX_FORMS = 60_000
const MAX_CACHED_LENGTH = 40
const MAX_TICKER = 6

const caseOf = (text: string): Case => {
  let upper = 0
  let lower = 0
  let startsUpper = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    const isUpper = character !== character.toLowerCase()
    if (isUpper) upper++
    else if (character !== character.toUpperCase()) lower++
    if (isUpper && i === 0) startsUpper = true
  }
  if (upper + lower === 0) return "none"
  if (upper === 0) return "lower"
  if (lower === 0) return "upper"
  return startsUpper && upper === 1 ? "capitalised" : "mixed"
}

/** That'll, who'd: the languages of what stands before the apostrophe. */
const contracted = (lower: string): number => {
  const at = lower.indexOf("'")
  return at > 0 && /'(?:s|d|m|t|ll|re|ve)$/.test(lower) ? (languagesOf.get(lower.slice(0, at)) ?? 0) : 0
}

/** Scripts of India, Ethiopic, Cherokee, Canadian and Yi: a letter is a syllable. */
const isSyllable = (unit: number) =>
  isLetterKind(kinds[unit]!) &&
  ((unit >= 0x900 && unit <= 0xdff) || (unit >= 0x1200 && unit <= 0x167f) || (unit >= 0xa000 && unit <= 0xa48f))

/** A face of letters is no topic: xD, T_T, o_O, UwU, ಠ_ಠ. */
const FACE = /^(?:x[dp]+|([tuoqಠ])[_.]+\1|uwu|owo)$/

const isTwoSyllables = (text: string) => text.length === 2 && isSyllable(text.charCodeAt(0)) && isSyllable(text.charCodeAt(1))

const bitsIn = (bits: number): number => {
  let count = 0
  for (let left = bits; left !== 0; left &= left - 1) count++
  return count
}

const describe = (text: string): Form => {
  const lower = text.toLowerCase().replace(/[\u2018\u2019\u201b\u02bc`\u00b4]/g, "'")
  let hasLetter = false
  let hasDigit = false
  let isRun = false
  let isDense = false
  let isForeign = false
  for (let i = 0; i < text.length; i++) {
    const kind = kinds[text.charCodeAt(i)]!
    if (kind === Digit) hasDigit = true
    else if (isLetterKind(kind)) hasLetter = true
    if (isUnspacedKind(kind)) isRun = true
    if (kind >= Hangul && kind <= Han) isDense = true
    if (kind > Latin) isForeign = true
  }
  const form = canonical(lower)
  const languages = languagesOf.get(lower) ?? contracted(lower)
  return {
    lower,
    canonical: form,
    case: caseOf(text),
    languages,
    languageWeight: languages === 0 ? 0 : (lower.length > 1 ? 1 : 0.4) / bitsIn(languages),
    isEnglishFeeling: languages === 0 && lower.length > 3 && valences.has(lower),
    // oxlint-disable-next-line no-control-regex -- all that is not ASCII
    isMarked: /[^\x00-\x7f]|^[a-z]{1,2}'/.test(lower),
    hasLetter,
    hasDigit,
    isParticle: (isForeign && isParticle(form)) || FACE.test(lower),
    isRun,
    isDense: isDense || isTwoSyllables(text),
  }
}

const forms = new BoundedMap<Form>(MAX_FORMS)

const formOf = (text: string): Form => (text.length > MAX_CACHED_LENGTH ? describe(text) : (forms.get(text) ?? forms.set(text, describe)))

/** Dingbats and the first halves of emoji: they end a link. */
const isEmojiUnit = (unit: number) => (unit >= 0xd83c && unit <= 0xd83e) || (unit >= 0x2600 && unit <= 0x27bf)

const isUrlUnit = (unit: number) =>
  !isEmojiUnit(unit) && unit > 0x20 && unit !== 0x22 && unit !== 0x3c && unit !== 0x3e && unit !== 0xa0 && unit !== 0x3000

const isNameUnit = (unit: number) => isWordUnit(unit) || unit === 0x5f || unit === 0x2e || unit === 0x2d

const endOf = (text: string, from: number, holds: (unit: number) => boolean): number => {
  let i = from
  while (i < text.length && holds(text.charCodeAt(i))) i++
  return i
}

const isTagUnit = (unit: number) => isWordUnit(unit) || unit === 0x5f

const isLowerOrDigit = (unit: number) => (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39)

const LONGEST_ENTITY = 8

/** Where the HTML entity that begins at `from` ends, or -1. */
const entityEnd = (text: string, from: number): number => {
  let i = from + 1
  if (text.charCodeAt(i) === 0x23) i++
  const start = i
  while (i < start + LONGEST_ENTITY && isWordUnit(text.charCodeAt(i))) i++
  return i > start && text.charCodeAt(i) === 0x3b ? i + 1 : -1
}

/** Whether a letter of Hebrew, with its points or without, ends at `i`. */
const isHebrew = (text: string, i: number): boolean => {
  let at = i
  while (kinds[text.charCodeAt(at)] === Mark) at--
  return kinds[text.charCodeAt(at)] === Hebrew
}

/** Whether the mark at `i` is part of the word that began at `from`: don't, node.js, U.S, 3.5, gpt-4, AT&T. */
const joins = (text: string, from: number, i: number): boolean => {
  const next = text.charCodeAt(i + 1)
  if (!(i + 1 < text.length) || !isWordUnit(next)) return false
  switch (text.charCodeAt(i)) {
    case 0x27:
    case 0x2019:
    case 0x5f3:
      return isLetterKind(kinds[next]!)
    case 0x60:
    case 0xb4:
    case 0x2018:
    case 0x201b:
      return isLetterKind(kinds[next]!) && isLetterKind(kinds[text.charCodeAt(i - 1)]!)
    case 0x22:
    case 0x5f4:
    case 0x201d:
      return kinds[next] === Hebrew && isHebrew(text, i - 1)
    case 0xb7:
      return (next | 0x20) === 0x6c && (text.charCodeAt(i - 1) | 0x20) === 0x6c
    case 0x2e:
      return isLowerOrDigit(next) || i === from + 1 || text.charCodeAt(i - 2) === 0x2e
    case 0x2d:
      return kinds[next] === Digit || kinds[text.charCodeAt(i - 1)] === Digit
    case 0x26:
      return i - from <= 2 && (!isWordUnit(text.charCodeAt(i + 2)) || !isWordUnit(text.charCodeAt(i + 3))) && entityEnd(text, i) < 0
    case 0x5f:
      return true
    default:
      return false
  }
}

const wordEnd = (text: string, from: number): number => {
  let i = from + 1
  while (i < text.length && (isWordUnit(text.charCodeAt(i)) || joins(text, from, i))) i++
  if (i === from + 1) {
    const initial = text.charCodeAt(from) | 0x20
    if (initial === 0x63 && text.startsWith("++", i)) return i + 2
    if ((initial === 0x63 || initial === 0x66) && text[i] === "#" && !isTagUnit(text.charCodeAt(i + 1))) return i + 1
  }
  return i
}

const isScheme = (text: string, from: number, end: number) => end - from <= 8 && text.startsWith("://", end)

const topLevel = /\.(?:com|org|net|io|dev|co|gov|edu|info|ly|gg|tv|social|app|de|fr|uk|jp|br|ru|eu)$/i

const isDomain = (text: string, word: string, end: number) =>
  word.includes(".") && (text[end] === "/" || topLevel.test(word) || /^www\./i.test(word))

const endsSentence = (unit: number) =>
  unit === 0x2e ||
  unit === 0x21 ||
  unit === 0x3f ||
  unit === 0x3a ||
  unit === 0x0a ||
  unit === 0x2022 ||
  unit === 0x3002 ||
  unit === 0x22 ||
  unit === 0x201c

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff

const isCapital = (unit: number) => unit >= 0x41 && unit <= 0x5a

/** With the class of a share: BRK.B. */
const tickerEnd = (text: string, from: number): number => {
  const end = endOf(text, from, isTagUnit)
  const isClass = text[end] === "." && isCapital(text.charCodeAt(end + 1)) && !isTagUnit(text.charCodeAt(end + 2))
  return isClass ? end + 2 : end
}

const isSpaceOrHyphen = (unit: number) => unit === 0x20 || unit === 0x2d || unit === 0xa0 || unit === 0x5be

/** `isUnspacedKind` as bits. */
const UNSPACED_KINDS = Array.from({ length: KINDS }, (_, kind) => (isUnspacedKind(kind) ? 1 << kind : 0)).reduce(
  (bits, bit) => bits | bit,
  0,
)

/** The words, hashtags and tickers of a text in order; links, addresses and names of accounts are passed over. */
export const wordsOf = (given: string): Words => {
  const text = plain(given)
  const list: Array<Word> = []
  const letters = new Uint32Array(KINDS)
  let isApart = true
  let startsSentence = true
  /** Counts the letters of a span; returns the kinds in it as bits. */
  const count = (from: number, end: number): number => {
    let seen = 0
    for (let i = from; i < end; i++) {
      const kind = kinds[text.charCodeAt(i)]!
      letters[kind]!++
      seen |= 1 << kind
    }
    return seen
  }
  const add = (kind: Word["kind"], from: number, end: number) => {
    const slice = text.slice(from, end)
    list.push({ kind, text: slice, form: formOf(slice), isApart, startsSentence })
    isApart = startsSentence = false
  }
  const push = (kind: Word["kind"], from: number, end: number) => {
    count(from, end)
    add(kind, from, end)
  }
  const pushWords = (from: number, end: number) => {
    if ((count(from, end) & UNSPACED_KINDS) === 0) add("word", from, end)
    else for (const [start, stop] of segmentsOf(text, from, end)) add("word", start, stop)
  }
  let i = 0
  while (i < text.length) {
    const unit = text.charCodeAt(i)
    if (kinds[unit]! !== Other) {
      const end = wordEnd(text, i)
      const after = text.charCodeAt(end)
      if (isScheme(text, i, end) || isDomain(text, text.slice(i, Math.min(end, i + 256)), end)) {
        i = endOf(text, end, isUrlUnit)
        isApart = true
      } else if (after === 0x40 && isWordUnit(text.charCodeAt(end + 1))) {
        i = endOf(text, end + 1, isNameUnit)
        isApart = true
      } else {
        pushWords(i, end)
        i = end
      }
      continue
    }
    const next = text.charCodeAt(i + 1)
    if ((unit === 0x23 || unit === 0xff03) && isTagUnit(next)) {
      const end = endOf(text, i + 1, isTagUnit)
      isApart = true
      push("hashtag", i + 1, end)
      isApart = true
      i = end
    } else if (unit === 0x24 && next >= 0x41 && next <= 0x5a) {
      const end = tickerEnd(text, i + 1)
      isApart = true
      push(end - i - 1 <= MAX_TICKER ? "ticker" : "word", i + 1, end)
      isApart = true
      i = end
    } else if (unit === 0x40 && isNameUnit(next)) {
      i = endOf(text, i + 1, isNameUnit)
      isApart = true
    } else if (unit === 0x26 && entityEnd(text, i) > 0) {
      i = entityEnd(text, i)
      isApart = true
    } else {
      if (!isSpaceOrHyphen(unit)) isApart = true
      if (endsSentence(unit)) startsSentence = true
      i += isHighSurrogate(unit) ? 2 : 1
    }
  }
  return { list, letters }
}

/** Whether the letters are mostly Latin. */
export const isLatin = ({ letters }: Words): boolean => {
  let all = 0
  for (let kind = Latin; kind < KINDS; kind++) all += letters[kind]!
  return all > 0 && letters[Latin]! * 2 > all
}
