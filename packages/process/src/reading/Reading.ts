import type { Sentiment } from "@signalflow/domain/EnrichedSignal"
import { clean } from "./Cleaning.ts"
import { fingerprintOf } from "./Duplicates.ts"
import { emptyModel, extractIn, type KeywordModel } from "./Keywords.ts"
import { detectIn } from "./Language.ts"
import { textHash } from "./TextHash.ts"
import { compound, label } from "./Vader.ts"
import { Latin } from "./Characters.ts"
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

const mayBeEnglish = (words: Words): boolean => isLatin(words) && words.letters[Latin]! <= MAX_UNKNOWN_LETTERS

/** Reads a signal's text. Pure: the same text, hint and snapshot give the same reading on every replica. */
export const read = (signal: ReadableSignal, snapshot: Snapshot, options: ReadingOptions = { isCleaned: true }): Reading => {
  const text = textOf(signal)
  const words = wordsOf(text)
  const language = detectIn(words, signal.language)
  const isEnglish = language === "en" || (language === null && mayBeEnglish(words))
  const { keywords, entities, topics } = extractIn(words, language, snapshot.keywords)
  return {
    language,
    sentiment: isEnglish ? sentimentOf(text, options) : null,
    keywords,
    entities,
    topics,
    fingerprint: fingerprintOf(words),
    textHash: textHash(text),
    model: snapshot.number,
  }
}
