/**
 * VADER (Hutto & Gilbert, ICWSM 2014) to the rules of its Python reference, quirks included, in one pass.
 * English only; what the reference misreads on the web is the business of `Cleaning`.
 */
import { weighByContrast } from "./VaderContrast.ts"
import { spellEmoji } from "./VaderEmoji.ts"
import { boosterPhrases, CAPS, idioms, NEGATION } from "./VaderRules.ts"
import { type Token, tokenise } from "./VaderTokens.ts"

export type Label = "positive" | "neutral" | "negative"

/** Distance weakens a booster: one, two, three words before. */
const DISTANCE = [1, 0.95, 0.9] as const

const phrase = (table: ReadonlyMap<string, number>, ...tokens: ReadonlyArray<Token>): number | undefined =>
  tokens.every((token) => token.isInPhrase) ? table.get(tokens.map((token) => token.lower).join(" ")) : undefined

const isSoOrThis = ({ lower }: Token) => lower === "so" || lower === "this"

const afterNo = (tokens: ReadonlyArray<Token>, i: number): boolean =>
  (i > 0 && tokens[i - 1]!.lower === "no") ||
  (i > 1 && tokens[i - 2]!.lower === "no") ||
  (i > 2 && tokens[i - 3]!.lower === "no" && (tokens[i - 1]!.lower === "or" || tokens[i - 1]!.lower === "nor"))

const boosted = (valence: number, booster: Token, distance: number, capsDiffer: boolean): number => {
  if (booster.boost === 0) return valence
  let boost = valence < 0 ? -booster.boost : booster.boost
  if (booster.isUpper && capsDiffer) boost += valence > 0 ? CAPS : -CAPS
  return valence + boost * DISTANCE[distance]!
}

const negated = (valence: number, tokens: ReadonlyArray<Token>, i: number, distance: number): number => {
  const one = tokens[i - 1]!
  if (distance === 0) return one.isNegation ? valence * NEGATION : valence
  const two = tokens[i - 2]!
  if (distance === 1) {
    if (two.lower === "never" && isSoOrThis(one)) return valence * 1.25
    if (two.lower === "without" && one.lower === "doubt") return valence
    return two.isNegation ? valence * NEGATION : valence
  }
  const three = tokens[i - 3]!
  if ((three.lower === "never" && isSoOrThis(two)) || isSoOrThis(one)) return valence * 1.25
  if (three.lower === "without" && (two.lower === "doubt" || one.lower === "doubt")) return valence
  return three.isNegation ? valence * NEGATION : valence
}

const inIdiom = (valence: number, tokens: ReadonlyArray<Token>, i: number): number => {
  const three = tokens[i - 3]!
  const two = tokens[i - 2]!
  const one = tokens[i - 1]!
  const zero = tokens[i]!
  const next = tokens[i + 1]
  // Every phrase has two words of phrases beside each other.
  if (!(one.isInPhrase ? two.isInPhrase || zero.isInPhrase : (two.isInPhrase && three.isInPhrase) || (zero.isInPhrase && next?.isInPhrase)))
    return valence
  const afterNext = tokens[i + 2]
  let result =
    phrase(idioms, one, zero) ??
    phrase(idioms, two, one, zero) ??
    phrase(idioms, two, one) ??
    phrase(idioms, three, two, one) ??
    phrase(idioms, three, two) ??
    valence
  if (next !== undefined) result = phrase(idioms, zero, next) ?? result
  if (next !== undefined && afterNext !== undefined) result = phrase(idioms, zero, next, afterNext) ?? result
  return result + (phrase(boosterPhrases, three, two) ?? 0) + (phrase(boosterPhrases, two, one) ?? 0)
}

const afterLeast = (valence: number, tokens: ReadonlyArray<Token>, i: number): number => {
  if (i === 0 || tokens[i - 1]!.lower !== "least") return valence
  const before = i > 1 ? tokens[i - 2]!.lower : ""
  return before === "at" || before === "very" ? valence : valence * NEGATION
}

const valenceAt = (tokens: ReadonlyArray<Token>, i: number, capsDiffer: boolean): number => {
  const token = tokens[i]!
  const next = tokens[i + 1]
  if (!token.isKnown || token.boost !== 0 || (token.lower === "kind" && next?.lower === "of")) return 0
  let valence = token.valence
  if (token.lower === "no" && next?.isKnown === true) valence = 0
  if (afterNo(tokens, i)) valence = token.valence * NEGATION
  if (token.isUpper && capsDiffer) valence += valence > 0 ? CAPS : -CAPS
  for (let distance = 0; distance < 3 && distance < i; distance++) {
    const before = tokens[i - 1 - distance]!
    if (before.isKnown) continue
    valence = boosted(valence, before, distance, capsDiffer)
    valence = negated(valence, tokens, i, distance)
    if (distance === 2) valence = inIdiom(valence, tokens, i)
  }
  return afterLeast(valence, tokens, i)
}

const emphasis = (text: string): number => {
  if (!text.includes("!") && !text.includes("?")) return 0
  let exclamations = 0
  let questions = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x21) exclamations++
    else if (unit === 0x3f) questions++
  }
  return Math.min(exclamations, 4) * 0.292 + (questions > 3 ? 0.96 : questions > 1 ? questions * 0.18 : 0)
}

const TEN_THOUSAND = 10_000

/** To four decimals, as `toFixed` does, which is asked only where a double cannot tell. */
const rounded = (value: number): number => {
  const scaled = value * TEN_THOUSAND
  const isNearHalf = Math.abs(Math.abs(scaled - Math.trunc(scaled)) - 0.5) < 1e-6
  return isNearHalf ? Number(value.toFixed(4)) : Math.round(scaled) / TEN_THOUSAND
}

/** The compound score of a text, -1 to 1, rounded to four decimals; 0 for a text without sentiment. */
export const compound = (text: string): number => {
  const spelled = spellEmoji(text)
  const tokens = tokenise(spelled)
  let upper = 0
  let but = -1
  let known = 0
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (token.isUpper) upper++
    if (token.isKnown) known++
    if (but < 0 && token.lower === "but") but = i
  }
  if (known === 0) return 0
  const capsDiffer = upper > 0 && upper < tokens.length
  let sum = 0
  if (but < 0) for (let i = 0; i < tokens.length; i++) sum += tokens[i]!.isKnown ? valenceAt(tokens, i, capsDiffer) : 0
  else {
    const valences = tokens.map((_, i) => valenceAt(tokens, i, capsDiffer))
    weighByContrast(valences, but)
    for (const valence of valences) sum += valence
  }
  if (sum === 0) return 0
  sum += sum > 0 ? emphasis(spelled) : -emphasis(spelled)
  return rounded(Math.max(-1, Math.min(1, sum / Math.sqrt(sum * sum + 15))))
}

/** The reference's thresholds: ±0.05. */
export const label = (compound: number): Label => (compound >= 0.05 ? "positive" : compound <= -0.05 ? "negative" : "neutral")
