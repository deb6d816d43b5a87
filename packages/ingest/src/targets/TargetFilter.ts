import { murmur2 } from "@signalflow/domain/bus/BusTopic"
import { matches, type Searchable } from "@signalflow/domain/query/Matches"
import { foldWords } from "@signalflow/domain/query/Phrase"
import { and, not, or, type Query, text } from "@signalflow/domain/query/Query"
import type { Signal, SignalId } from "@signalflow/domain/signals/Signal"
import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Option, Result, Schema } from "effect"

const MOST_TERMS = 50
const LONGEST_TERM = 100

/** What one target lets through. */
export interface TargetFilter {
  /** Which texts: those with one of the terms to include, if there are any, and with none of those to exclude; null = any text. */
  readonly query: Query | null
  readonly matches: (signal: Searchable) => boolean
  /** Share 0–1 of what is left; 1 = all. */
  readonly sample: number
}

export const filter = (include: ReadonlyArray<string>, exclude: ReadonlyArray<string>, sample: number): TargetFilter => {
  const any = (terms: ReadonlyArray<string>) => or(...terms.map(text))
  const parts = [...(include.length > 0 ? [any(include)] : []), ...(exclude.length > 0 ? [not(any(exclude))] : [])]
  const query = parts.length === 0 ? null : and(...parts)
  return { query, matches: query === null ? () => true : matches(query), sample }
}

/** An id of Bluesky begins with its author; whoever samples there samples authors. An author's name elsewhere may change or go, an id does not. */
const sampledBy = (id: SignalId) => /^[a-z0-9]+:did:[^/]+/.exec(id)?.[0] ?? id

/** Place of a signal in 0–1, the same for ever and in every process. */
const share = (id: SignalId) => (murmur2(`sample:${sampledBy(id)}`) >>> 0) / 2 ** 32

/** Whether a signal is of the share that passes. */
export const isSampled = ({ sample }: TargetFilter, id: SignalId): boolean => sample >= 1 || share(id) < sample

/** Why a signal does not pass, or null when it does. */
export const verdict = (filter: TargetFilter, signal: Signal) => {
  if (!isSampled(filter, signal.id)) return "sampled"
  return filter.matches(signal) ? null : "filtered"
}

const decodeTerms = Schema.decodeUnknownOption(Schema.Array(Schema.String))
const decodeShare = Schema.decodeUnknownOption(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))

const termsOf = (name: string, given: unknown): Result.Result<ReadonlyArray<string>, string> => {
  if (given === undefined) return Result.succeed([])
  const terms = Option.getOrNull(decodeTerms(given))
  const allowed = `a list of at most ${MOST_TERMS} terms of 1 to ${LONGEST_TERM} characters`
  if (terms === null || terms.length > MOST_TERMS) return Result.fail(`${name} is ${shown(given)}: it may be ${allowed}`)
  for (const term of terms)
    if (foldWords(term) === "" || term.length > LONGEST_TERM)
      return Result.fail(`${name} has the term ${shown(term)}: it may be ${allowed}`)
  return Result.succeed(terms)
}

const shown = (value: unknown) => (JSON.stringify(value) ?? "undefined").slice(0, 120)

/** The filter of a target's options (`include`, `exclude`, `sample`), null where it has none; or what is wrong with them. */
export const filterOf = (options: SourceConfig["options"]): Result.Result<TargetFilter | null, string> =>
  Result.gen(function* () {
    const include = yield* termsOf("include", options["include"])
    const exclude = yield* termsOf("exclude", options["exclude"])
    const sample = options["sample"] === undefined ? 1 : Option.getOrNull(decodeShare(options["sample"]))
    if (sample === null) return yield* Result.fail(`sample is ${shown(options["sample"])}: a number from 0 to 1`)
    return include.length === 0 && exclude.length === 0 && sample === 1 ? null : filter(include, exclude, sample)
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
