import { canonical } from "@signalflow/domain/query/Canonical"
import { Han, isUnspacedKind, Kana, kinds, Mark, Thai } from "./Characters.ts"
import { isParticle } from "./Particles.ts"

/** Made when a text first needs one: its dictionaries take 80 ms to load. */
const segmenters = new Map<string, Intl.Segmenter>()

const segmenterOf = (locale: string): Intl.Segmenter => {
  let known = segmenters.get(locale)
  if (known === undefined) segmenters.set(locale, (known = new Intl.Segmenter(locale, { granularity: "word" })))
  return known
}

const localeOf = (text: string, from: number): string => {
  const unit = text.charCodeAt(from)
  if (kinds[unit] === Thai) return "th"
  if (unit >= 0xe80 && unit <= 0xeff) return "lo"
  if (unit >= 0x1780 && unit <= 0x17ff) return "km"
  return kinds[unit] === Han || kinds[unit] === Kana ? "ja" : "my"
}

/** Shorter pieces than this are likely to be parts of one word, side by side: of Han one character, elsewhere a syllable. */
const PIECE = 5
const MOST_PIECES = 4
/** Of Thai and its like, one syllable this short belongs to the word before it. */
const ENDING = 4
/** What one text may cost. */
const LONGEST_RUN = 4_000

const isKatakana = (unit: number) => unit >= 0x30a0 && unit <= 0x30ff

const kindAt = (text: string, at: number) => kinds[text.charCodeAt(at)]!

interface Piece {
  from: number
  end: number
  readonly kind: number
  readonly isPart: boolean
  readonly isFunction: boolean
  pieces: number
}

const isPart = (text: string, from: number, end: number): boolean => {
  const kind = kindAt(text, from)
  if (kind === Han) return end - from === 1
  if (kind === Kana) return isKatakana(text.charCodeAt(from))
  return isUnspacedKind(kind) && end - from < PIECE
}

/** The words [from, end) of a run that is written without spaces; particles stand alone, pieces of a word are put together. */
export const segmentsOf = (text: string, from: number, end: number): ReadonlyArray<readonly [from: number, end: number]> => {
  let first = from
  while (first < end && (!isUnspacedKind(kindAt(text, first)) || kindAt(text, first) === Mark)) first++
  const run = text.slice(from, Math.min(end, from + LONGEST_RUN))
  const words: Array<Piece> = []
  for (const { segment, index, isWordLike } of segmenterOf(localeOf(text, first)).segment(run)) {
    if (isWordLike !== true) continue
    const start = from + index
    const stop = start + segment.length
    const piece: Piece = {
      from: start,
      end: stop,
      kind: kindAt(text, start),
      isPart: isPart(text, start, stop),
      isFunction: isParticle(canonical(segment)),
      pieces: 1,
    }
    const last = words.at(-1)
    const joins =
      last !== undefined &&
      last.end === start &&
      last.kind === piece.kind &&
      piece.isPart &&
      (last.isPart || (piece.kind !== Han && piece.kind !== Kana && stop - start < ENDING)) &&
      !last.isFunction &&
      !piece.isFunction &&
      last.pieces < MOST_PIECES
    if (joins) {
      last.end = stop
      last.pieces++
    } else words.push(piece)
  }
  return words.map((word) => [word.from, word.end])
}
