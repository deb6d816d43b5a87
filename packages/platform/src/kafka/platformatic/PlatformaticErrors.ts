import { findErrorBy } from "@platformatic/kafka"
import type { Problem } from "../KafkaProblems.ts"

const flat = (error: unknown, depth = 0): ReadonlyArray<Error & { readonly code?: unknown }> => {
  if (!(error instanceof Error) || depth > 6) return []
  const inner = error instanceof AggregateError ? error.errors : []
  return [error, ...inner.flatMap((one) => flat(one, depth + 1)), ...flat(error.cause, depth + 1)]
}

/** Whether one of the errors inside has this name in the protocol. */
export const isProtocolError = (error: unknown, ...names: ReadonlyArray<string>): boolean =>
  error instanceof Error && names.some((name) => findErrorBy(error, "apiId", name) !== null)

export const problem = (cause: unknown): Problem => {
  const errors = flat(cause)
  const code = (name: string) => errors.some((error) => error.code === name)
  const kindOf = (): Problem["kind"] => {
    if (code("PLT_KFK_AUTHENTICATION")) return "refused"
    if (isProtocolError(cause, "MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE")) return "too large"
    return (code("PLT_KFK_NETWORK") || code("PLT_KFK_TIMEOUT")) && !code("PLT_KFK_PROTOCOL") ? "unreachable" : "other"
  }
  return {
    kind: kindOf(),
    message: errors.length === 0 ? String(cause) : [...new Set(errors.map(({ message }) => message))].slice(-3).join(": "),
    cause,
  }
}
