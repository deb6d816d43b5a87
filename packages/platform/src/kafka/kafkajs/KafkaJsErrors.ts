import type { Problem } from "../KafkaProblems.ts"

const chain = (error: unknown): ReadonlyArray<Error & { readonly type?: unknown }> => {
  const found: Array<Error> = []
  for (let at = error; at instanceof Error && found.length < 8; at = at.cause) found.push(at)
  return found
}

/** The protocol's name of what went wrong, e.g. `REBALANCE_IN_PROGRESS`. */
export const typeOf = (error: unknown): string | undefined =>
  chain(error).flatMap(({ type }) => (typeof type === "string" ? [type] : []))[0]

const UNREACHABLE = new Set(["KafkaJSConnectionError", "KafkaJSConnectionClosedError", "KafkaJSRequestTimeoutError"])

const TOO_LARGE = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"])

const kindOf = (errors: ReadonlyArray<Error & { readonly type?: unknown }>): Problem["kind"] => {
  if (errors.some(({ name }) => name === "KafkaJSSASLAuthenticationError")) return "refused"
  if (errors.some(({ type }) => typeof type === "string" && TOO_LARGE.has(type))) return "too large"
  return errors.some(({ name }) => UNREACHABLE.has(name)) ? "unreachable" : "other"
}

export const problem = (cause: unknown): Problem => {
  const errors = chain(cause)
  return {
    kind: kindOf(errors),
    message: errors.at(-1)?.message ?? String(cause),
    cause,
  }
}
