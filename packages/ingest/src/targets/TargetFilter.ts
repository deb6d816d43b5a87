import { murmur2 } from "@signalflow/domain/bus/BusTopic"
import { canonical } from "@signalflow/domain/query/Canonical"
import { fold as foldText } from "@signalflow/domain/query/Fold"
import type { Signal, SignalId } from "@signalflow/domain/signals/Signal"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Option, Result, Schema } from "effect"

const MOST_TERMS = 50
const LONGEST_TERM = 100

/** What one target lets through. Terms are folded. */
export interface TargetFilter {
  /** At least one of these is in the text; empty = any text. */
  readonly include: ReadonlyArray<string>
  /** None of these is in it. */
  readonly exclude: ReadonlyArray<string>
  /** Share 0–1 of what is left; 1 = all. */
  readonly sample: number
}

const WORDS = /[\p{L}\p{N}\p{M}_'’]+/gu

/** Text as it is compared: every word in its canonical form, as topics are. */
export const fold = (text: string): string => foldText(text).replace(WORDS, canonical)

const WORD = /[\p{L}\p{N}\p{M}_]/u
/** Scripts that write no space between words: what stands beside a term there is no part of a longer word. */
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

/** Whether a term stands in a text as whole words; both folded. */
export const holds = (text: string, term: string): boolean => {
  const opens = isWord(after(term, 0))
  const last = before(term, term.length)
  // Korean particles are written onto the word that they follow.
  const closes = isWord(last) && !HANGUL.test(last)
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    const end = at + term.length
    if (opens && isWord(before(text, at))) continue
    if (closes && isWord(after(text, end))) continue
    return true
  }
  return false
}

/** An id of Bluesky begins with its author; whoever samples there samples authors. An author's name elsewhere may change or go, an id does not. */
const sampledBy = (id: SignalId) => /^[a-z0-9]+:did:[^/]+/.exec(id)?.[0] ?? id

/** Place of a signal in 0–1, the same for ever and in every process. */
const share = (id: SignalId) => (murmur2(`sample:${sampledBy(id)}`) >>> 0) / 2 ** 32

/** Whether a signal is of the share that passes. */
export const isSampled = ({ sample }: TargetFilter, id: SignalId): boolean => sample >= 1 || share(id) < sample

/** Why a signal does not pass, or null when it does. */
export const verdict = (filter: TargetFilter, signal: Pick<Signal, "id" | "title" | "body">) => {
  const { include, exclude } = filter
  if (!isSampled(filter, signal.id)) return "sampled"
  if (include.length === 0 && exclude.length === 0) return null
  // A phrase does not run from the title into the body.
  const text = `${fold(signal.title)}\u0000${fold(signal.body)}`
  if (include.length > 0 && !include.some((term) => holds(text, term))) return "filtered"
  return exclude.some((term) => holds(text, term)) ? "filtered" : null
}

const decodeTerms = Schema.decodeUnknownOption(Schema.Array(Schema.String))
const decodeShare = Schema.decodeUnknownOption(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))

const termsOf = (name: string, given: unknown): Result.Result<ReadonlyArray<string>, string> => {
  if (given === undefined) return Result.succeed([])
  const terms = Option.getOrNull(decodeTerms(given))
  const allowed = `a list of at most ${MOST_TERMS} terms of 1 to ${LONGEST_TERM} characters`
  if (terms === null || terms.length > MOST_TERMS) return Result.fail(`${name} is ${shown(given)}: it may be ${allowed}`)
  const folded: Array<string> = []
  for (const term of terms) {
    const one = fold(term)
    if (one === "" || term.length > LONGEST_TERM) return Result.fail(`${name} has the term ${shown(term)}: it may be ${allowed}`)
    folded.push(one)
  }
  return Result.succeed([...new Set(folded)])
}

const shown = (value: unknown) => (JSON.stringify(value) ?? "undefined").slice(0, 120)

/** The filter of a target's options (`include`, `exclude`, `sample`), null where it has none; or what is wrong with them. */
export const filterOf = (options: SourceConfig["options"]): Result.Result<TargetFilter | null, string> =>
  Result.gen(function* () {
    const include = yield* termsOf("include", options["include"])
    const exclude = yield* termsOf("exclude", options["exclude"])
    const sample = options["sample"] === undefined ? 1 : Option.getOrNull(decodeShare(options["sample"]))
    if (sample === null) return yield* Result.fail(`sample is ${shown(options["sample"])}: a number from 0 to 1`)
    return include.length === 0 && exclude.length === 0 && sample === 1 ? null : { include, exclude, sample }
  })

/** For a person, on one line; empty where everything passes. Options that cannot be used are told as they are. */
export const describe = (options: SourceConfig["options"]): string => {
  const terms = (name: string) => {
    const given = options[name]
    return Array.isArray(given) && given.length > 0 ? [`${name} ${given.map((term) => JSON.stringify(term)).join(", ")}`] : []
  }
  const sample = options["sample"] === undefined || options["sample"] === 1 ? [] : [`sample ${shown(options["sample"])}`]
  return [...terms("include"), ...terms("exclude"), ...sample].join("; ")
}
