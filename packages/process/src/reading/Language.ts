import { Arabic, Cyrillic, Devanagari, Greek, Han, Hangul, Hebrew, Kana, KINDS, Latin, Thai } from "./Characters.ts"
import { latinLanguages } from "./FunctionWords.ts"
import { type Words, wordsOf } from "./Words.ts"

/** Fewer letters than this say too little by themselves. */
const SHORT = 20
const VERY_SHORT = 6

const english = latinLanguages.indexOf("en")

/** Letters that few languages write. */
const marks: ReadonlyArray<readonly [pattern: RegExp, language: string]> = [
  [/[ñ¿¡]/, "es"],
  [/ß/, "de"],
  [/[ãõ]/, "pt"],
  [/[ğış]/, "tr"],
  [/[ąćęłńśźż]/, "pl"],
  [/[ășț]/, "ro"],
  [/[őű]/, "hu"],
  [/[ěřů]/, "cs"],
  [/[đơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/, "vi"],
  [/[œ]|\b[lcdjmnqst]'[aeéèêhiou]/, "fr"],
  [/å/, "sv"],
  [/[øæ]/, "da"],
]

const primary = (hint: string | null | undefined): string | null => /^([a-z]{2,3})(?:[-_]|$)/i.exec(hint ?? "")?.[1]?.toLowerCase() ?? null

const cyrillic = (lower: string, hint: string | null): string => {
  if (/[іїєґ]/.test(lower)) return /ў/.test(lower) ? "be" : "uk"
  if (/[ђћџљњј]/.test(lower)) return /[ѓќѕ]/.test(lower) ? "mk" : "sr"
  if (/[ыэё]/.test(lower)) return "ru"
  return hint === "bg" || hint === "mk" || hint === "sr" || hint === "uk" || hint === "be" ? hint : "ru"
}

const arabic = (lower: string, hint: string | null): string => {
  if (/[ٹڈڑےں]/.test(lower)) return "ur"
  if (/[پچژگ]/.test(lower)) return hint === "ckb" || hint === "ur" ? hint : "fa"
  return hint === "fa" || hint === "ur" ? hint : "ar"
}

/** Where the script alone decides; null for Latin and for scripts of many languages. */
const byScript = (letters: Uint32Array, all: number, text: () => string, hint: string | null): string | null => {
  const most = (kind: number) => letters[kind]! * 2 > all
  if ((letters[Kana]! + letters[Han]!) * 2 > all) {
    if (letters[Kana]! * 8 > letters[Han]!) return "ja"
    return hint === "ja" ? "ja" : "zh"
  }
  if (most(Hangul)) return "ko"
  if (most(Greek)) return "el"
  if (most(Hebrew)) return "he"
  if (most(Thai)) return "th"
  if (most(Devanagari)) return hint === "mr" || hint === "ne" ? hint : "hi"
  if (most(Cyrillic)) return cyrillic(text(), hint)
  if (most(Arabic)) return arabic(text(), hint)
  return null
}

const latin = (words: Words, letterCount: number, hint: string | null): string | null => {
  const scores = new Float64Array(latinLanguages.length)
  let known = 0
  let seen = 0
  let foreignLetters = ""
  for (const { kind, form } of words.list) {
    if (kind !== "word" || !form.hasLetter) continue
    seen++
    if (form.languages !== 0) {
      known++
      for (let bits = form.languages; bits !== 0; bits &= bits - 1) scores[31 - Math.clz32(bits & -bits)]! += form.languageWeight
    } else if (form.isEnglishFeeling) {
      scores[english]! += 0.35
    }
    if (form.isMarked && foreignLetters.length < 400) foreignLetters += ` ${form.lower.slice(0, 40)}`
  }
  if (foreignLetters !== "") {
    for (const [pattern, language] of marks) if (pattern.test(foreignLetters)) scores[latinLanguages.indexOf(language)]! += 1.2
  }
  let best = 0
  let second = -1
  for (let i = 1; i < scores.length; i++) {
    if (scores[i]! > scores[best]!) {
      second = best
      best = i
    } else if (second < 0 || scores[i]! > scores[second]!) second = i
  }
  const top = scores[best]!
  const lead = top - Math.max(0, scores[second]!)
  const isClear = top >= 1.5 && lead >= 0.3 * top
  if (isClear && (letterCount >= SHORT || top >= 2.5)) return latinLanguages[best]!
  if (hint !== null) {
    if (letterCount < SHORT) return hint
    const own = scores[latinLanguages.indexOf(hint)]
    if (own === undefined ? top < 1.5 : own >= top * 0.5 || top < 1) return hint
  }
  if (letterCount < SHORT) return null
  if (isClear || (top >= 1 && lead >= 0.5)) return latinLanguages[best]!
  return foreignLetters === "" && best === english && seen > 0 && known + top > 0 ? "en" : null
}

/** `detect` for a text whose words are known. */
export const detectIn = (words: Words, hint?: string | null): string | null => {
  const declared = primary(hint)
  let all = 0
  for (let kind = Latin; kind < KINDS; kind++) all += words.letters[kind]!
  if (all === 0) return declared
  const script = byScript(words.letters, all, () => words.list.map(({ form }) => form.lower).join(" "), declared)
  if (script !== null) return script
  if (words.letters[Latin]! * 2 <= all) return declared
  return all < VERY_SHORT && declared !== null ? declared : latin(words, words.letters[Latin]!, declared)
}

/**
 * ISO 639 code of a text's language, or null where it does not say. `hint` is what upstream declares: it decides where
 * the text is too short, and loses where the text is clear.
 */
export const detect = (text: string, hint?: string | null): string | null => detectIn(wordsOf(text), hint)
