import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Result } from "effect"
import { filterOf } from "./TargetFilter.ts"

const LONGEST = 200

/** What every target may have in its options, whatever its platform. */
const COMMON = ["include", "exclude", "sample"]

/** An option of a platform: what it may hold, for a person, and whether a value is that. */
export interface TargetOption {
  readonly may: string
  readonly holds: (value: unknown) => boolean
}

/** What a platform says of the targets that may be written for it. */
export interface TargetRules {
  /** The key under which a target is the same as another; or why it can never be read and what to write instead. */
  readonly check: (target: string, options: SourceConfig["options"]) => Result.Result<string, string>
  /** Its own options. */
  readonly options?: Readonly<Record<string, TargetOption>>
}

/** A value in a message: quoted, on one line, bounded. */
export const quoted = (value: unknown): string => {
  const text = (JSON.stringify(value) ?? "undefined").replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (odd) => `\\u${odd.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  )
  return text.length > 120 ? `${text.slice(0, 117)}…"` : text
}

/** Characters that cannot be seen and come along when something is copied; those that join letters belong to words. */
const INVISIBLE = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu

/** Marks around a name that belong to the sentence it was copied from. */
export const unquoted = (text: string): string =>
  text.replaceAll(/^[\s"'`<>()[\]{}“”„‘’‚«»‹›「」]+|[\s"'`<>()[\]{}“”„‘’‚«»‹›「」.,;:!?…。、]+$/gu, "")

/** What is wrong with a target's options, or null. */
export const optionsFault = (options: SourceConfig["options"], rules: TargetRules, platform: string): string | null => {
  const own = rules.options ?? {}
  for (const [name, value] of Object.entries(options)) {
    if (COMMON.includes(name)) continue
    const option = Object.hasOwn(own, name) ? own[name] : undefined
    if (option === undefined)
      return `${platform} has no option ${quoted(name)}: it may be one of ${[...Object.keys(own), ...COMMON].join(", ")}`
    if (!option.holds(value)) return `${name} is ${quoted(value)}: it may be ${option.may}`
  }
  const filter = filterOf(options)
  return Result.isFailure(filter) ? filter.failure : null
}

/** The key of a target that somebody writes, or why it is refused and what to write instead. */
export const checkTarget = (
  { target, options }: Pick<SourceConfig, "target" | "options">,
  rules: TargetRules,
  platform: string,
): Result.Result<string, string> => {
  if (target.trim() === "") return Result.fail(`a target of ${platform} cannot be empty`)
  if (target.length > LONGEST) return Result.fail(`this target has ${target.length} characters: it may have at most ${LONGEST}`)
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(target)) return Result.fail(`${quoted(target)} has control characters: write it without them`)
  const visible = target.replaceAll(INVISIBLE, "").trim()
  if (visible === "") return Result.fail(`a target of ${platform} cannot be empty`)
  if (visible !== target && target.search(INVISIBLE) !== -1)
    return Result.fail(`${quoted(target)} has invisible characters: write ${quoted(visible)}`)
  if (target !== target.trim()) return Result.fail(`${quoted(target)} has spaces around it: write ${quoted(target.trim())}`)
  const fault = optionsFault(options, rules, platform)
  return fault === null ? rules.check(target, options) : Result.fail(fault)
}
