import { detach } from "./BoundedMap.ts"
import { valences } from "./VaderLexicon.ts"
import { boosterPhrases, boosters, idioms, negations } from "./VaderRules.ts"

/** What VADER's rules ask of one token; the same for every text that it stands in. */
export interface Token {
  /** Empty for a word that no rule is about. */
  readonly lower: string
  readonly isUpper: boolean
  /** NaN when the lexicon does not have it. */
  readonly valence: number
  readonly isKnown: boolean
  readonly boost: number
  readonly isNegation: boolean
  /** May be part of an idiom or of a two-word booster. */
  readonly isInPhrase: boolean
}

/** A power of two. */
const SLOTS = 131_072
const MAX_CACHED_LENGTH = 48

const phraseWords: ReadonlySet<string> = new Set([...idioms.keys(), ...boosterPhrases.keys()].flatMap((phrase) => phrase.split(" ")))

/** Words that a rule asks for by name. */
const namedWords: ReadonlySet<string> = new Set("but no or nor kind of so this never without doubt least at very".split(" "))

/** `string.punctuation` of Python: the 32 ASCII marks. */
const isPunctuation = (unit: number) =>
  (unit > 0x20 && unit < 0x30) || (unit > 0x39 && unit < 0x41) || (unit > 0x5a && unit < 0x61) || (unit > 0x7a && unit < 0x7f)

/** `str.isspace` of Python, which is not JavaScript's `\s`: it has the separators 1C–1F and 85, and no FEFF. */
export const isSpace = (unit: number) =>
  unit === 0x20 ||
  (unit >= 0x09 && unit <= 0x0d) ||
  (unit >= 0x1c && unit <= 0x1f) ||
  (unit > 0x7f &&
    (unit === 0x85 ||
      unit === 0xa0 ||
      unit === 0x1680 ||
      (unit >= 0x2000 && unit <= 0x200a) ||
      unit === 0x2028 ||
      unit === 0x2029 ||
      unit === 0x202f ||
      unit === 0x205f ||
      unit === 0x3000))

const hasAtMostTwoCodePoints = (text: string) => text.length <= 2 || (text.length <= 4 && Array.from(text).length <= 2)

/** Without punctuation around it, unless so little would be left that it was an emoticon. */
const strip = (token: string): string => {
  let from = 0
  let to = token.length
  while (from < to && isPunctuation(token.charCodeAt(from))) from++
  while (to > from && isPunctuation(token.charCodeAt(to - 1))) to--
  if (from === 0 && to === token.length) return token
  const stripped = token.slice(from, to)
  return hasAtMostTwoCodePoints(stripped) ? token : stripped
}

/** `str.isupper` of Python: something is cased, and nothing cased is other than upper case. */
const isUpper = (text: string): boolean => {
  let hasUpper = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text)
    if (unit >= 0x61 && unit <= 0x7a) return false
    if (unit >= 0x41 && unit <= 0x5a) hasUpper = true
  }
  return hasUpper
}

/** All words that no rule is about are one word. */
const plain: Token = { lower: "", isUpper: false, valence: Number.NaN, isKnown: false, boost: 0, isNegation: false, isInPhrase: false }
const plainUpper: Token = { ...plain, isUpper: true }

const describe = (raw: string): Token => {
  const text = strip(raw)
  const lower = text.toLowerCase()
  const valence = valences.get(lower)
  const boost = boosters.get(lower) ?? 0
  const isNegation = negations.has(lower) || lower.includes("n't")
  const isInPhrase = phraseWords.has(lower)
  if (valence === undefined && boost === 0 && !isNegation && !isInPhrase && !namedWords.has(lower))
    return isUpper(text) ? plainUpper : plain
  return { lower, isUpper: isUpper(text), valence: valence ?? Number.NaN, isKnown: valence !== undefined, boost, isNegation, isInPhrase }
}

interface Slot {
  readonly raw: string
  readonly token: Token
}

/** One word a place, the last one that fell there: finding a word costs neither a string nor a look into a map. */
const slots: Array<Slot | undefined> = Array.from({ length: SLOTS })

const stands = (raw: string, text: string, from: number, to: number): boolean => {
  if (raw.length !== to - from) return false
  for (let i = 0; i < raw.length; i++) if (raw.charCodeAt(i) !== text.charCodeAt(from + i)) return false
  return true
}

const tokenAt = (text: string, from: number, to: number, hash: number): Token => {
  if (to - from > MAX_CACHED_LENGTH) return describe(text.slice(from, to))
  const place = (hash ^ (hash >>> 15)) & (SLOTS - 1)
  const slot = slots[place]
  if (slot !== undefined && stands(slot.raw, text, from, to)) return slot.token
  const raw = detach(text.slice(from, to))
  const token = describe(raw)
  slots[place] = { raw, token }
  return token
}

export const tokenise = (text: string): Array<Token> => {
  const tokens: Array<Token> = []
  let from = -1
  let hash = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if ((unit > 0x20 && unit < 0x7f) || !isSpace(unit)) {
      if (from < 0) {
        from = i
        hash = 0
      }
      hash = Math.imul(hash ^ unit, 0x01000193)
    } else if (from >= 0) {
      tokens.push(tokenAt(text, from, i, hash))
      from = -1
    }
  }
  if (from >= 0) tokens.push(tokenAt(text, from, text.length, hash))
  return tokens
}
