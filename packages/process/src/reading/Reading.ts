import type { Sentiment } from "@signalflow/domain/signals/EnrichedSignal"
import { clean, decodeEntities } from "./Cleaning.ts"
import { fingerprintOf } from "./Duplicates.ts"
import { emptyModel, extractIn, type KeywordModel } from "./Keywords.ts"
import { detectIn } from "./Language.ts"
import { isEmoticon } from "./vader/VaderTokens.ts"
import { textHash } from "./TextHash.ts"
import { plain } from "./Plain.ts"
import { compound, label } from "./vader/Vader.ts"
import { KINDS, Latin } from "./Characters.ts"
import { isLatin, type Words, wordsOf } from "./Words.ts"

/** What a text says, for one model snapshot. */
export interface Reading {
  readonly language: string | null
  /** Null for other languages than English. */
  readonly sentiment: Sentiment | null
  readonly keywords: ReadonlyArray<string>
  readonly entities: ReadonlyArray<string>
  readonly topics: ReadonlyArray<string>
  readonly fingerprint: string | null
  readonly textHash: string
  /** Number of the snapshot. */
  readonly model: number
}

/** What was read from the text of a stored signal. */
export const readingOf = (signal: Reading): Reading => ({
  language: signal.language,
  sentiment: signal.sentiment,
  keywords: signal.keywords,
  entities: signal.entities,
  topics: signal.topics,
  fingerprint: signal.fingerprint,
  textHash: signal.textHash,
  model: signal.model,
})

/** What aggregation has learnt of the stream; a reading depends on the text and on this alone. */
export interface Snapshot {
  readonly number: number
  readonly keywords: KeywordModel
}

export const emptySnapshot: Snapshot = { number: 0, keywords: emptyModel }

export interface ReadableSignal {
  readonly title: string
  readonly body: string
  /** As upstream declares it. */
  readonly language?: string | null
}

export interface ReadingOptions {
  /** Off: sentiment of the text as it stands, as the reference engine reads it. */
  readonly isCleaned: boolean
}

const MAX_LENGTH = 10_000
/** A longer text in which no language's words are known is hardly English. */
const MAX_UNKNOWN_LETTERS = 40

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff

/** Title and body, at most 10,000 UTF-16 units, never ending in half a character. */
export const textOf = ({ title, body }: ReadableSignal): string => {
  const text = `${title.slice(0, MAX_LENGTH + 1)} ${body.slice(0, MAX_LENGTH + 1)}`.trim()
  if (text.length <= MAX_LENGTH) return text
  return text.slice(0, isHighSurrogate(text.charCodeAt(MAX_LENGTH - 1)) ? MAX_LENGTH - 1 : MAX_LENGTH)
}

const sentimentOf = (text: string, { isCleaned }: ReadingOptions): Sentiment => {
  const score = compound(isCleaned ? clean(text) : text)
  return { compound: score, label: label(score) }
}

/** As people see it: HTML entities decoded. */
const visible = (text: string): string => (text.includes("&") ? decodeEntities(text) : text)

/** Letters of emoticons, such as `:D` and `xD`, at most. */
const FEW_LETTERS = 12

/** Emoji of any version, flags and keycaps, hearts, and faces such as `^_^` and `(・_・)`. */
const SAYS_SOMETHING =
  /\p{Extended_Pictographic}|\p{Regional_Indicator}|[\d#*]\u20e3|[\u2661\u2665◕╥✧ω▽ᴥᴗ﹏╯‿]|\^[_.o-]?\^|-_+-|>[_.]<|;[_-]?;|・_・/u

/** Faces that borrow letters. */
const FACE_OF_LETTERS = /\(ツ\)|ಠ_+ಠ|ʕ.{0,3}ʔ|^[tT][_.][tT]$|^[oO][_.][oO]$|^[uU][_.]?[wW]?[_.]?[uU]$|^[oO][wW][oO]$/u

const LONGEST_FACE = 4

const letterCount = ({ letters }: Words): number => {
  let all = 0
  for (let kind = Latin; kind < KINDS; kind++) all += letters[kind]!
  return all
}

/** Whether a text says what it says in emoji and emoticons alone, which belong to no language. */
const isWordless = (text: string, words: Words): boolean => {
  const letters = letterCount(words)
  if (letters > FEW_LETTERS) return false
  const cleaned = clean(text)
  return letters === 0
    ? SAYS_SOMETHING.test(cleaned) || cleaned.split(/\s+/).some(isEmoticon)
    : words.list.every(({ kind, text: word }) => kind === "word" && word.length <= LONGEST_FACE) && hasOnlyEmoticons(cleaned)
}

const hasOnlyEmoticons = (text: string): boolean => {
  let found = false
  for (const token of text.split(/\s+/)) {
    if (isEmoticon(token) || FACE_OF_LETTERS.test(token)) found = true
    else if (/[\p{L}\p{N}]/u.test(token)) return false
  }
  return found
}

const mayBeEnglish = (words: Words): boolean => isLatin(words) && words.letters[Latin]! <= MAX_UNKNOWN_LETTERS

/** Reads a signal's text. Pure: the same text, hint and snapshot give the same reading on every replica. */
export const read = (signal: ReadableSignal, snapshot: Snapshot, options: ReadingOptions = { isCleaned: true }): Reading => {
  const given = textOf(signal)
  const text = plain(visible(given))
  const words = wordsOf(text)
  const language = detectIn(words, signal.language)
  const isEnglish = language === "en" || (language === null && mayBeEnglish(words)) || isWordless(text, words)
  const { keywords, entities, topics } = extractIn(words, language, snapshot.keywords)
  return {
    language,
    sentiment: isEnglish ? sentimentOf(options.isCleaned ? text : given, options) : null,
    keywords,
    entities,
    topics,
    fingerprint: fingerprintOf(words),
    textHash: textHash(given),
    model: snapshot.number,
  }
}
