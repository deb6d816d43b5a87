import { Digit, kinds } from "./Characters.ts"
import { valences } from "./vader/VaderLexicon.ts"
import { opensName } from "./Openers.ts"
import type { Word, Words } from "./Words.ts"

export interface Name {
  readonly text: string
  readonly canonical: string
}

/** Case tells names only where most words are in lower case: not in headlines in title case, nor where everything is shouted. */
const MAX_CAPITALISED = 0.5
const MAX_RUN = 6
const MAX_WORDS = 600

/** Calendar words are written like names. */
const calendar =
  /^(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|june|july|august|september|october|november|december)s?$/

const isCapital = ({ kind, form }: Word): boolean =>
  kind === "word" && form.hasLetter && (form.case === "capitalised" || form.case === "upper" || form.case === "mixed")

const trimmed = (text: string): string => text.replace(/['’]s?$/, "")

/**
 * Names by rule: runs of capitalised words inside sentences, and words of unusual case (`OpenAI`, `iPhone`) anywhere.
 * `stop` are the languages whose function words cannot be a name by themselves.
 */
export const entitiesIn = (words: Words, stop: number): { readonly caseTells: boolean; readonly names: ReadonlyArray<Name> } => {
  const list = words.list.length > MAX_WORDS ? words.list.slice(0, MAX_WORDS) : words.list
  let cased = 0
  let capital = 0
  let shouted = 0
  for (const { kind, form, startsSentence } of list) {
    if (kind !== "word" || form.case === "none" || startsSentence) continue
    cased++
    if (form.case !== "lower") capital++
    if (form.case === "upper") shouted++
  }
  const caseTells = cased < 3 ? shouted < cased || cased === 0 : capital / cased <= MAX_CAPITALISED
  const names: Array<Name> = []
  const seen = new Set<string>()
  const isFunction = ({ form }: Word) => (form.languages & stop) !== 0 || form.isParticle
  const take = (run: ReadonlyArray<Word>) => {
    let from = 0
    let to = run.length
    while (from < to && isFunction(run[from]!) && !opensName(run[from]!, run[from + 1])) from++
    while (to > from && isFunction(run[to - 1]!)) to--
    const kept = run.slice(from, to)
    if (kept.length === 0 || kept.length > MAX_RUN) return
    const [first] = kept
    if (kept.length === 1) {
      const { form, text, startsSentence } = first!
      const isUnusual = form.case === "mixed" || (form.case === "upper" && text.length > 1 && !valences.has(form.lower))
      if (text.length < 2 || kinds[text.charCodeAt(0)] === Digit || calendar.test(form.lower) || (startsSentence && !isUnusual)) return
    }
    const canonical = kept.map(({ form }) => form.canonical).join(" ")
    if (seen.has(canonical)) return
    seen.add(canonical)
    names.push({ text: trimmed(kept.map(({ text }) => text).join(" ")), canonical })
  }
  let run: Array<Word> = []
  for (let i = 0; i < list.length; i++) {
    const word = list[i]!
    const counts = caseTells
      ? isCapital(word) && word.form.lower !== "i" && !word.form.lower.startsWith("i'")
      : word.kind === "word" && word.form.case === "mixed"
    if (run.length > 0 && (!counts || word.isApart || word.startsSentence)) {
      const next = list[i + 1]
      const isLink = word.form.lower === "of" && !word.isApart && next !== undefined && !next.isApart && isCapital(next)
      if (isLink) {
        run.push(word)
        continue
      }
      take(run)
      run = []
    }
    if (counts) run.push(word)
  }
  if (run.length > 0) take(run)
  return { caseTells, names }
}
