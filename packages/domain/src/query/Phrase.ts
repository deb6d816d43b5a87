import { canonical, HYPHEN_IN_WORD, mayBeUnspaced, UNSPACED as UNSPACED_SCRIPTS, withoutNeedlessSpaces } from "./Canonical.ts"
import { fold } from "./Fold.ts"

const WORDS = /[\p{L}\p{N}\p{M}_'’]+/gu

const UNSPACED_RUN = new RegExp(`([${UNSPACED_SCRIPTS}][${UNSPACED_SCRIPTS}\\p{M}]*)`, "u")

/** `AirPodsを` is two words. */
const canonicalRun = (run: string): string => run.split(UNSPACED_RUN).map(canonical).join("")

/** Text as phrases are looked for in it: every word in its canonical form, as topics are. */
export const foldWords = (text: string): string => {
  const words = fold(text).replace(HYPHEN_IN_WORD, " ")
  return mayBeUnspaced(words) ? withoutNeedlessSpaces(words.replace(WORDS, canonicalRun)) : words.replace(WORDS, canonical)
}

const WORD = /[\p{L}\p{N}\p{M}_]/u
/** Scripts that write no space between words: what stands beside a phrase there is no part of a longer word. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}ー]/u
const HANGUL = /\p{Script=Hangul}/u

const isWord = (character: string) => WORD.test(character) && !UNSPACED.test(character)

const before = (text: string, at: number) => {
  const last = text.charCodeAt(at - 1)
  return last >= 0xdc00 && last <= 0xdfff ? text.slice(at - 2, at) : text.slice(at - 1, at)
}
const after = (text: string, at: number) => {
  const point = text.codePointAt(at)
  return point === undefined ? "" : String.fromCodePoint(point)
}

/** Whether a phrase stands in a text as whole words; both by `foldWords`. */
export const holds = (text: string, phrase: string): boolean => {
  const opens = isWord(after(phrase, 0))
  const last = before(phrase, phrase.length)
  // Korean particles are written onto the word that they follow.
  const closes = isWord(last) && !HANGUL.test(last)
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    const end = at + phrase.length
    if (opens && isWord(before(text, at))) continue
    if (closes && isWord(after(text, end))) continue
    return true
  }
  return false
}
