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

export const problem = (cause: unknown): Problem => {
  const errors = chain(cause)
  return {
    kind: errors.some(({ name }) => name === "KafkaJSSASLAuthenticationError")
      ? "refused"
      : errors.some(({ name }) => UNREACHABLE.has(name))
        ? "unreachable"
        : "other",
    message: errors.at(-1)?.message ?? String(cause),
    cause,
  }
}
