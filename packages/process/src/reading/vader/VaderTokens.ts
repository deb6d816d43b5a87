import { detach } from "../BoundedMap.ts"
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

const SPACE = 0
const MARK = 1
const APOSTROPHE = 2
const UPPER = 3
const LOWER = 4
const OTHER = 5

const classOf = (unit: number): number => {
  if (isSpace(unit)) return SPACE
  if (unit === 0x27) return APOSTROPHE
  if (isPunctuation(unit)) return MARK
  if (unit >= 0x41 && unit <= 0x5a) return UPPER
  return unit >= 0x61 && unit <= 0x7a ? LOWER : OTHER
}

/** The class of each character of ASCII. */
const classes = Uint8Array.from({ length: 0x80 }, (_, unit) => classOf(unit))

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

/** The words that a rule is about, for words of ASCII between spaces: an open table by hash, 0 for an empty place. */
const PLACES = 32_768
const PRIME = 0x01000193
const places = new Uint16Array(PLACES)
const hashes: Array<number> = [0]
const words: Array<string> = [""]
const lowerTokens: Array<Token> = [plain]
const upperTokens: Array<Token> = [plainUpper]

/** Among so many places, a power of two. */
const placeOf = (hash: number, size: number) => (hash ^ (hash >>> 15)) & (size - 1)

const hashOf = (text: string, from: number, to: number): number => {
  let hash = 0
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME)
  return hash
}

for (const word of new Set([...valences.keys(), ...boosters.keys(), ...negations, ...phraseWords, ...namedWords])) {
  if (!/^[!-~]+$/.test(word) || /[A-Z]/.test(word) || strip(word) !== word) continue
  const hash = hashOf(word, 0, word.length)
  let place = placeOf(hash, PLACES)
  while (places[place] !== 0) place = (place + 1) & (PLACES - 1)
  places[place] = words.length
  hashes.push(hash)
  words.push(word)
  const token = describe(word)
  lowerTokens.push(token)
  upperTokens.push({ ...token, isUpper: true })
}

const isWord = (word: string, text: string, from: number, to: number): boolean => {
  if (word.length !== to - from) return false
  for (let i = 0; i < word.length; i++) {
    const unit = text.charCodeAt(from + i)
    if (word.charCodeAt(i) !== (classes[unit] === UPPER ? unit + 0x20 : unit)) return false
  }
  return true
}

const wordAt = (text: string, from: number, to: number, hash: number, isUpper: boolean): Token => {
  let place = placeOf(hash, PLACES)
  for (let n = places[place]!; n !== 0; n = places[(place = (place + 1) & (PLACES - 1))]!)
    if (hashes[n] === hash && isWord(words[n]!, text, from, to)) return (isUpper ? upperTokens : lowerTokens)[n]!
  return isUpper ? plainUpper : plain
}

interface Slot {
  readonly raw: string
  readonly token: Token
}

/** Every other token, as it stands: one a place, the last one that fell there. Finding it costs neither a string nor a look into a map. */
const slots: Array<Slot | undefined> = Array.from({ length: SLOTS })

const stands = (raw: string, text: string, from: number, to: number): boolean => {
  if (raw.length !== to - from) return false
  for (let i = 0; i < raw.length; i++) if (raw.charCodeAt(i) !== text.charCodeAt(from + i)) return false
  return true
}

const tokenAt = (text: string, from: number, to: number): Token => {
  if (to - from > MAX_CACHED_LENGTH) return describe(text.slice(from, to))
  const hash = hashOf(text, from, to)
  const place = placeOf(hash, SLOTS)
  const slot = slots[place]
  if (slot !== undefined && stands(slot.raw, text, from, to)) return slot.token
  const raw = detach(text.slice(from, to))
  const token = describe(raw)
  slots[place] = { raw, token }
  return token
}

/**
 * The tokens between the spaces of a text. Most are words of ASCII that no rule is about: one pass over their letters, without the
 * punctuation around them and in lower case, and one look into a small table tells so.
 */
export const tokenise = (text: string): Array<Token> => {
  const tokens: Array<Token> = []
  const length = text.length
  let i = 0
  while (i < length) {
    const start = i
    let first = -1
    let last = -1
    let running = 0
    let hash = 0
    let isWordLike = true
    let hasUpper = false
    let hasLower = false
    for (; i < length; i++) {
      let unit = text.charCodeAt(i)
      if (unit > 0x7f) {
        if (isSpace(unit)) break
        isWordLike = false
        continue
      }
      const kind = classes[unit]!
      if (kind === SPACE) break
      if (kind === APOSTROPHE) isWordLike = false
      if (kind <= APOSTROPHE) {
        if (first >= 0) running = Math.imul(running ^ unit, PRIME)
        continue
      }
      if (first < 0) first = i
      last = i
      if (kind === UPPER) {
        hasUpper = true
        unit += 0x20
      } else if (kind === LOWER) hasLower = true
      hash = running = Math.imul(running ^ unit, PRIME)
    }
    if (i > start) {
      // Where next to nothing is left without its punctuation, that belongs to it: an emoticon.
      const isStripped = first > start || last < i - 1
      if (isWordLike && first >= 0 && (!isStripped || last - first > 1))
        tokens.push(wordAt(text, first, last + 1, hash, hasUpper && !hasLower))
      else tokens.push(tokenAt(text, start, i))
    }
    i++
  }
  return tokens
}

/** Words of letters, possibly with an apostrophe or a hyphen. */
const WORD_LIKE = /^[\p{L}\p{M}\p{N}'’-]+$/u

/** Faces of letters alone. */
const LETTER_FACES: ReadonlySet<string> = new Set(["xd", "xp", "xo"])

/** Whether a token is a face or a heart of marks that the lexicon has: `:-)`, `<3`, `:D`. */
export const isEmoticon = (token: string): boolean => {
  if (token.length === 0 || token.length > MAX_CACHED_LENGTH) return false
  const lower = strip(token).toLowerCase()
  return LETTER_FACES.has(lower) || (valences.has(lower) && !WORD_LIKE.test(lower))
}
