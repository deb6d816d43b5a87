import type { SourceConfig } from "@signalflow/domain/sources/Source"
import { Effect, Result } from "effect"
import { SourceError } from "../SourceAdapter.ts"
import { quoted, type TargetRules } from "./TargetCheck.ts"

/** The rules of a platform that is read as a whole: a second target would read everything a second time. */
export const onlyTarget = (name: string, instead: string): TargetRules => ({
  check: (target) => (target === name ? Result.succeed(name) : Result.fail(`${quoted(target)} cannot be watched alone: ${instead}`)),
})

/** Fails, `off`, for a target that its platform's rules refuse. */
export const readable = (rules: TargetRules, { target, options }: SourceConfig): Effect.Effect<void, SourceError> => {
  const found = rules.check(target, options)
  return Result.isSuccess(found) ? Effect.void : Effect.fail(new SourceError({ reason: "off", message: found.failure }))
}
